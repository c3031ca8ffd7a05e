"""Lets only the emulator's own web page reach it.

A browser sends requests from any page to any address, including loopback. Three headers reveal it:
``Origin`` on changes, ``Sec-Fetch-Site`` on every request, and ``Host``, which still contains the
name of a page whose owner has made that name point to this machine (DNS rebinding).
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_HOST = re.compile(
    r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*))(?::[0-9]+)?"
)
_OWN_SITES = (None, "same-origin", "none")
MAX_HOST = 255
"""The maximum length of a ``Host`` header."""


def refusal(
    headers: Mapping[str, str], hosts: Collection[str] = (), *, followed_link: bool = False
) -> str | None:
    """Return why a request is refused, None when it isn't.

    Parameters
    ----------
    headers
        The headers.
    hosts
        More names that clients may use, in lower case.
    followed_link
        True for a page that links on other sites may open, because they can't read or change it.
    """
    host = headers.get("Host", "")
    if not (is_trusted(host) or (hosts and host_name(host) in hosts)):
        return (
            f"The host {host[:MAX_HOST]!r} is refused, since the owner of a name can make it point "
            "to this machine. Use an IP address or localhost, or allow the name: "
            "nimble-local serve --allow-host NAME."
        )
    origin = headers.get("Origin")
    foreign = headers.get("Sec-Fetch-Site") not in _OWN_SITES and not followed_link
    if foreign or origin not in (None, f"http://{host}"):
        return "Web pages of other origins may neither read nor change anything here."
    return None


def host_name(host: str) -> str | None:
    """Return the name or IPv4 address in a ``Host`` header in lower case, None when it has none."""
    found = _HOST.fullmatch(host) if len(host) <= MAX_HOST else None
    name = found and found["name"]
    return name.lower() if name else None


@lru_cache(maxsize=64)
def is_trusted(host: str) -> bool:
    """Return whether a ``Host`` header names a machine that no outsider controls.

    True for IP addresses, ``localhost`` and names below it, and names without a dot, which come
    from this machine or its network.
    """
    found = _HOST.fullmatch(host) if len(host) <= MAX_HOST else None
    if found is None:
        return False
    name = found["name"]
    try:
        if name is None:
            IPv6Address(found["address"])
        elif "." in name and not name.lower().endswith(".localhost"):
            IPv4Address(name)
    except AddressValueError:
        return False
    return True
