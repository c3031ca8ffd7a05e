"""Waits for other services: the real function and the framework's handlers in virtual time."""

from __future__ import annotations

import contextlib
import io
import runpy
from random import Random
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

import boto3

from declared import call
from harness.measure.cost import MINUTES
from harness.peers import FRAMEWORK, OURS
from harness.tasks import FOLDER, TASKS
from harness.virtual.scripted_services import ADDRESS, OUTPUT, ScriptedServices
from harness.virtual.waits import INTERVALS, SPREAD_SECONDS, summary
from testkit.declared.declarations import declared_event
from testkit.declared.world import DeclaredWorld
from testkit.function.simulation import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.progress import Progress

LENGTHS: Final = (10.0, 30.0, 120.0, 600.0)
"""The lengths of the starts and runs, in seconds."""

_RESULTS: Final = {
    "instance": {OURS.name: {"PrivateIpAddress": ADDRESS}, FRAMEWORK.name: {"Address": ADDRESS}},
    "run": {OURS.name: {"Output": OUTPUT}, FRAMEWORK.name: {"Output": OUTPUT}},
}
"""The attributes that the stack uses."""
_LONGEST: Final = "3540"


class _World(DeclaredWorld):
    """The function with declared resources and scripted services."""

    def run_with(self, services: ScriptedServices, properties: dict[str, Any]) -> dict[str, Any]:
        """Handle a Create; return its answer."""
        with (
            patch.object(call, "connect", services.client),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            return self.run(declared_event("Create", properties))


def wait_of_ours(
    task: str, properties: dict[str, Any], seconds: float, random: Random
) -> tuple[list[float], float, int]:
    """Do a task with the function.

    Returns
    -------
    tuple
        The times of the reads in seconds since the start, the last of which finds the task done;
        the seconds from the request to the answer; the number of invocations.
    """
    clock = SimulatedClock()
    began, services = clock.now, ScriptedServices(clock, seconds)
    world = _World(clock=clock, random=random.random)
    answer = world.run_with(services, {**properties, "TimeoutSeconds": _LONGEST})
    if answer["Status"] != "SUCCESS":
        raise RuntimeError(answer["Reason"])
    _check(task, OURS.name, answer["Data"])
    return list(_since_the_start(services)), world.sent_at[0] - began, world.invocations


def reads_of_handlers(task: str, properties: dict[str, Any], seconds: float) -> list[float]:
    """Do a task with the handlers, called as the framework calls them but without any delay.

    Returns
    -------
    list of float
        The times of the reads in seconds since the start; the last one finds the task done.
    """
    clock = SimulatedClock()
    services = ScriptedServices(clock, seconds)
    with patch.object(boto3, "client", services.client):
        handlers = runpy.run_path(str(FOLDER / "functions" / f"{task}.py"))
    event = {"RequestType": "Create", "ResourceProperties": properties}
    event |= handlers["on_event"](event, None)
    while not (polled := handlers["is_complete"](event, None))["IsComplete"]:
        clock.sleep(INTERVALS[FRAMEWORK.name])
    _check(task, FRAMEWORK.name, polled["Data"])
    return list(_since_the_start(services))


def _since_the_start(services: ScriptedServices) -> Iterator[float]:
    if services.started is None:
        raise RuntimeError("Nothing was started.")
    for at in services.reads:
        yield at - services.started


def _check(task: str, way: str, data: dict[str, Any]) -> None:
    wanted = _RESULTS[task][way]
    if wanted.items() - data.items():
        raise RuntimeError(f"{way}: {data} lacks {wanted}")


def run(
    given: dict[str, dict[str, dict[str, Any]]],
    lengths: Sequence[float],
    draws: int,
    random: Random,
    progress: Progress,
) -> dict[str, Any]:
    """Do each task in the ways that wait.

    Parameters
    ----------
    given
        The properties of the custom resource as synthesised, by task and way.
    lengths, draws
        The nominal lengths, and the number of waits of each length with the function.
    random, progress
        The source of the jitter; takes the progress.

    Returns
    -------
    dict
        For each task ``lengths``, the figures of both ways by nominal length in seconds, and
        ``billed``, the seconds and invocations of one wait by minutes.
    """
    made: dict[str, Any] = {}
    for number, task in enumerate(TASKS, 1):
        ours, framework = (given[task][way] for way in (OURS.name, FRAMEWORK.name))
        rows = []
        for nominal in lengths:
            longest = nominal + SPREAD_SECONDS
            drawn = [Random(random.random()) for _ in range(draws)]  # noqa: S311 - not for secrets
            paths = [wait_of_ours(task, ours, longest, each)[0] for each in drawn]
            theirs = summary([reads_of_handlers(task, framework, longest)], nominal)
            rows.append(
                {"nominal": nominal, OURS.name: summary(paths, nominal), FRAMEWORK.name: theirs}
            )
        billed = {}
        for minutes in MINUTES:
            _, seconds, invocations = wait_of_ours(task, ours, 60.0 * minutes, random)
            billed[str(minutes)] = [round(seconds, 1), invocations]
        made[task] = {"lengths": rows, "billed": billed}
        progress.step(number / len(TASKS))
    return made
