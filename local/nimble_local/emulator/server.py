"""The server: the emulated API, and the control interface and the page under ``/_nimble/``."""

from __future__ import annotations

import asyncio
import logging
import signal
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from nimble_local.emulator.control import routes
from nimble_local.emulator.control.routes import BACKEND
from nimble_local.emulator.http import connections, origins
from nimble_local.emulator.http.responses import Incoming, respond
from nimble_local.emulator.service import protocol
from nimble_local.emulator.service.exceptions import AccessDeniedError
from nimble_local.emulator.state.ids import new_request_id
from nimble_local.emulator.webpage.routes import Webpage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from aiohttp.typedefs import Handler, Middleware

    from nimble_local.emulator.backend import Backend

SHUTDOWN_SECONDS = 1.0
"""The time that requests in progress get when the server shuts down."""

MAX_HEAD_BYTES = 64 * 1024
"""The maximum length of a request line or header: a list may name 1,000 sessions."""

_LOG: Final = logging.getLogger("nimble_local.http")


class _OneLine(logging.Filter):
    """Logs malformed HTTP in one line, and keeps tracebacks for bugs of the emulator."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            why = " ".join(error.message.split())[:200]
            record.msg, record.args = "Refused a request that is not HTTP: %s", (why,)
            record.exc_info = None
        return True


_LOG.addFilter(_OneLine())


def application(backend: Backend, hosts: Collection[str] = ()) -> web.Application:
    """Return the web application of a backend; ``hosts`` are more host names to answer."""
    app = web.Application(client_max_size=protocol.MAX_BODY_BYTES, middlewares=[_guard(hosts)])
    app[BACKEND] = backend
    routes.add_to(app)
    Webpage(backend).add_to(app)
    app.router.add_route("*", "/_nimble/{path:.*}", routes.unknown)
    app.router.add_route("*", "/{path:.*}", _api)
    return app


def _guard(hosts: Collection[str]) -> Middleware:
    """Return the middleware that refuses other web pages, and tolerates clients that disconnect."""
    allowed = frozenset(name.lower() for name in hosts)

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        why = origins.refusal(request.headers, allowed)
        if why is not None and request.path == "/":
            why = origins.refusal(request.headers, allowed, followed_link=True)
        if why is not None:
            return _forbidden(request.path, why)
        try:
            return await handler(request)
        except ConnectionError:
            # The client has disconnected and never gets this response.
            return web.Response(status=HTTPStatus.BAD_REQUEST)

    return guard


def _forbidden(path: str, why: str) -> web.Response:
    if path == "/" or path.startswith("/_nimble/"):
        return web.json_response({"error": why}, status=HTTPStatus.FORBIDDEN)
    answer = protocol.error_answer(AccessDeniedError(why, reason="FOREIGN_ORIGIN"))
    headers = {**answer.headers, "x-amzn-RequestId": new_request_id()}
    return web.Response(status=answer.status, headers=headers, body=answer.body)


def runner(
    backend: Backend,
    shutdown_seconds: float = SHUTDOWN_SECONDS,
    hosts: Collection[str] = (),
) -> web.AppRunner:
    """Return a runner for the web application of a backend.

    Bodies aren't decompressed: no client of this API compresses them, so a body with a
    `Content-Encoding` isn't JSON.
    """
    return web.AppRunner(
        application(backend, hosts),
        access_log=None,
        keepalive_timeout=connections.IDLE_SECONDS,
        shutdown_timeout=shutdown_seconds,
        auto_decompress=False,
        max_line_size=MAX_HEAD_BYTES,
        max_field_size=MAX_HEAD_BYTES,
        logger=_LOG,
    )


async def serve(
    backend: Backend,
    host: str,
    port: int,
    announce: Callable[[str], None],
    hosts: Collection[str] = (),
) -> None:
    """Serve until a signal arrives.

    Parameters
    ----------
    backend
        The emulated service.
    host, port
        The address to listen on; port 0 for any free one.
    announce
        Called with the URL once the server answers.
    hosts
        More host names to answer; see `origins`.

    Raises
    ------
    OSError
        The port is in use, or the host isn't an address of this machine.
    """
    running = runner(backend, hosts=hosts)
    await running.setup()
    listening = None
    try:
        listening = await connections.listen(running, host, port)
        ending = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under nohup, a closed terminal is ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, ending.set)
        name = f"[{host}]" if ":" in host else host
        announce(f"http://{name}:{listening.sockets[0].getsockname()[1]}")
        await ending.wait()
    finally:
        if listening is not None:
            listening.close()
        await running.cleanup()


async def _api(request: web.Request) -> web.StreamResponse:
    try:
        body: bytes | None = await connections.body(request)
    except web.HTTPRequestEntityTooLarge:
        body = None
    incoming = Incoming(
        method=request.method,
        raw_path=request.raw_path.partition("?")[0],
        query={name: request.query.getall(name) for name in request.query},
        headers=request.headers,
        body=body,
    )
    backend = request.app[BACKEND]
    if not backend.settle(routes.EVENTS_AT_ONCE):
        await routes.catch_up(backend)
    outgoing = respond(backend, incoming)
    if outgoing.delay:
        await asyncio.sleep(outgoing.delay)
    answer = outgoing.answer
    if answer is None:
        return await _cut(request, b"", None)
    if outgoing.half:
        return await _cut(request, answer.body[: len(answer.body) // 2], answer)
    return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


async def _cut(
    request: web.Request, part: bytes, answer: protocol.Answer | None
) -> web.StreamResponse:
    """Send part of an answer, then cut the connection."""
    response = web.StreamResponse()
    if answer is not None:
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.content_length = len(answer.body)
        await response.prepare(request)
        await response.write(part)
    if request.transport is not None:
        request.transport.close() if part else request.transport.abort()
    return response
