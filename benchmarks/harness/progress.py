"""Progress of a run: its row, how much is done, the time left."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import Final

_SAY_EVERY_SECONDS: Final = 15.0
_MINUTE: Final = 60


@dataclass(slots=True)
class Progress:
    """Progress of one row.

    Attributes
    ----------
    rows
        All rows of the run.
    name, expected
        The row, and the seconds that it is expected to take.
    """

    rows: Rows
    name: str
    expected: float
    _began: float = field(default_factory=time.monotonic)
    _said: float = field(default_factory=time.monotonic)

    def step(self, part: float) -> None:
        """Record how much of the row is done, from 0 to 1."""
        if part and time.monotonic() - self._said >= _SAY_EVERY_SECONDS:
            self._said = time.monotonic()
            taken = self._said - self._began
            self.rows.say(f"      {self.name} {part:4.0%}", self.name, taken / part - taken)

    def end(self) -> float:
        """Record that the row is done; return the seconds that it took."""
        self.rows.left.pop(self.name, None)
        return time.monotonic() - self._began


class SilentProgress(Progress):
    """Progress of a row that is measured beside others, which prints nothing."""

    def step(self, part: float) -> None:
        """Ignore how much of the row is done."""


@dataclass(slots=True)
class Rows:
    """All rows of a run.

    Attributes
    ----------
    left
        The seconds that each unfinished row took in an earlier run, in order.
    lanes
        The number of rows measured at a time.
    """

    left: dict[str, float]
    lanes: int = 1
    _count: int = 0
    _begun: int = 0

    def begin(self, name: str, title: str) -> Progress:
        """Report that a row begins."""
        self._count = self._count or len(self.left)
        self._begun += 1
        expected = self.left.get(name, 0.0)
        self.say(f"[{self._begun}/{self._count}] {title} ...", name, expected)
        return Progress(self, name, expected)

    def say(self, text: str, name: str, seconds: float) -> None:
        """Print a line with the time left, given that of one row."""
        self.left[name] = seconds
        total = max(seconds, sum(self.left.values()) / self.lanes)
        print(f"{text:<60} {_span(total)} left", file=sys.stderr, flush=True)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _MINUTE else f"{seconds / _MINUTE:.0f} min"
