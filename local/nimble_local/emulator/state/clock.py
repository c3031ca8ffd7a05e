"""The emulated clock, which can be stopped, set forward and run at a factor."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nimble_local.emulator.state.entities import ClockState

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_FACTOR = 1_000_000.0
"""The clock's maximum speed: a year in about half a minute."""

MAX_ADVANCE_SECONDS = 10 * 365 * 86_400.0
"""The largest step by which the clock can be set forward: ten years."""

END = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
"""The time at which the clock stops, before the years that ISO 8601 can't express."""


def steady_time() -> Callable[[], float]:
    """Return a function that returns seconds since 1970 and never goes back."""
    base = time.time() - time.monotonic()
    return lambda: base + time.monotonic()


def iso(seconds: float) -> str:
    """Return a time in seconds since 1970 as ISO 8601 in UTC, with milliseconds."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class EmulatedClock:
    """Time in seconds since 1970, as the emulated service sees it.

    Parameters
    ----------
    real
        The source of real time, in seconds since 1970; it must never go back.
    """

    def __init__(self, real: Callable[[], float] | None = None) -> None:
        self._real = real or steady_time()
        self._factor = 1.0
        self._anchor = self._emulated = self._real()

    @property
    def factor(self) -> float:
        """Emulated seconds per real second; 0 while the clock is stopped."""
        return self._factor

    def now(self) -> float:
        """Return the emulated time."""
        return min(END, self._emulated + (self._real() - self._anchor) * self._factor)

    def run(self, factor: float = 1.0) -> None:
        """Run the clock faster or slower than real time; 0 stops it.

        Raises
        ------
        ValueError
            The factor is negative, above ``MAX_FACTOR``, or not a number.
        """
        if not 0 <= factor <= MAX_FACTOR:
            raise ValueError(
                f"The clock's factor must be from 0 to {MAX_FACTOR:.0f}, not {factor}."
            )
        self._emulated, self._anchor = self.now(), self._real()
        self._factor = factor

    def advance(self, seconds: float) -> None:
        """Set the clock forward.

        Raises
        ------
        ValueError
            The step is negative, longer than ``MAX_ADVANCE_SECONDS``, or not a number.
        """
        if not 0 <= seconds <= MAX_ADVANCE_SECONDS:
            raise ValueError(
                "The clock can only be set forward, by at most ten years "
                f"({MAX_ADVANCE_SECONDS:.0f} seconds), not by {seconds}."
            )
        self._emulated = min(END, self._emulated + seconds)

    def real_seconds(self, moment: float) -> float:
        """Return the real seconds until an emulated moment; inf when the clock is stopped."""
        left = moment - self.now()
        if left <= 0:
            return 0.0
        return left / self._factor if self._factor else math.inf

    def state(self) -> ClockState:
        """Return the state that `restore` needs in another process."""
        return ClockState(real=self._real(), emulated=self.now(), factor=self._factor)

    def restore(self, state: ClockState) -> None:
        """Continue from a saved state, as if this process had run since."""
        self._anchor, self._emulated = state.real, state.emulated
        self._factor = state.factor
        # The machine's clock may have been set back while no process ran.
        self._anchor = min(self._anchor, self._real())
