"""Virtual time for many invocations: each runs in a thread, one at a time, until it sleeps."""

from __future__ import annotations

import heapq
import itertools
from threading import Event, Semaphore, Thread
from typing import TYPE_CHECKING

from testkit.function.simulation import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Callable


class VirtualTime(SimulatedClock):
    """A shared clock, and the events planned on it.

    One event runs at a time, in the order of their times and, at the same time, of their planning.
    A run with the same seed is therefore the same run.
    """

    def __init__(self) -> None:
        super().__init__(0.0)
        self._planned: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._resting = Semaphore(0)

    def plan(self, at: float, act: Callable[[], None]) -> None:
        """Plan an event."""
        heapq.heappush(self._planned, (at, next(self._numbers), act))

    def run(self) -> None:
        """Run all planned events, and those that they plan."""
        while self._planned:
            self.now, _, act = heapq.heappop(self._planned)
            act()

    def begin(self, work: Callable[[], None]) -> None:
        """Run some work until it sleeps for the first time, or ends."""

        def whole() -> None:
            try:
                work()
            finally:
                self._resting.release()

        Thread(target=whole).start()
        self._resting.acquire()

    def sleep(self, seconds: float) -> None:
        """Let the other threads run for some seconds."""
        woken = Event()

        def wake() -> None:
            woken.set()
            self._resting.acquire()

        self.plan(self.now + seconds, wake)
        self._resting.release()
        woken.wait()
