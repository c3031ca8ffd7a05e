"""The rows of the benchmark, in order."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from harness.measure import coldstarts, deploys, scale, synthesis
from harness.measure.starts import Starts
from harness.places import ROOT, WORK
from harness.virtual import account

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from harness.environment.cloud import Cloud
    from harness.progress import Progress


@dataclass(frozen=True, slots=True)
class Run:
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
    cloud: Callable[[], Cloud]
    random: Random
    progress: Progress


@dataclass(frozen=True, slots=True)
class Row:
    """One part of the benchmark.

    Attributes
    ----------
    title
        Its name for people.
    measure
        Measures it, and returns what goes into the results.
    seconds, quick_seconds
        The time that takes on two cores, in seconds.
    in_cloud
        True if it needs the local cloud.
    """

    title: str
    measure: Callable[[Run], Any]
    seconds: float
    quick_seconds: float
    in_cloud: bool = False


def _templates(_run: Run) -> Any:
    out = WORK / "synthesised.json"
    command = [sys.executable, "-m", "harness.measure.synthesised", str(out)]
    # cdk-nag prints every finding.
    with (WORK / "synthesised.log").open("w") as log:
        subprocess.run(command, cwd=ROOT, check=True, stdout=log, stderr=log)  # noqa: S603
    return json.loads(out.read_text())


def _starts(run: Run) -> Any:
    lengths, rounds = (START_SECONDS, 10.0, 30.0), 1 if run.quick else 10
    starts = Starts(run.cloud(), lengths, rounds, run.random)
    return {"records": starts.run(run.progress)}


def _cold(run: Run) -> Any:
    return coldstarts.run(2 if run.quick else 20, run.random, run.progress)


def _deploys(run: Run) -> Any:
    return deploys.run(run.cloud(), 1 if run.quick else 5, run.random, run.progress)


def _scale(run: Run) -> Any:
    return scale.run((1, 10) if run.quick else (1, 20, 200), run.progress)


def _synthesis(run: Run) -> Any:
    sessions, stacks = ((1, 5), (1, 3)) if run.quick else ((1, 100, 200, 400), (1, 50, 100, 200))
    return synthesis.run(sessions, stacks, run.progress)


def _account(run: Run) -> Any:
    return account.run(20 if run.quick else 200, run.random, run.progress)


def _emulator(run: Run) -> Any:
    return dict(import_module("emulator_load").main(run.quick))


START_SECONDS: Final = 2.0
"""The shortest start of a session in the local cloud."""

ROWS: Final[dict[str, Row]] = {
    "templates": Row("Synthesised templates and cdk-nag", _templates, 15, 15),
    "cold": Row("Cold starts and memory", _cold, 70, 20),
    "scale": Row("Many sessions at once", _scale, 180, 35),
    "synthesis": Row("Synthesis of large apps", _synthesis, 300, 30),
    "account": Row("An account with ten executions, simulated", _account, 15, 5),
    "deploys": Row("Deployments with the CDK CLI", _deploys, 240, 50, in_cloud=True),
    "starts": Row("Starts of every peer", _starts, 370, 80, in_cloud=True),
}
if find_spec("emulator_load"):
    ROWS["emulator"] = Row("The emulator under load", _emulator, 180, 10)
