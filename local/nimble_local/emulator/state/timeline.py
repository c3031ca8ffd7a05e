"""Events that are due in the future, in order of time."""

from __future__ import annotations

import heapq
from typing import NamedTuple


class Due(NamedTuple):
    """An event and the time at which it's due."""

    at: float
    kind: str
    key: str


class Timeline:
    """A priority queue with at most one due time per entity; a new time replaces the earlier."""

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._valid: dict[tuple[str, str], float] = {}

    def plan(self, kind: str, key: str, at: float | None) -> None:
        """Set the time at which an entity is due; None for never."""
        if at is None:
            self._valid.pop((kind, key), None)
            return
        self._valid[kind, key] = at
        heapq.heappush(self._heap, Due(at, kind, key))
        # Replaced times stay in the heap until they come up; this bounds their number.
        if len(self._heap) > 2 * len(self._valid) + 1000:
            self._heap = [due for due in self._heap if self._is_valid(due)]
            heapq.heapify(self._heap)

    def _is_valid(self, due: Due) -> bool:
        return self._valid.get((due.kind, due.key)) == due.at

    def next(self) -> float | None:
        """Return the time of the next event, None if there is none."""
        while self._heap and not self._is_valid(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0].at if self._heap else None

    def pop(self, now: float) -> Due | None:
        """Remove and return the next event that is due by now, None if there is none."""
        at = self.next()
        if at is None or at > now:
            return None
        due = heapq.heappop(self._heap)
        del self._valid[due.kind, due.key]
        return due

    def clear(self) -> None:
        """Forget everything."""
        self._heap.clear()
        self._valid.clear()
