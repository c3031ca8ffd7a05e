"""Starts with an outage of the service: the real function against models of the other ways."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from dataclasses import dataclass
from random import Random
from statistics import quantiles
from typing import TYPE_CHECKING, Any, Final

from testkit.function.simulation import Service, SimulatedClock, Simulation, event, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.progress import Progress

SHORTEST_TIMEOUT: Final = 40
LONGEST_TIMEOUT: Final = 3540
LONGEST_OUTAGE: Final = 300
"""The shortest and longest timeout and the longest outage, in seconds."""
BANDS: Final = (10.0, 60.0, 300.0)
"""Upper limits of the groups of outages, by their length in seconds."""

BOTO3_RETRIES: Final = 4
"""boto3 calls up to five times by default; it waits at most 1, 2, 4 and 8 s in between."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another way to wait, at equal intervals.

    Attributes
    ----------
    interval
        The seconds between two reads.
    end
        The seconds after which it gives up whatever the timeout is.
    patient
        True if it continues after an error. Without code of its own for that, each of them ends the
        request with the first error that boto3's retries don't outlast.
    """

    interval: float
    end: float
    patient: bool


LAMBDA_SECONDS: Final = 900.0
"""A loop that sleeps in the function ends with the function."""

_INTERVALS: Final = {
    "provider_framework": (5.0, float("inf")),
    "crhelper": (60.0, float("inf")),
    "waiter": (5.0, LAMBDA_SECONDS),
}
AS_IT_IS: Final = "as it is"
PATIENT: Final = "patient"
PEERS: Final = {
    (name, kind): Peer(interval, end, patient=kind == PATIENT)
    for name, (interval, end) in _INTERVALS.items()
    for kind in (AS_IT_IS, PATIENT)
}


@dataclass
class _FailingService(Service):
    """A service that answers every call with an error for a while."""

    begins: float = 0.0
    lasts: float = 0.0

    def _enter(self, method: str, parameters: dict[str, Any]) -> None:
        if self.begins <= self.clock.now < self.begins + self.lasts:
            self.calls.append((method, parameters))
            raise refusal("InternalServerErrorException", 500)
        super()._enter(method, parameters)


@dataclass(frozen=True, slots=True)
class Start:
    """A start with an outage; all times in seconds since the request.

    Attributes
    ----------
    seed
        For the random numbers of the start.
    timeout
        The time after which the request fails.
    takes
        The length of the start.
    begins, lasts
        The time of the outage.
    """

    seed: int
    timeout: int
    takes: float
    begins: float
    lasts: float

    def is_out(self, at: float) -> bool:
        """Tell if the service fails at a time."""
        return self.begins <= at < self.begins + self.lasts

    def possible(self) -> bool:
        """Tell if a way that reads without a pause would see READY before the deadline."""
        started = self._available(0.0)
        return self._available(started + self.takes) <= self.timeout

    def ours(self) -> float | None:
        """Run the real function; return the lag in seconds, or None if the request fails."""
        clock = SimulatedClock()
        began = clock.now
        simulation = Simulation(clock=clock, random=_drawn(self.seed).random)
        simulation.service = service = _FailingService(
            clock, start_seconds=self.takes, begins=began + self.begins, lasts=self.lasts
        )
        with contextlib.redirect_stdout(io.StringIO()):
            answer = simulation.run(event(TimeoutSeconds=str(self.timeout)))
        if answer["Status"] != "SUCCESS":
            return None
        return clock.now - next(at for at, state, *_ in service.past if state == "READY")

    def theirs(self, peer: Peer) -> float | None:
        """Return a peer's lag in seconds, or None if the request fails."""
        random, ready, due = _drawn(self.seed), None, 0.0
        while due <= min(self.timeout, peer.end):
            answered = self._called(due, random)
            if answered is None:
                if not peer.patient:
                    return None
            elif ready is None:
                ready = answered + self.takes
            elif answered >= ready:
                # One deadline for all, even if a call that began before it is answered later.
                return answered - ready if answered <= self.timeout else None
            due += peer.interval
        return None

    def _called(self, at: float, random: Random) -> float | None:
        """Return when a call with boto3's retries is answered; None if the last one fails."""
        for retry in range(BOTO3_RETRIES + 1):
            if not self.is_out(at):
                return at
            at += random.random() * 2**retry
        return None

    def _available(self, at: float) -> float:
        return self.begins + self.lasts if self.is_out(at) else at


def starts(number: int, random: Random) -> Iterator[Start]:
    """Draw starts with an outage that begins at any time of the start, or up to 10 s before it.

    The logarithms of timeouts, lengths and outages are spread evenly; a start takes at most half of
    its timeout.
    """
    for seed in range(number):
        timeout = round(SHORTEST_TIMEOUT * (LONGEST_TIMEOUT / SHORTEST_TIMEOUT) ** random.random())
        takes = 2 * (timeout / 2) ** random.random()
        begins = random.uniform(-10, takes)
        yield Start(seed, timeout, takes, begins, LONGEST_OUTAGE ** random.random())


def run(number: int, random: Random, progress: Progress) -> dict[str, Any]:
    """Wait for starts with an outage each.

    Returns
    -------
    dict
        ``starts``: how many; ``impossible``: how many fail however they are waited for; ``ways``: a
        record for each way and kind. It has the number of ``lost`` starts, and their number by the
        length of the outage; ``ours_saves`` and ``ours_loses`` compare each start with ours, and
        ``lags`` are the median, the highest of 90 in 100 and the longest lag of all others.
    """
    drawn = list(starts(number, random))
    ours = []
    for each in drawn:
        ours.append(each.ours())
        progress.step(len(ours) / number)
    ways = [{"peer": "ours", "kind": AS_IT_IS, **_compared(drawn, ours, ours)}]
    for (name, kind), peer in PEERS.items():
        theirs = [each.theirs(peer) for each in drawn]
        ways.append({"peer": name, "kind": kind, **_compared(drawn, theirs, ours)})
    impossible = sum(not each.possible() for each in drawn)
    return {"starts": number, "impossible": impossible, "ways": ways}


def _compared(
    drawn: Sequence[Start], lags: Sequence[float | None], ours: Sequence[float | None]
) -> dict[str, Any]:
    pairs = Counter((m is None, t is None) for m, t in zip(ours, lags, strict=True))
    lost: Counter[float] = Counter()
    for start, lag in zip(drawn, lags, strict=True):
        lost[next(band for band in BANDS if start.lasts <= band)] += lag is None
    tenths = quantiles([lag for lag in lags if lag is not None], n=10)
    return {
        "lost": lost.total(),
        "lost_by_outage": [lost[band] for band in BANDS],
        "ours_saves": pairs[False, True],
        "ours_loses": pairs[True, False],
        "lags": [round(tenths[4], 1), round(tenths[8], 1), round(max(x for x in lags if x), 1)],
    }


def _drawn(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - not for secrets
