"""The emulator's control interface, from the outside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPENER = build_opener(ProxyHandler({}))
_SECONDS = 10


class Control:
    """Reads and changes the world of an emulator.

    Parameters
    ----------
    url
        Where the emulator answers.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def sessions(self) -> dict[str, dict[str, Any]]:
        """Return all sessions by their ids."""
        found = self._call("GET", "sessions")["sessions"]
        return {session["sessionId"]: session for session in found}

    def journal(self, **query: str) -> list[dict[str, Any]]:
        """Return the requests that came, the oldest first."""
        text = "&".join(f"{name}={value}" for name, value in query.items())
        found: list[dict[str, Any]] = self._call("GET", f"journal?{text}")["requests"]
        return found

    def add_session(self, **session: object) -> None:
        """Put a session into the world; see docs/emulator.md."""
        self._call("POST", "sessions", session)

    def add_fault(self, **fault: object) -> None:
        """Switch a fault on; see docs/emulator.md."""
        self._call("POST", "faults", fault)

    def reset(self) -> None:
        """Go back to the world that the emulator starts with."""
        self._call("POST", "reset", {})

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        request = Request(  # noqa: S310 - the URL of our own emulator
            f"{self._url}/_nimble/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with _OPENER.open(request, timeout=_SECONDS) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise ValueError(error.read().decode(errors="replace")) from error
