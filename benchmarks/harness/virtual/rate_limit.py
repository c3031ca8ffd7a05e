"""A rate limit in virtual time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testkit.function.simulation import SimulatedClock


@dataclass
class RateLimit:
    """A limit that all calls of one kind share: a token bucket that holds one second's calls.

    Attributes
    ----------
    per_second
        The number of calls that the limit allows per second.
    full
        True if the bucket is full at first, as after a quiet second; otherwise it's empty.
    """

    time: SimulatedClock
    per_second: float
    full: bool = False
    _left: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        """Fill the bucket, or leave it empty."""
        self._left, self._at = self.per_second if self.full else 0.0, self.time.now

    def admits(self) -> bool:
        """Tell whether a call is within the limit, and count it if so."""
        passed = self.time.now - self._at
        self._left = min(self.per_second, self._left + passed * self.per_second)
        self._at = self.time.now
        if self._left < 1:
            return False
        self._left -= 1
        return True
