"""The events for a page: everything at first, then the changes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.webpage import overview

if TYPE_CHECKING:
    from collections.abc import Callable

    from nimble_local.emulator.backend import Backend

REQUESTS_SHOWN = 200
"""The number of requests in one event, the newest."""

CLOCK_TOLERANCE_SECONDS = 0.02
"""Real seconds by which the clock may seem to jump between two checks without being set."""


class Follower:
    """Tracks the state that one page has received.

    Parameters
    ----------
    backend
        The emulated service.
    real
        A monotonic clock in real seconds.
    """

    def __init__(self, backend: Backend, real: Callable[[], float] = time.monotonic) -> None:
        self._backend = backend
        self._real = real
        self._revision = 0
        self._requests = (0, 0)
        self._faults: list[dict[str, Any]] = []
        self._profiles: list[dict[str, Any]] = []
        self._factor = 0.0
        self._zero = 0.0

    def everything(self) -> dict[str, Any]:
        """Return the complete state."""
        backend = self._backend
        backend.settle()
        self._revision = backend.world.revision
        self._requests = (backend.journal.total, backend.journal.oldest)
        self._faults = overview.faults(backend)
        self._profiles = overview.profiles(backend)
        return {
            "whole": True,
            "clock": self._clock(),
            "sessions": overview.sessions(backend, backend.world.sessions),
            "profiles": self._profiles,
            "kinds": overview.kinds(),
            "faults": self._faults,
            **self._journal(after=0),
        }

    def changes(self) -> dict[str, Any]:
        """Return the changes since the last event; empty if there are none."""
        backend = self._backend
        backend.settle()
        told: dict[str, Any] = {}
        if backend.world.revision != self._revision:
            changed = backend.world.changed_since(self._revision)
            if changed is None:
                return self.everything()
            told |= self._sessions(changed)
            self._revision = backend.world.revision
        requests = (backend.journal.total, backend.journal.oldest)
        if requests != self._requests:
            told |= self._journal(after=self._requests[0])
            self._requests = requests
        faults = overview.faults(backend)
        if faults != self._faults:
            told["faults"] = self._faults = faults
        profiles = overview.profiles(backend)
        if profiles != self._profiles:
            told["profiles"] = self._profiles = profiles
        if self._clock_was_set() or told:
            told["clock"] = self._clock()
        return told

    def beat(self) -> dict[str, Any]:
        """Return the time, for a heartbeat."""
        return {"clock": self._clock()}

    def _sessions(self, changed: list[str]) -> dict[str, Any]:
        known = {session_id: self._backend.world.sessions.get(session_id) for session_id in changed}
        there = [session for session in known.values() if session is not None]
        # Changes come newest first, but new sessions are added in order of creation.
        return {
            "sessions": overview.sessions(self._backend, there[::-1]),
            "gone": [session_id for session_id, session in known.items() if session is None],
        }

    def _journal(self, after: int) -> dict[str, Any]:
        journal = self._backend.journal
        newest = journal.entries(after=after, limit=REQUESTS_SHOWN)
        return {
            "requests": [entry.public() for entry in newest],
            "oldest": journal.oldest,
            "total": journal.total,
        }

    def _clock(self) -> dict[str, float]:
        clock = self._backend.clock
        now = clock.now()
        self._factor = clock.factor
        self._zero = now - self._factor * self._real()
        return {"now": now, "factor": self._factor}

    def _clock_was_set(self) -> bool:
        clock = self._backend.clock
        zero = clock.now() - clock.factor * self._real()
        tolerance = CLOCK_TOLERANCE_SECONDS * max(1.0, clock.factor)
        return clock.factor != self._factor or abs(zero - self._zero) > tolerance
