"""The limits of connections to the emulator: their number, and idle time."""

from __future__ import annotations

import asyncio
import logging
import resource
from typing import TYPE_CHECKING, Final, NamedTuple

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE_SECONDS: Final = 75.0
"""The maximum idle time of a connection, including before its first request."""

BODY_SECONDS: Final = 30.0
"""The maximum time for a request's body to arrive."""

MAX_CONNECTIONS: Final = 1000
"""The maximum number of connections, if the process may open enough files."""

_QUEUE = 1024
"""The length of the operating system's queue of connections to accept."""
_OWN_FILES = 16
_TURNS = 6
"""The maximum number of event loop iterations until a refused connection is closed."""
_LOG = logging.getLogger("nimble_local.http")
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s"
)
_WHY = b"The emulator has too many connections. Close some, or try again later.\n"


class Capacity(NamedTuple):
    """The number of connections that the limit of open files allows."""

    connections: int
    """Open at the same time."""
    backlog: int
    """Accepted in one iteration of the event loop."""

    @classmethod
    def of(cls, files: int) -> Capacity:
        """Return the capacity of a process with this limit of open files."""
        backlog = min(64, max(1, files // 16))
        return cls(min(MAX_CONNECTIONS, max(1, files - _TURNS * backlog - _OWN_FILES)), backlog)


async def listen(
    runner: web.AppRunner, host: str, port: int, capacity: Capacity | None = None
) -> asyncio.Server:
    """Listen for connections to a runner that is set up, within a capacity.

    Raises
    ------
    OSError
        The port is in use, or this machine doesn't have the host's address.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = 2**20 if soft == resource.RLIM_INFINITY else soft
    most, backlog = capacity or Capacity.of(files)
    server = runner.server
    assert server is not None  # noqa: S101 - the runner was set up
    listening = await asyncio.get_running_loop().create_server(
        _limited(server, most), host, port, backlog=backlog, reuse_address=True
    )
    for each in listening.sockets:
        with each.dup() as same:
            # asyncio uses one number for both the queue and the connections per iteration.
            same.listen(_QUEUE)
    return listening


def _limited(server: web.Server, most: int) -> Callable[[], asyncio.Protocol]:
    warned = False

    def protocol() -> asyncio.Protocol:
        nonlocal warned
        if len(server.connections) < most:
            return server()
        if not warned:
            _LOG.warning("There are %d connections; more are refused until some close.", most)
        warned = True
        return _Refusal()

    return protocol


class _Refusal(asyncio.Protocol):
    """Refuses a connection beyond the limit."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP
        transport.write(_FULL % (len(_WHY), _WHY))
        transport.close()


async def body(request: web.Request) -> bytes:
    """Return a request's body.

    Raises
    ------
    web.HTTPRequestEntityTooLarge, web.HTTPRequestTimeout
        It is larger than the application allows, or doesn't arrive in `BODY_SECONDS`.
    """
    if request.content.is_eof():
        return await request.read()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(text="The body took too long to arrive.\n") from error
