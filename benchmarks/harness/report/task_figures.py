"""The figures with a target of the tasks with other services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from harness.peers import CALL, FRAMEWORK, OURS
from harness.report import measures
from harness.report.figure import LAG_TARGETS, SIMULATED, Figure
from harness.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.report.measures import Results

_DONE: Final = {"instance": "to start an instance", "run": "to run a state machine"}
_TAKES: Final = {"instance": "an instance that starts in", "run": "a state machine that runs for"}
"""The tasks, as the figures name them."""
_MINUTES: Final = 10
_SHOWN: Final = (30.0, 600.0)
_MOST_LINES: Final = {FRAMEWORK: 0.2, CALL: 0.33}
_MOST_RESOURCES: Final = {FRAMEWORK: 0.25, CALL: 1.0}
"""Targets for the ratios to the other ways."""


def summary(results: Results) -> list[Figure]:
    """Return the figures of both tasks."""
    tasks = results["rows"]["tasks"]
    return [
        figure
        for task in TASKS
        for part in (
            _written(task, tasks[task]),
            _lags(task, tasks[task]),
            _price(task, results),
        )
        for figure in part
    ]


def _written(task: str, row: dict[str, Any]) -> Iterator[Figure]:
    for what, key, targets in (
        ("lines of your own code", "lines", _MOST_LINES),
        ("resources beside yours", "resources", _MOST_RESOURCES),
    ):
        for peer, target in targets.items():
            mine, other = (row["ways"][name][key] for name in (OURS.name, peer.name))
            yield Figure(
                f"{what} {_DONE[task]}",
                str(mine),
                str(other),
                peer.title,
                mine / other,
                target,
                headline=key == "lines" and peer is FRAMEWORK,
            )
    for peer in (FRAMEWORK, CALL):
        mine, other = (
            row["ways"][name]["findings"]["AwsSolutions"] for name in (OURS.name, peer.name)
        )
        what = f"findings of cdk-nag, AwsSolutions, {_DONE[task]}"
        yield Figure(what, str(mine), str(other), peer.title, mine / other, 0.0)


def _lags(task: str, row: dict[str, Any]) -> Iterator[Figure]:
    for each in row["lengths"]:
        nominal = each["nominal"]
        if nominal in _SHOWN:
            mine, other = (each[peer.name]["lag"] for peer in (OURS, FRAMEWORK))
            yield Figure(
                f"lag, {_TAKES[task]} {nominal:g} s{SIMULATED}",
                f"{mine:.2f} s",
                f"{other:.2f} s",
                FRAMEWORK.title,
                mine / other,
                LAG_TARGETS[nominal],
                headline=nominal == _SHOWN[0],
            )


def _price(task: str, results: Results) -> Iterator[Figure]:
    mine, other = (
        measures.task_dollars(results, task, peer.name, _MINUTES, "arm64")
        for peer in (OURS, FRAMEWORK)
    )
    if mine and other:
        yield Figure(
            f"price of 1,000 times {_TAKES[task]} {_MINUTES} min, arm64",
            f"${1000 * mine:.2f}",
            f"${1000 * other:.2f}",
            FRAMEWORK.title,
            mine / other,
            0.5,
            headline=True,
        )


def cold_start(results: Results) -> Iterator[Figure]:
    """Yield the cold start with the largest model of all services."""
    if "declared" in results["rows"]["cold"]["cold"]:
        mine, plain = (measures.cold(results, kind) for kind in ("declared", "ec2_client"))
        yield Figure(
            "cold start for an instance of EC2, processor time",
            f"{mine:.0f} ms",
            f"{plain:.0f} ms",
            "only a boto3 client of the runtime",
            mine / plain,
            1.0,
        )
