"""The wait for the work on the stacks that an earlier command began."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from nimble_local.cloud.deployment.wait import in_progress, wait_until_idle

UPDATING = {"Studio": "UPDATE_IN_PROGRESS", "Portal": "CREATE_COMPLETE"}
UPDATED = {"Studio": "UPDATE_COMPLETE", "Portal": "CREATE_COMPLETE"}
CONTROL = cast("Any", SimpleNamespace(sessions=dict))


class FakeStacks:
    """Stacks whose statuses are given in advance, the last ones for good."""

    def __init__(self, *told: dict[str, str]) -> None:
        self._told = list(told)
        self.asked = 0

    def statuses(self) -> dict[str, str]:
        self.asked += 1
        return self._told.pop(0) if len(self._told) > 1 else self._told[0]


def waited(*told: dict[str, str]) -> tuple[dict[str, str], list[str], list[float], int]:
    """Return the statuses after the wait, the lines, the sleeps, and the number of queries."""
    stacks, said, slept = FakeStacks(*told), list[str](), list[float]()
    found = wait_until_idle(cast("Any", stacks), CONTROL, said.append, slept.append)
    return found, said, slept, stacks.asked


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_FAILED"])
def test_idle_stacks_cost_one_query_and_no_line(status: str) -> None:
    assert waited({"Studio": status}) == ({"Studio": status}, [], [], 1)


def test_the_wait_ends_with_the_update_and_returns_the_statuses_after_it() -> None:
    rolling_back = {**UPDATING, "Studio": "UPDATE_ROLLBACK_IN_PROGRESS"}
    found, said, slept, asked = waited(UPDATING, UPDATING, rolling_back, UPDATED)
    assert found == UPDATED
    assert said == [
        "Waiting for the update of Studio (UPDATE_IN_PROGRESS), which an earlier command began ..."
    ]
    assert len(slept) == 3
    assert asked == 4


def test_work_that_is_not_only_an_update_is_called_work() -> None:
    _, (line,), _, _ = waited({**UPDATING, "Portal": "DELETE_IN_PROGRESS"}, UPDATED)
    expected = "the work on Studio (UPDATE_IN_PROGRESS), Portal (DELETE_IN_PROGRESS), which"
    assert expected in line


def test_a_stack_in_review_is_not_being_changed() -> None:
    assert in_progress({"Studio": "REVIEW_IN_PROGRESS", "Portal": "DELETE_IN_PROGRESS"}) == [
        "Portal (DELETE_IN_PROGRESS)"
    ]
