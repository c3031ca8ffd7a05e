"""What a run says of itself: which row, how far, how long still."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import Final

_SAY_EVERY_SECONDS: Final = 15.0
_MINUTE: Final = 60


@dataclass(slots=True)
class Progress:
    """Tells the progress of rows whose lengths are known from an earlier run, or guessed.

    Attributes
    ----------
    expected
        The seconds that each row will take, in order.
    """

    expected: dict[str, float]
    _row: str = ""
    _began: float = 0.0
    _said: float = 0.0
    _done: set[str] = field(default_factory=set)

    def begin(self, row: str, title: str) -> None:
        """Say that a row begins."""
        self._row, self._began = row, time.monotonic()
        number = list(self.expected).index(row) + 1
        self._say(f"[{number}/{len(self.expected)}] {title} ...", self.expected[row])

    def step(self, part: float) -> None:
        """Note how much of the row is done, from 0 to 1."""
        if time.monotonic() - self._said >= _SAY_EVERY_SECONDS:
            taken = time.monotonic() - self._began
            left = taken / part - taken if part else self.expected[self._row]
            self._say(f"      {part:4.0%}", left)

    def end(self) -> float:
        """Note that the row is done; return the seconds that it took."""
        self._done.add(self._row)
        return time.monotonic() - self._began

    def _say(self, text: str, left_of_row: float) -> None:
        self._said = time.monotonic()
        others = sum(s for r, s in self.expected.items() if r not in self._done and r != self._row)
        print(f"{text:<60} {_span(left_of_row + others)} left", file=sys.stderr, flush=True)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _MINUTE else f"{seconds / _MINUTE:.0f} min"
