"""The rows of the benchmark: what is measured, in which order."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from harness import cloud
from harness.places import ROOT, WORK
from harness.starts import Starts

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from harness.progress import Progress


@dataclass(frozen=True, slots=True)
class Run:
    """What a row is given.

    Attributes
    ----------
    quick
        Whether it only has to show that everything runs.
    random
        Where all that is drawn comes from.
    progress
        Is told how far it is.
    """

    quick: bool
    random: Random
    progress: Progress


@dataclass(frozen=True, slots=True)
class Row:
    """Something that is measured, with the seconds that it takes on two cores."""

    title: str
    measure: Callable[[Run], Any]
    seconds: float
    quick_seconds: float


def _templates(_run: Run) -> Any:
    out = WORK / "synthesised.json"
    command = [sys.executable, "-m", "harness.synthesised", str(out)]
    # cdk-nag prints every finding.
    with (WORK / "synthesised.log").open("w") as log:
        subprocess.run(command, cwd=ROOT, check=True, stdout=log, stderr=log)  # noqa: S603
    return json.loads(out.read_text())


def _starts(run: Run) -> Any:
    lengths, rounds = (2.0, 10.0, 30.0), 1 if run.quick else 10
    with cloud.running(lengths[0]) as local:
        return {"records": Starts(local, lengths, rounds, run.random).run(run.progress)}


ROWS: Final = {
    "templates": Row("Synthesised templates and cdk-nag", _templates, 15, 15),
    "starts": Row("Starts of every peer", _starts, 370, 100),
}
