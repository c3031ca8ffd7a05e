"""The lag and the reads of single starts: the real function in virtual time."""

from __future__ import annotations

import contextlib
import io
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import count, takewhile
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from testkit.function.simulation import Service, SimulatedClock, Simulation, event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.progress import Progress

LENGTHS: Final = (2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1500.0)
"""The lengths of the starts, in seconds."""
SPREAD_SECONDS: Final = 5.0
"""A start lasts up to this much longer than its nominal length."""
ENDS: Final = 100
"""Number of different ends of a start, spread evenly."""

INTERVALS: Final = {"provider_framework": 5.0, "crhelper": 60.0}
"""The seconds between two reads of the peers, at equal distances from the start."""


@dataclass
class _ObservedService(Service):
    """A service that records when it was read."""

    reads: list[float] = field(default_factory=list)

    def get_streaming_session(self, **parameters: Any) -> dict[str, Any]:
        """Read the session."""
        self.reads.append(self.clock.now)
        return super().get_streaming_session(**parameters)


def reads_of_ours(seconds: float, random: Random) -> list[float]:
    """Return when the function reads a session whose start takes some seconds.

    Returns
    -------
    list of float
        The times in seconds since the start; the last read finds the session READY.
    """
    clock = SimulatedClock()
    began = clock.now
    simulation = Simulation(clock=clock, random=random.random)
    service = simulation.service = _ObservedService(clock, start_seconds=seconds)
    with contextlib.redirect_stdout(io.StringIO()):
        answer = simulation.run(event(TimeoutSeconds="3540"))
    if answer["Status"] != "SUCCESS":
        raise RuntimeError(answer["Reason"])
    return [at - began for at in service.reads]


def reads_of_a_peer(seconds: float, interval: float) -> list[float]:
    """Return when a peer reads a session at equal distances until it is READY."""
    first = 0.0 if interval <= SPREAD_SECONDS else interval
    earlier = list(takewhile(lambda at: at < seconds, count(first, interval)))
    return [*earlier, first + len(earlier) * interval]


def summary(paths: Sequence[Sequence[float]], nominal: float) -> dict[str, float]:
    """Return the lags and requests of starts that end within a spread after their nominal length.

    The reads before a start's end don't depend on when it ends. So one list of reads tells the lag
    of every end, and the mean over evenly spread ends varies little.
    """
    lags, requests = [], []
    for reads in paths:
        for number in range(ENDS):
            end = nominal + SPREAD_SECONDS * (number + 0.5) / ENDS
            noticed = bisect_left(reads, end)
            lags.append(reads[noticed] - end)
            # The start itself is one more request.
            requests.append(noticed + 2)
    return {
        "lag": round(fmean(lags), 3),
        "longest_lag": round(max(lags), 3),
        "requests": round(fmean(requests), 2),
    }


def run(lengths: Sequence[float], draws: int, random: Random, progress: Progress) -> dict[str, Any]:
    """Wait for starts of each length.

    Returns
    -------
    dict
        ``lengths``: for each nominal length in seconds the figures of this project and the peers.
    """
    rows: list[dict[str, Any]] = []
    for nominal in lengths:
        longest = nominal + SPREAD_SECONDS
        paths = [
            reads_of_ours(longest, Random(random.random()))  # noqa: S311 - not for secrets
            for _ in range(draws)
        ]
        row: dict[str, Any] = {"nominal": nominal, "ours": summary(paths, nominal)}
        for peer, interval in INTERVALS.items():
            row[peer] = summary([reads_of_a_peer(longest, interval)], nominal)
        rows.append(row)
        progress.step(len(rows) / len(lengths))
    return {"draws": draws, "lengths": rows}
