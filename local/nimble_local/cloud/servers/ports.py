"""Ports on loopback that are reserved before a server starts."""

from __future__ import annotations

import socket
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

LOOPBACK: Final = "127.0.0.1"

# A proxy of the caller must never see, or answer, a request to loopback.
_OPENER: Final = build_opener(ProxyHandler({}))


def claim_port() -> socket.socket:
    """Bind a free port of loopback, keep it, and queue connections to it.

    The server inherits the socket, and answers the queued connections once it runs. If it bound a
    free port itself later, another process could take the port in between, and answer in its place.

    Returns
    -------
    socket.socket
        A listening socket; the caller closes it.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind((LOOPBACK, 0))
    listener.listen()
    return listener


def answers(url: str, timeout: float = 1.0) -> bool:
    """Return whether a GET of ``url`` succeeds within ``timeout`` seconds."""
    try:
        with _OPENER.open(url, timeout=timeout) as answer:
            status: int = answer.status
            return 200 <= status < 300  # noqa: PLR2004 - the HTTP statuses of success
    except (HTTPError, URLError, ConnectionError, TimeoutError):
        return False
