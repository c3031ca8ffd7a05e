"""The journal: every request, its outcome, and the faults that affected it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field, replace
from typing import Any

from nimble_local.emulator.state.clock import iso

MAX_ENTRIES = 10_000
"""The default number of requests in the journal; beyond it, the oldest is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request."""

    number: int = 0
    """The request's number since the emulator started, from 1."""
    at: float
    """The time of arrival on the emulated clock, in seconds since 1970."""
    operation: str | None
    """None if method and path match no operation."""
    studio_id: str | None = None
    session_id: str | None = None
    caller: str | None = None
    token: str | None = None
    request_id: str | None = None
    """The answer's ``x-amzn-RequestId``; None for an external act."""
    status: int | None
    """The HTTP status; None if the connection was cut before an answer."""
    outcome: str
    """``OK``, the name of the error, ``DROPPED`` or ``HTML``."""
    faults: tuple[str, ...] = ()
    replayed: bool = False
    """True if the client token was known, so the earlier answer was repeated."""
    milliseconds: float = 0.0
    """The real time that the answer took."""

    def public(self) -> dict[str, Any]:
        """Return the entry as the control interface shows it."""
        return {
            "number": self.number,
            "at": iso(self.at),
            "operation": self.operation,
            "studioId": self.studio_id,
            "sessionId": self.session_id,
            "caller": self.caller,
            "clientToken": self.token,
            "requestId": self.request_id,
            "status": self.status,
            "outcome": self.outcome,
            "faults": list(self.faults),
            "replayed": self.replayed,
            "milliseconds": round(self.milliseconds, 3),
        }


@dataclass(slots=True)
class Journal:
    """The newest requests, and counts by operation and outcome since the last reset."""

    limit: int = MAX_ENTRIES
    total: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _entries: deque[Entry] = field(init=False)

    def __post_init__(self) -> None:
        """Create the queue."""
        self._entries = deque(maxlen=self.limit)

    @property
    def oldest(self) -> int:
        """The number of the oldest request in the journal; that of the next one if it's empty."""
        return self._entries[0].number if self._entries else self.total + 1

    def add(self, entry: Entry) -> None:
        """Add a request, and give it its number."""
        self.total += 1
        self._entries.append(replace(entry, number=self.total))
        self.counts[entry.operation or "unknown", entry.outcome] += 1

    def entries(
        self,
        *,
        after: int = 0,
        operation: str | None = None,
        session_id: str | None = None,
        limit: int | None = None,
    ) -> list[Entry]:
        """Return the newest entries that match, the oldest of them first.

        Parameters
        ----------
        after
            Only entries with a higher number.
        operation, session_id
            Only entries with these.
        limit
            The maximum number of entries.
        """
        found: list[Entry] = []
        for entry in reversed(self._entries):
            if entry.number <= after or len(found) == limit:
                break
            if operation in (None, entry.operation) and session_id in (None, entry.session_id):
                found.append(entry)
        return found[::-1]

    def clear(self) -> None:
        """Remove all requests; numbering continues."""
        self._entries.clear()
        self.counts.clear()
