"""The journal: every request, what became of it, and which faults struck it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field, replace
from typing import Any

from nimble_local.emulator.state.clock import iso

MAX_ENTRIES = 10_000
"""Requests that the journal holds unless set otherwise; beyond, the oldest goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request."""

    number: int = 0
    """Counts the requests since the emulator started, from 1."""
    at: float
    """When it came, in seconds since 1970 of the emulated clock."""
    operation: str | None
    """None when method and path mean none."""
    studio_id: str | None = None
    session_id: str | None = None
    caller: str | None = None
    token: str | None = None
    request_id: str | None = None
    """The answer's ``x-amzn-RequestId``; None when it did not come over HTTP."""
    status: int | None
    """The HTTP status; None when the connection was cut before an answer."""
    outcome: str
    """``OK``, the name of the error, ``DROPPED`` or ``HTML``."""
    faults: tuple[str, ...] = ()
    replayed: bool = False
    """Whether the client token was known and nothing was done."""
    milliseconds: float = 0.0
    """How long the answer took, in real time."""

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
    """The newest requests, and how many there were of each kind since the last reset."""

    limit: int = MAX_ENTRIES
    total: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _entries: deque[Entry] = field(init=False)

    def __post_init__(self) -> None:
        """Make room."""
        self._entries = deque(maxlen=self.limit)

    @property
    def oldest(self) -> int:
        """The number of the oldest request that is held; the next one's when none is."""
        return self._entries[0].number if self._entries else self.total + 1

    def add(self, entry: Entry) -> None:
        """Note a request; its number is given here."""
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
            Only entries of these.
        limit
            At most so many.
        """
        found: list[Entry] = []
        for entry in reversed(self._entries):
            if entry.number <= after or len(found) == limit:
                break
            if operation in (None, entry.operation) and session_id in (None, entry.session_id):
                found.append(entry)
        return found[::-1]

    def clear(self) -> None:
        """Forget all requests; the numbers go on."""
        self._entries.clear()
        self.counts.clear()
