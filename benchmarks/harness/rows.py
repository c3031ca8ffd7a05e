"""The rows of the benchmark, in order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from random import Random
from typing import TYPE_CHECKING, Any, Final

from harness.measure import coldstarts, deploys, scale, synthesis
from harness.measure.starts import Starts
from harness.places import BENCHMARKS, ROOT, WORK
from harness.progress import Rows, SilentProgress
from harness.tasks import FOLDER, WAITS
from harness.virtual import account, crowds, outages, tasks, waits

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.environment.cloud import BenchCloud
    from harness.progress import Progress


@dataclass(frozen=True, slots=True)
class RowInputs:
    """The inputs of a row.

    Attributes
    ----------
    quick
        True for a run that only checks that everything works.
    cloud
        Returns the local cloud, started at the first call.
    random
        The source of all random numbers.
    progress
        Reports the progress.
    """

    quick: bool
    cloud: Callable[[], BenchCloud]
    random: Random
    progress: Progress


@dataclass(frozen=True, slots=True)
class Row:
    """One part of the benchmark.

    Attributes
    ----------
    title
        Its name.
    measure
        Measures it, and returns what goes into the results.
    seconds, quick_seconds
        The time that takes on two cores, in seconds.
    in_cloud
        True if it needs the local cloud.
    timed
        True if other work on the machine changes the results.
    """

    title: str
    measure: Callable[[RowInputs], Any]
    seconds: float
    quick_seconds: float
    in_cloud: bool = False
    timed: bool = True


def _templates(_run: RowInputs) -> Any:
    out = WORK / "synthesised.json"
    command = [sys.executable, "-m", "harness.measure.synthesised", str(out)]
    # cdk-nag prints every finding.
    with (WORK / "synthesised.log").open("w") as log:
        subprocess.run(command, cwd=ROOT, check=True, stdout=log, stderr=log)  # noqa: S603
    return json.loads(out.read_text())


def _tasks(run: RowInputs) -> Any:
    out = WORK / "tasks.json"
    command = [sys.executable, "-m", "harness.measure.templates_of_tasks", str(out)]
    paths = (BENCHMARKS, ROOT / "lambda", ROOT / "tests" / "support")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
    with (WORK / "tasks.log").open("w") as log:
        subprocess.run(command, cwd=FOLDER, env=environment, check=True, stdout=log, stderr=log)  # noqa: S603
    ways = json.loads(out.read_text())
    given = {
        task: {way: made[way].pop("properties") for way in WAITS} for task, made in ways.items()
    }
    lengths, draws = (tasks.LENGTHS[1:2], 2) if run.quick else (tasks.LENGTHS, 25)
    waited = tasks.run(given, lengths, draws, run.random, run.progress)
    return {
        "draws": draws,
        **{task: {"ways": made, **waited[task]} for task, made in ways.items()},
    }


def _starts(run: RowInputs) -> Any:
    # A quick run makes one start with each peer.
    lengths = LENGTHS[:1] if run.quick else LENGTHS
    rounds, rounds_of_others = (1, 1) if run.quick else (10, 5)
    starts = Starts(run.cloud(), lengths, rounds, rounds_of_others, run.random)
    return {"records": starts.run(run.progress)}


def _cold(run: RowInputs) -> Any:
    return coldstarts.run(1 if run.quick else 15, run.random, run.progress)


def _deploys(run: RowInputs) -> Any:
    return deploys.run(run.cloud(), 1 if run.quick else 5, run.random, run.progress)


def _scale(run: RowInputs) -> Any:
    sizes, rounds = ((5,), 1) if run.quick else ((20, 200), 3)
    return scale.run(sizes, rounds, run.progress)


def _synthesis(run: RowInputs) -> Any:
    if run.quick:
        return synthesis.run((2,), (2,), 1, run.progress)
    return synthesis.run((1, 200, 400), (1, 100, 200), 2, run.progress)


def _waits(run: RowInputs) -> Any:
    lengths = waits.LENGTHS[:1] if run.quick else waits.LENGTHS
    return waits.run(lengths, 2 if run.quick else 25, run.random, run.progress)


def _outages(run: RowInputs) -> Any:
    return outages.run(200 if run.quick else 5000, run.random, run.progress)


def _crowds(run: RowInputs) -> Any:
    sizes, draws = ((10,), 1) if run.quick else ((1, 20, 50, 100, 200), 10)
    return crowds.run(sizes, draws, run.random, run.progress)


def _account(run: RowInputs) -> Any:
    return account.run(12 if run.quick else 200, run.random, run.progress)


def _emulator(run: RowInputs) -> Any:
    return dict(import_module("emulator_load").main(run.quick))


LENGTHS: Final = (2.0, 10.0, 30.0)
"""The nominal lengths of the starts in the local cloud, in seconds; the shortest first."""

ROWS: Final[dict[str, Row]] = {
    "account": Row(
        "An account with ten executions, in virtual time", _account, 45, 10, timed=False
    ),
    "tasks": Row("Tasks with other services, in virtual time", _tasks, 15, 10, timed=False),
    "outages": Row("Starts with an outage, in virtual time", _outages, 20, 1, timed=False),
    "crowds": Row("Many sessions at a rate limit, in virtual time", _crowds, 10, 1, timed=False),
    "templates": Row("Synthesised templates and cdk-nag", _templates, 15, 10, timed=False),
    "waits": Row("Starts of any length, in virtual time", _waits, 5, 1, timed=False),
    "cold": Row("Cold starts and memory", _cold, 60, 20),
    "synthesis": Row("Synthesis of large apps", _synthesis, 120, 10),
    "scale": Row("Many sessions at once", _scale, 215, 15),
    "deploys": Row("Deployments with the CDK CLI", _deploys, 200, 50, in_cloud=True),
    "starts": Row("Starts with every peer", _starts, 215, 70, in_cloud=True),
}
if find_spec("emulator_load"):
    ROWS["emulator"] = Row("The emulator under load", _emulator, 135, 10)


def random_of(name: str, seed: int) -> Random:
    """Return the source of a row's random numbers: its own, so that a row can be repeated."""
    return Random(f"{seed} {name}")  # noqa: S311 - not for secrets


def measure_beside_others(name: str, seed: int) -> tuple[float, Any]:
    """Measure a row without a cloud in full, in a process of a pool.

    Returns
    -------
    tuple
        The seconds that it took, and what goes into the results.
    """
    progress = SilentProgress(Rows({}), name, 0.0)
    data = ROWS[name].measure(RowInputs(False, _no_cloud, random_of(name, seed), progress))  # noqa: FBT003
    return round(progress.end(), 1), data


def _no_cloud() -> BenchCloud:
    raise RuntimeError("This row has no cloud.")
