"""The page over HTTP: its files, and its stream of events."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from nimble_local.emulator.control.routes import catch_up
from nimble_local.emulator.state.store import NotKeptError
from nimble_local.emulator.webpage.events import Follower

if TYPE_CHECKING:
    from nimble_local.emulator.backend import Backend

STATIC = Path(__file__).parent / "static"
"""The folder of the page's files."""

CHECK_SECONDS = 0.2
"""Real seconds between two checks for changes; changes in between become one event."""

BEAT_SECONDS = 3.0
"""Real seconds without changes after which a heartbeat is sent."""

SECURITY: Final = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            # A script that writes markup throws, so text never becomes markup.
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every file of the page."""

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Webpage:
    """Serves the page of a backend.

    Parameters
    ----------
    backend
        The emulated service.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._files = {
            file.relative_to(STATIC).as_posix(): file
            for file in STATIC.rglob("*.*")
            if file.suffix in _TYPES
        }
        self._ending = asyncio.Event()

    def add_to(self, app: web.Application) -> None:
        """Add the routes of the page to an application."""
        app.router.add_get("/", self._index)
        app.router.add_get("/_nimble/page/{path:.+}", self._file)
        app.router.add_get("/_nimble/events", self._events)
        app.on_shutdown.append(self._end)

    async def _end(self, _app: web.Application) -> None:
        self._ending.set()

    async def _index(self, _request: web.Request) -> web.StreamResponse:
        return self._answer("index.html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return self._answer(request.match_info["path"])

    def _answer(self, path: str) -> web.StreamResponse:
        file = self._files.get(path)
        if file is None:
            return web.json_response({"error": f"The page has no file {path!r}."}, status=404)
        kind = {"Content-Type": _TYPES[file.suffix]}
        # Revalidated each time: a newer release may run at the same address.
        return web.FileResponse(file, headers={**SECURITY, **kind, "Cache-Control": "no-cache"})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send a page everything, then the changes, until it disconnects or the server ends."""
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            }
        )
        await response.prepare(request)
        follower = Follower(self._backend)
        loop = asyncio.get_running_loop()
        try:
            await catch_up(self._backend)
            await _send(response, follower.everything())
            sent_at = loop.time()
            while not await self._ends_within(CHECK_SECONDS):
                told = await self._changes(follower)
                if not told and loop.time() - sent_at >= BEAT_SECONDS:
                    told = follower.beat()
                if told:
                    await _send(response, told)
                    sent_at = loop.time()
        except ConnectionError:
            # The page was closed.
            return response
        return response

    async def _changes(self, follower: Follower) -> dict[str, Any]:
        """Return the changes; none if they can't be kept, because then they're undone."""
        await catch_up(self._backend)
        told = follower.changes()
        try:
            self._backend.commit()
        except NotKeptError:
            return {}
        return told

    async def _ends_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._ending.wait(), seconds)
        except TimeoutError:
            return False
        return True


async def _send(response: web.StreamResponse, told: dict[str, Any]) -> None:
    await response.write(f"data: {json.dumps(told, separators=(',', ':'))}\n\n".encode("ascii"))
