"""A client of the emulator's control interface."""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

if TYPE_CHECKING:
    from collections.abc import Mapping

# The user's proxy must never see, or answer, a request to an emulator.
_OPENER = build_opener(ProxyHandler({}))
_SECONDS = 10


class RefusedError(ValueError):
    """The emulator refused a request; the message is its own.

    Parameters
    ----------
    message
        The emulator's message.
    status
        The HTTP status, such as 404.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class UnreachableError(ConnectionError):
    """No emulator answers at the URL; the message says where, and why."""


class Control:
    """Reads and changes the state of an emulator.

    Every method raises `RefusedError` if the emulator refuses it, and `UnreachableError` if no
    emulator answers.

    Parameters
    ----------
    url
        The emulator's URL.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def sessions(self) -> dict[str, dict[str, Any]]:
        """Return all sessions by their ids."""
        return {session["sessionId"]: session for session in self.world()["sessions"]}

    def world(self) -> dict[str, Any]:
        """Return all ``sessions``, oldest first, and the time ``now``."""
        found: dict[str, Any] = self._call("GET", "sessions")
        return found

    def session(self, session_id: str) -> dict[str, Any]:
        """Return one session."""
        found: dict[str, Any] = self._call("GET", f"sessions/{quote(session_id, safe='')}")
        return found

    def add_session(self, **session: object) -> None:
        """Add a session; see docs/emulator.md."""
        self._call("POST", "sessions", session)

    def seed(self, seed: Mapping[str, object]) -> dict[str, int]:
        """Put everything in a seed into the world, and return the number of entries by list."""
        added: dict[str, int] = self._call("POST", "seed", seed)["added"]
        return added

    def journal(self, **query: str) -> list[dict[str, Any]]:
        """Return the requests, oldest first."""
        found: list[dict[str, Any]] = self._call("GET", f"journal?{urlencode(query)}")["requests"]
        return found

    def faults(self) -> list[dict[str, Any]]:
        """Return the active faults, oldest first."""
        found: list[dict[str, Any]] = self._call("GET", "faults")["faults"]
        return found

    def add_fault(self, **fault: object) -> dict[str, Any]:
        """Switch a fault on, and return it with its ``id``; see docs/emulator.md."""
        added: dict[str, Any] = self._call("POST", "faults", fault)
        return added

    def remove_fault(self, fault_id: str) -> None:
        """Switch a fault off."""
        self._call("DELETE", f"faults/{quote(fault_id, safe='')}")

    def clock(self) -> dict[str, Any]:
        """Return the time ``now``, and the clock's ``factor``."""
        shown: dict[str, Any] = self._call("GET", "clock")
        return shown

    def set_clock(self, **changes: float) -> dict[str, Any]:
        """Change the clock's ``factor``, or set it forward by ``advanceSeconds``."""
        shown: dict[str, Any] = self._call("POST", "clock", changes)
        return shown

    def reset(self) -> None:
        """Restore the emulator's initial state."""
        self._call("POST", "reset", {})

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        try:
            request = Request(  # noqa: S310 - an emulator's URL, which its user names
                f"{self._url}/_nimble/{path}",
                data=None if body is None else json.dumps(body).encode(),
                headers={"Content-Type": "application/json"},
                method=method,
            )
            with _OPENER.open(request, timeout=_SECONDS) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise _refused(self._url, error) from error
        except (OSError, HTTPException, ValueError) as error:
            raise UnreachableError(f"{self._url}: {_why(error)}") from error


def _refused(url: str, error: HTTPError) -> RefusedError | UnreachableError:
    try:
        return RefusedError(str(json.load(error)["error"]), error.code)
    except (ValueError, KeyError, TypeError):
        return UnreachableError(f"{url}: something other than nimble-local answers there")


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason)
