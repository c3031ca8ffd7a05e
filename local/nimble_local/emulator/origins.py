"""Which web pages may change something here: the emulator's own, and no other.

A browser sends a form or plain text for any page to any address, the loopback included; the only
sign of it is the ``Origin`` header, which it puts on everything but reads.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_READS = {"GET", "HEAD", "OPTIONS"}


def refusal(method: str, headers: Mapping[str, str]) -> str | None:
    """Return why a request may not change anything here, None when it may.

    Parameters
    ----------
    method
        The HTTP method; reads are never refused.
    headers
        The headers; looked up in any case when the mapping does so.
    """
    origin = headers.get("Origin")
    if method in _READS or origin is None:
        return None
    host = headers.get("Host", "")
    if origin != f"http://{host}":
        return "Web pages of other origins may not change anything here."
    if _can_be_rebound(host):
        return (
            f"A page under the name {host!r} may not change anything here, since the owner of a "
            "name can make it point to this machine. Open the page by the machine's IP address."
        )
    return None


def _can_be_rebound(host: str) -> bool:
    """Tell whether somebody else may decide which machine a host's name stands for."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return True
    try:
        ip_address(name)
    except ValueError:
        # A name without a dot comes from this machine or its network, such as "localhost".
        return "." in name.rstrip(".") and not name.endswith(".localhost")
    return False
