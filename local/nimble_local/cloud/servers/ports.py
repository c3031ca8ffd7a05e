"""Ports on loopback that are ours from the first moment on."""

from __future__ import annotations

import socket
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

LOOPBACK: Final = "127.0.0.1"

# A proxy of the caller must never see, or answer, a request to loopback.
_OPENER: Final = build_opener(ProxyHandler({}))


def claim_port() -> socket.socket:
    """Bind a free port of loopback and keep it.

    The socket goes to the process that will answer at the port. Looking for a free number and
    letting that process bind it later would leave a moment in which somebody else takes it, and
    then answers in its place.

    Returns
    -------
    socket.socket
        A bound socket that does not listen yet; the caller closes it.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind((LOOPBACK, 0))
    return listener


def answers(url: str, timeout: float = 1.0) -> bool:
    """Say whether a GET of ``url`` is answered with success within ``timeout`` seconds."""
    try:
        with _OPENER.open(url, timeout=timeout) as answer:
            status: int = answer.status
            return 200 <= status < 300  # noqa: PLR2004 - the HTTP statuses of success
    except (HTTPError, URLError, ConnectionError, TimeoutError):
        return False
