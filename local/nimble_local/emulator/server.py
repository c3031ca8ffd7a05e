"""The server: the emulated API under its own paths, the control interface under ``/_nimble/``."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any

from aiohttp import web

from nimble_local.emulator import control, origins, wire
from nimble_local.emulator.models import Backend
from nimble_local.emulator.responses import Incoming, respond
from nimble_local.emulator.webpage.routes import Webpage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHUTDOWN_SECONDS = 1.0
"""How long a request under way may take once the server is asked to end."""

BACKEND = web.AppKey("BACKEND", Backend)


def application(backend: Backend) -> web.Application:
    """Return the web application of a backend."""
    app = web.Application(client_max_size=wire.MAX_BODY_BYTES)
    app[BACKEND] = backend
    app.router.add_get("/_nimble/health", _health)
    app.router.add_get("/_nimble/sessions", _sessions)
    app.router.add_post("/_nimble/sessions", _add_session)
    app.router.add_get("/_nimble/journal", _journal)
    app.router.add_post("/_nimble/reset", _reset)
    app.router.add_get("/_nimble/faults", _faults)
    app.router.add_post("/_nimble/faults", _add_fault)
    app.router.add_delete("/_nimble/faults/{fault_id}", _remove_fault)
    app.router.add_get("/_nimble/clock", _clock)
    app.router.add_post("/_nimble/clock", _set_clock)
    Webpage(backend).add_to(app)
    app.router.add_route("*", "/{path:.*}", _api)
    return app


async def serve(backend: Backend, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve until a signal asks to end.

    Parameters
    ----------
    backend
        The emulated service.
    host, port
        Where to listen; port 0 for any free one.
    announce
        Is told the URL once it answers.

    Raises
    ------
    OSError
        The port is taken, or the host is none of this machine's.
    """
    runner = web.AppRunner(application(backend), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        ending = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ending.set)
        announce(f"http://{host}:{runner.addresses[0][1]}")
        await ending.wait()
    finally:
        await runner.cleanup()


async def _api(request: web.Request) -> web.StreamResponse:
    try:
        body: bytes | None = await request.read()
    except web.HTTPRequestEntityTooLarge:
        body = None
    incoming = Incoming(
        method=request.method,
        raw_path=request.raw_path.partition("?")[0],
        query={name: request.query.getall(name) for name in request.query},
        headers=request.headers,
        body=body,
    )
    outgoing = respond(request.app[BACKEND], incoming)
    if outgoing.delay:
        await asyncio.sleep(outgoing.delay)
    answer = outgoing.answer
    if answer is None:
        return await _cut(request, b"", None)
    if outgoing.half:
        return await _cut(request, answer.body[: len(answer.body) // 2], answer)
    return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


async def _cut(request: web.Request, part: bytes, answer: wire.Answer | None) -> web.StreamResponse:
    """Send what is to be sent of an answer, then cut the connection."""
    response = web.StreamResponse()
    if answer is not None:
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.content_length = len(answer.body)
        await response.prepare(request)
        await response.write(part)
    if request.transport is not None:
        request.transport.close() if part else request.transport.abort()
    return response


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def _shown(request: web.Request, show: Callable[[Backend], dict[str, Any]]) -> web.Response:
    """Answer with what there is to see, which is kept first: what was seen once stays true."""
    backend = request.app[BACKEND]
    shown = show(backend)
    try:
        backend.world.commit()
    except OSError as error:
        return _refused(f"The state can't be kept: {error.strerror}.", 500)
    return web.json_response(shown)


async def _sessions(request: web.Request) -> web.Response:
    return _shown(request, control.sessions)


async def _add_session(request: web.Request) -> web.Response:
    return await _changed(request, control.add_session)


async def _journal(request: web.Request) -> web.Response:
    try:
        return web.json_response(control.journal(request.app[BACKEND], request.query))
    except ValueError as error:
        return _refused(str(error))


async def _reset(request: web.Request) -> web.Response:
    def reset(backend: Backend, _wanted: Mapping[str, Any]) -> dict[str, Any]:
        control.reset(backend)
        return control.sessions(backend)

    return await _changed(request, reset)


async def _faults(request: web.Request) -> web.Response:
    return _shown(request, control.faults)


async def _add_fault(request: web.Request) -> web.Response:
    def add(backend: Backend, wanted: Mapping[str, Any]) -> dict[str, Any]:
        return control.fault_shown(backend.add_fault(wanted).document())

    return await _changed(request, add)


async def _remove_fault(request: web.Request) -> web.Response:
    foreign = origins.refusal(request.method, request.headers)
    if foreign is not None:
        return _refused(foreign, 403)
    if not request.app[BACKEND].remove_fault(request.match_info["fault_id"]):
        return _refused("No fault that is switched on has this id.", 404)
    return _shown(request, lambda _backend: {})


async def _clock(request: web.Request) -> web.Response:
    return _shown(request, control.clock)


async def _set_clock(request: web.Request) -> web.Response:
    return await _changed(request, control.clock)


async def _changed(
    request: web.Request, change: Callable[[Backend, Mapping[str, Any]], dict[str, Any]]
) -> web.Response:
    """Change something, unless a web page of somebody else asks for it."""
    # A browser lets any page send a form or plain text here, but JSON only where it is allowed to.
    if request.content_type != "application/json":
        return _refused("The content type must be application/json.", 415)
    foreign = origins.refusal(request.method, request.headers)
    if foreign is not None:
        return _refused(foreign, 403)
    try:
        wanted = await request.json() if request.can_read_body else {}
        if not isinstance(wanted, dict):
            raise TypeError("The body must be a JSON object.")  # noqa: TRY301 - answered below
        return _shown(request, lambda backend: change(backend, wanted))
    except (ValueError, TypeError) as error:
        return _refused(str(error))


def _refused(why: str, status: int = 400) -> web.Response:
    return web.json_response({"error": why}, status=status)
