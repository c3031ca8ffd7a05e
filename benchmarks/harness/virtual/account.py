"""An account with few concurrent executions: the real function behind a model of Lambda's queue."""

from __future__ import annotations

import contextlib
import io
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from harness.virtual.clock import VirtualTime
from testkit.function.simulation import Simulation, event

if TYPE_CHECKING:
    from random import Random

    from harness.progress import Progress

EXECUTIONS: Final = 10
SERVICE_TIMEOUT_SECONDS: Final = 1860.0
"""The time after which CloudFormation gives up on a resource: the construct's default."""
START_SECONDS: Final = (60.0, 300.0, 600.0)

DOCUMENTED: Final = "documented"
IDEAL: Final = "ideal"
"""The queues: see `Account`."""

_LONGEST_RETRY_SECONDS: Final = 300.0


class Account:
    """Lambda's queue of asynchronous invocations in front of a few executions.

    An invocation that finds no free execution goes back to the queue. With ``backs_off`` it is
    tried again as Lambda's guide documents: after a second, then after twice as long each time, up
    to five minutes. Otherwise it runs as soon as an execution is free, which no queue can beat.
    """

    def __init__(self, time: VirtualTime, random: Random, *, backs_off: bool) -> None:
        self._time, self._random, self._backs_off = time, random, backs_off
        self._free = EXECUTIONS
        self._line: list[tuple[Simulation, dict[str, Any]]] = []

    def invoke(self, simulation: Simulation, request: dict[str, Any], tried: int = 0) -> None:
        """Run an invocation as soon as the queue allows."""
        if self._free:
            self._free -= 1
            self._time.begin(lambda: self._execute(simulation, request))
        elif self._backs_off:
            # Lambda spreads them.
            delay = min(_LONGEST_RETRY_SECONDS, 2.0**tried) * self._random.uniform(0.5, 1.0)
            at = self._time.now + delay
            self._time.plan(at, lambda: self.invoke(simulation, request, tried + 1))
        else:
            self._line.append((simulation, request))

    def _execute(self, simulation: Simulation, request: dict[str, Any]) -> None:
        simulation.invoke_once(request)
        self._free += 1
        while simulation.handed:
            onward = partial(self.invoke, simulation, simulation.handed.popleft())
            self._time.plan(self._time.now, onward)
        if self._line:
            self._time.plan(self._time.now, partial(self.invoke, *self._line.pop(0)))


def answered(sessions: int, queue: str, start_seconds: float, random: Random) -> list[float]:
    """Start sessions at once; return after how many seconds each was answered, in order."""
    time = VirtualTime()
    account = Account(time, random, backs_off=queue == DOCUMENTED)
    simulations = [
        Simulation(clock=time, random=random.random, sessions=sessions) for _ in range(sessions)
    ]
    for each in simulations:
        each.service.start_seconds = start_seconds
        time.plan(0.0, partial(account.invoke, each, event()))
    with contextlib.redirect_stdout(io.StringIO()):
        time.run()
    return sorted(each.sent_at[0] for each in simulations)


def run(sessions: int, random: Random, progress: Progress) -> dict[str, Any]:
    """Simulate starts of each length with both queues.

    Returns
    -------
    dict
        ``runs``: for each length and queue when the last session was answered, how many were in
        time, and the largest stack of which all are.
    """
    runs: list[dict[str, Any]] = []
    for start_seconds in START_SECONDS:
        for queue in (DOCUMENTED, IDEAL):
            runs.append(row(sessions, queue, start_seconds, random))
            progress.step(len(runs) / (2 * len(START_SECONDS)))
    return {"runs": runs}


def row(sessions: int, queue: str, start_seconds: float, random: Random) -> dict[str, Any]:
    """Simulate starts of one length with one queue; see `run`."""
    ends = answered(sessions, queue, start_seconds, random)
    return {
        "sessions": sessions,
        "start_seconds": start_seconds,
        "queue": queue,
        "last_seconds": round(ends[-1]),
        "in_time": sum(end <= SERVICE_TIMEOUT_SECONDS for end in ends),
        "largest_in_time": _largest(sessions, queue, start_seconds, random),
    }


def _largest(most: int, queue: str, start_seconds: float, random: Random) -> int:
    """Return the largest number of sessions that are all answered in time, by bisection."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        last = answered(middle, queue, start_seconds, random)[-1]
        low, high = (middle, high) if last <= SERVICE_TIMEOUT_SECONDS else (low, middle - 1)
    return low
