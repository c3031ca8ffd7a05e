"""Connections to the emulator: how many there may be, and how long one may be idle."""

from __future__ import annotations

import asyncio
import logging
import resource
from typing import TYPE_CHECKING, Final, NamedTuple

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE_SECONDS: Final = 75.0
"""How long a connection may stay open without a request, the first one included."""

BODY_SECONDS: Final = 30.0
"""How long a request's body may take to arrive."""

MAX_CONNECTIONS: Final = 1000
"""Connections at once, where the process may open that many files."""

_QUEUE = 1024
"""Connections that the operating system keeps waiting until they are accepted."""
_OWN_FILES = 16
_TURNS = 6
"""Turns of the event loop, at most, from accepting a connection to having it refused and closed."""
_LOG = logging.getLogger("nimble_local.http")
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s"
)
_WHY = b"The emulator has too many connections. Close some, or try again later.\n"


class Capacity(NamedTuple):
    """Connections that fit into the limit of open files."""

    connections: int
    """Open at once."""
    backlog: int
    """Accepted in one turn of the event loop."""

    @classmethod
    def of(cls, files: int) -> Capacity:
        """Return the capacity of a process that may have this many files open."""
        backlog = min(64, max(1, files // 16))
        return cls(min(MAX_CONNECTIONS, max(1, files - _TURNS * backlog - _OWN_FILES)), backlog)


async def listen(
    runner: web.AppRunner, host: str, port: int, capacity: Capacity | None = None
) -> asyncio.Server:
    """Listen for connections to a runner that was set up, within a capacity.

    Raises
    ------
    OSError
        The port is taken, or this machine doesn't have the host's address.
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
            # asyncio accepts as many in one turn as the queue holds; these need not be the same.
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
    """Answers a connection that is one too many, and closes it."""

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
