"""Many sessions of one stack at a rate limit: the real function in virtual time."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from dataclasses import dataclass
from functools import partial
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from harness.virtual.clock import VirtualTime
from harness.virtual.rate_limit import RateLimit
from testkit.function.simulation import Service, Simulation, dated, event, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.progress import Progress

LIMIT: Final = 10
"""Requests of each operation per second; a full bucket allows as many at once."""
START_SECONDS: Final = 5.0
READS: Final = 2
"""The fewest reads of a session: one before the start, and one that finds it READY."""

THROTTLED: Final = "throttled"


def minimum_seconds(sessions: int) -> float:
    """Return the shortest time that the limit allows for all sessions, in seconds."""
    return max(READS * sessions / LIMIT, sessions / LIMIT + START_SECONDS)


@dataclass
class LimitedService(Service):
    """One session of a service that limits the rate of each operation for all of them."""

    limits: Mapping[str, RateLimit] | None = None

    def _enter(self, method: str, parameters: dict[str, Any]) -> None:
        assert self.limits is not None  # noqa: S101 - only a dataclass's order makes it optional
        if not self.limits[method].admits():
            self.calls.append((THROTTLED, parameters))
            raise refusal("ThrottlingException", 429)
        super()._enter(method, parameters)


def start(sessions: int, random: Random) -> tuple[list[float], Counter[str]]:
    """Start all sessions of a stack at once.

    Returns
    -------
    tuple
        The seconds after which each session was reported as READY, and the number of calls by
        operation; those that the limit refused are counted as `THROTTLED`.

    Raises
    ------
    RuntimeError
        When a request fails.
    """
    time = VirtualTime()
    limits = {each: RateLimit(time, LIMIT, full=True) for each in ("get", "start")}
    simulations = []
    for number in range(sessions):
        each = Simulation(clock=time, random=random.random, sessions=sessions)
        each.service = LimitedService(time, start_seconds=START_SECONDS, limits=limits)
        request = {**dated(event(), time.now), "RequestId": f"request-{number}"}
        time.plan(time.now, partial(time.begin, partial(each.invoke_once, request)))
        simulations.append(each)
    with contextlib.redirect_stdout(io.StringIO()):
        time.run()
    answers = [answer for each in simulations for answer in each.answers]
    if [answer["Status"] for answer in answers] != ["SUCCESS"] * sessions:
        raise RuntimeError(f"Not all {sessions} sessions became READY.")
    calls = Counter(name for each in simulations for name, _ in each.service.calls)
    return [each.sent_at[0] for each in simulations], calls


def run(sizes: Sequence[int], draws: int, random: Random, progress: Progress) -> dict[str, Any]:
    """Start stacks of each size several times.

    Returns
    -------
    dict
        ``runs``: for each size the seconds until all sessions were reported, on average and at
        most, and the mean number of admitted and of throttled requests per session.
    """
    runs: list[dict[str, Any]] = []
    for size in sizes:
        drawn = [start(size, Random(random.random())) for _ in range(draws)]  # noqa: S311
        ends = [max(seconds) for seconds, _ in drawn]
        throttled = fmean(calls[THROTTLED] for _, calls in drawn) / size
        requests = fmean(calls.total() for _, calls in drawn) / size
        runs.append(
            {
                "sessions": size,
                "seconds": round(fmean(ends), 2),
                "longest_seconds": round(max(ends), 2),
                "admitted_each": round(requests - throttled, 2),
                "throttled_each": round(throttled, 2),
            }
        )
        progress.step(len(runs) / len(sizes))
    return {"draws": draws, "runs": runs}
