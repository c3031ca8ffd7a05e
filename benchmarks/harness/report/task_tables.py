"""The tables of the tasks with other services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.measure import cost
from harness.peers import OURS
from harness.report import measures
from harness.report.tables import table
from harness.tasks import REQUESTS_WITHOUT_A_WAIT, TASKS, WAITS, WAYS

if TYPE_CHECKING:
    from harness.report.measures import Results


def templates(results: Results) -> str:
    """Return the code, the resources and the findings of each way."""
    rows = []
    for task, title in TASKS.items():
        ways = results["rows"]["tasks"][task]["ways"]
        for way, name in WAYS.items():
            row = ways[way]
            numbers = row["lines"], row["resources"], row["functions"], *row["findings"].values()
            rows.append([title, name, *(str(number) for number in numbers)])
    packs = ways[OURS.name]["findings"]
    return table(["", "", "lines of your own code", "resources", "functions", *packs], rows)


def waits(results: Results) -> str:
    """Return the lags and the requests of each way by length."""
    rows = []
    for task, title in TASKS.items():
        for row in results["rows"]["tasks"][task]["lengths"]:
            lags = [f"{row[way]['lag']:.2f} s / {row[way]['longest_lag']:.2f} s" for way in WAITS]
            requests = [f"{row[way]['requests']:.1f}" for way in WAITS]
            requests.append(str(REQUESTS_WITHOUT_A_WAIT))
            rows.append([title, f"{row['nominal']:g} s", *lags, "**does not wait**", *requests])
    names = [name.removesuffix(" (this project)") for name in WAYS.values()]
    lags = [f"lag, {name}: mean / longest" for name in names[:-1]]
    head = ["", "takes", *lags, f"lag, {names[-1]}", *(f"requests, {name}" for name in names)]
    return table(head, rows)


def dollars(results: Results) -> str:
    """Return what 1,000 tasks cost by their length."""
    rows = []
    for task, title in TASKS.items():
        for way, name in WAYS.items():
            prices = [
                measures.task_dollars(results, task, way, minutes, "arm64")
                for minutes in cost.MINUTES
            ]
            shown = [
                "not measured" if price is None else f"${1000 * price:.3f}" for price in prices
            ]
            rows.append([title, name, *shown])
    return table(["", "arm64", *(f"{minutes} min" for minutes in cost.MINUTES)], rows)
