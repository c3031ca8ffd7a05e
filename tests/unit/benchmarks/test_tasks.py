"""The tasks with other services: the code that counts, and the waits in virtual time."""

from __future__ import annotations

import re
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from harness import results
from harness.measure import user_code
from harness.measure.coldstarts import INSTANCE
from harness.places import RESULTS, ROOT
from harness.report import measures, task_figures, task_tables
from harness.tasks import TASKS, WAYS
from harness.virtual.tasks import reads_of_handlers, wait_of_ours
from testkit.declared.declarations import MACHINE, execution

PAGE = (ROOT / "docs" / "other-services.md").read_text(encoding="utf-8")
SECTIONS = ("## Start an instance and use its address", "## Run a task and use its result")
GIVEN = {"Instance": INSTANCE["Id"], "Machine": MACHINE, "Input": "{}"}
CODE = '''"""Two lines of documentation,
and this is the second."""

import os


# A comment.
def called(
    value: str,
) -> str:
    """Return a text."""
    return f"# {value}"  # this counts once

'''


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return results.read(RESULTS)


def test_only_lines_of_code_count() -> None:
    assert user_code.lines(CODE) == 4


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("way", WAYS)
def test_the_lines_are_those_of_the_code(found: dict[str, Any], task: str, way: str) -> None:
    code = user_code.stack_code(task, way), user_code.handlers(task, way)
    counted = sum(user_code.lines(each) for each in code)
    assert counted == found["rows"]["tasks"][task]["ways"][way]["lines"], "make bench ROWS=tasks"


def test_the_page_shows_the_code_that_is_measured() -> None:
    measured = "".join(code(task, way) for task in TASKS for way in WAYS for code in CODES)
    shown = [
        block
        for section in SECTIONS
        for block in re.findall(r"```python\n(.*?)```", section_of(PAGE, section), re.DOTALL)
    ]
    assert len(shown) == 5
    for block in shown:
        lines = block.splitlines(keepends=True)
        code = "".join(lines[first_of(lines) :])
        assert code in measured


CODES = (user_code.stack_code, user_code.handlers)


def section_of(page: str, title: str) -> str:
    return page.partition(f"{title}\n")[2].partition("\n## ")[0]


def first_of(lines: list[str]) -> int:
    """Return the index of the first line after the imports."""
    return next(
        index
        for index, line in enumerate(lines)
        if line.strip() and not line.startswith(("from ", "import ", "# functions/"))
    )


@pytest.mark.parametrize("task", TASKS)
def test_the_handlers_of_the_framework_do_the_task(task: str) -> None:
    assert reads_of_handlers(task, GIVEN, 12.0) == [0.0, 5.0, 10.0, 15.0]


@pytest.mark.parametrize(
    ("task", "properties", "invocations"),
    # A run is handed over as soon as it is accepted.
    [("instance", INSTANCE, 1), ("run", execution(), 2)],
)
def test_the_function_does_the_task(
    task: str, properties: dict[str, Any], invocations: int
) -> None:
    random = Random(1)  # noqa: S311 - not for secrets
    reads, seconds, made = wait_of_ours(task, properties, 12.0, random)
    assert reads[-2] < 12.0 <= reads[-1] < 13.2
    assert all(later - earlier < 1.2 for earlier, later in pairwise(reads))
    assert seconds == pytest.approx(reads[-1])
    assert made == invocations


def test_a_task_that_fails_is_an_error() -> None:
    refused = {**execution(), "State": "nothing"}
    with pytest.raises(RuntimeError, match="Running execution"):
        wait_of_ours("run", refused, 12.0, Random(1))  # noqa: S311 - not for secrets


def test_the_price_is_that_of_the_wait_and_the_cold_starts(found: dict[str, Any]) -> None:
    cold = {"cold": {"declared": [{"wall_ms": 500.0}]}}
    tasks = {"run": {"billed": {"10": [600.0, 2]}}}
    rows = {"tasks": tasks, "cold": cold, "starts": found["rows"]["starts"]}
    price = measures.task_dollars({"rows": rows}, "run", "ours", 10, "arm64")
    assert price == pytest.approx(601.0 * 128 / 1024 * 1.33334e-5 + 2 * 2e-7)
    once = measures.dollars(found, "aws_custom_resource", 10, "arm64")
    assert once is not None
    twice = measures.task_dollars({"rows": rows}, "run", "aws_custom_resource", 10, "arm64")
    assert twice == pytest.approx(2 * once)
    del rows["starts"]
    assert measures.task_dollars({"rows": rows}, "run", "ours", 10, "arm64") is None


def test_what_does_not_wait_has_no_lag(found: dict[str, Any]) -> None:
    assert "**does not wait**" in task_tables.waits(found)
    lags = [f for f in task_figures.summary(found) if f.what.startswith("lag")]
    assert {figure.against for figure in lags} == {"provider framework"}


def test_every_task_has_the_same_figures(found: dict[str, Any]) -> None:
    made = task_figures.summary(found)
    for what in ("lines of your own code", "resources beside yours", "findings", "lag"):
        assert sum(figure.what.startswith(what) for figure in made) == 2 * len(TASKS)
