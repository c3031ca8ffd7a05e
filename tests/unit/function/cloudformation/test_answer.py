"""The goal of a request, and the answer to CloudFormation if it can't be carried out."""

from __future__ import annotations

from typing import Any

import pytest

from testkit.function.simulation import SESSION, event, parse
from waiter.cloudformation.answer import refused
from waiter.wait.model import Goal, Target

NOT_STARTED = f"{SESSION}:not-started"
RESTORES = Goal(Target.READY, "b1")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (event(), Goal(Target.READY)),
        (event(BackupId="b1"), RESTORES),
        (event(AllowRestart="true"), Goal(Target.READY, may_restart=True)),
        (event("Update", old={}, BackupId="b1"), RESTORES),
        (event("Update", old={"BackupId": "b1"}, BackupId="b1"), Goal(Target.READY)),
        (event("Update", old={"BackupId": "b1"}), Goal(Target.READY)),
        (
            event("Update", old={"SessionId": "x", "BackupId": "b"}, BackupId="b"),
            Goal(Target.READY, "b"),
        ),
        (event("Delete"), None),
        (event("Delete", OnDelete="STOP"), Goal(Target.STOPPED)),
        (
            event("Delete", OnDelete="STOP", BackupId="b1", AllowRestart="true"),
            Goal(Target.STOPPED),
        ),
        (event("Delete", physical_id="invented", OnDelete="STOP"), Goal(Target.STOPPED)),
        (event("Delete", physical_id=NOT_STARTED, OnDelete="STOP"), None),
        (
            event("Delete", OnDelete="STOP", TimeoutSeconds="60", PollIntervalSeconds="7"),
            Goal(Target.STOPPED, timeout=60, interval=7),
        ),
        (
            event(TimeoutSeconds="3540", PollIntervalSeconds="60"),
            Goal(Target.READY, timeout=3540, interval=60),
        ),
    ],
)
def test_the_goal_of_each_request(made: dict[str, Any], expected: Goal | None) -> None:
    assert parse(made).goal == expected


@pytest.mark.parametrize(
    ("made", "status", "physical_id"),
    [
        (event(), "FAILED", NOT_STARTED),
        (event("Update"), "FAILED", SESSION),
        (event("Delete", physical_id="invented"), "SUCCESS", "invented"),
        (event() | {"ResourceProperties": "none"}, "FAILED", ":not-started"),
        (event() | {"ResourceProperties": {}}, "FAILED", ":not-started"),
        (event(SessionId="x" * 200), "FAILED", "x" * 128 + ":not-started"),
    ],
)
def test_the_answer_to_a_request_that_cannot_be_carried_out(
    made: dict[str, Any], status: str, physical_id: str
) -> None:
    answer = refused(made, "TimeoutSeconds is '0'.", started=False)
    assert (answer.status, answer.physical_id, answer.outcome) == (status, physical_id, "FAILED")
    assert answer.reason == "TimeoutSeconds is '0'."
    assert not answer.data
