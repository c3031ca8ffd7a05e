"""The last lines of a command, for each outcome of stacks and sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nimble_local.cloud.deployment import report
from nimble_local.cloud.deployment.commands import Progress
from nimble_local.cloud.deployment.report import Tool
from nimble_local.cloud.deployment.stacks import SESSION_TYPE, SessionResource, StackEvent

TOOL = Tool("make deploy", "make destroy", "make deploy TRIGGERS=1")
STACK = "AWS::CloudFormation::Stack"
BEGAN = datetime(2026, 11, 24, tzinfo=UTC)


def events(*told: tuple[str, str, str]) -> list[StackEvent]:
    """Return events of the stack Studio, a second apart: resource, status, reason."""
    return [
        StackEvent(
            at=BEGAN + timedelta(seconds=index),
            stack="Studio",
            resource=resource,
            kind=STACK if resource == "Studio" else SESSION_TYPE,
            status=status,
            reason=reason,
        )
        for index, (resource, status, reason) in enumerate(told)
    ]


def test_the_causes_are_the_failures_before_the_rollback() -> None:
    told = events(
        ("Studio", "UPDATE_IN_PROGRESS", ""),
        ("One", "UPDATE_FAILED", "no capacity"),
        ("Two", "UPDATE_FAILED", "Resource update cancelled"),
        ("Three", "UPDATE_FAILED", "no directory"),
        ("Studio", "UPDATE_ROLLBACK_IN_PROGRESS", "The following failed: [One, Three]"),
        ("One", "UPDATE_FAILED", "it is gone"),
        ("Studio", "UPDATE_ROLLBACK_FAILED", "The following failed: [One]"),
    )
    assert [event.reason for event in report.causes(told)] == ["no capacity", "no directory"]


def test_a_stack_that_fails_without_a_resource_is_the_cause() -> None:
    told = events(("Studio", "CREATE_FAILED", "No export named x found"))
    assert [event.reason for event in report.causes(told)] == ["No export named x found"]
    assert report.causes(events(("One", "CREATE_COMPLETE", ""))) == []


def test_a_failure_is_reported_in_full_with_advice() -> None:
    reason = "Starting it did not succeed.\nCheck the directory. " + "x" * 3000
    told = events(("Desk", "CREATE_FAILED", reason))
    lines = report.failure_lines(told, {"Studio": "ROLLBACK_COMPLETE"}, [], "last", TOOL)
    assert lines[0] == f"This deploy failed because: Studio, Desk: {reason.replace(chr(10), ' ')}"
    assert lines[1:] == [
        "Once that is fixed, run the same command again: it starts the session again."
    ]


def test_faults_that_are_still_switched_on_are_named() -> None:
    told = events(("Desk", "CREATE_FAILED", "no"))
    faults: list[dict[str, Any]] = [
        {"kind": "start-failure", "left": None},
        {"kind": "latency", "left": 0},
    ]
    lines = report.failure_lines(told, {}, faults, "last", TOOL)
    assert "(start-failure). Switch them off: nimble-local faults clear" in lines[1]


def test_a_session_that_the_emulator_does_not_have_comes_with_how_to_add_it() -> None:
    told = events(
        ("Desk", "CREATE_FAILED", "No studio has the id x. See docs/operations.md#absent")
    )
    lines = report.failure_lines(told, {}, [], "last", TOOL)
    assert "`nimble-local seed FILE` adds" in lines[1]
    assert lines[2].startswith("Once that is fixed, run the same command again")


def test_a_failure_of_the_cli_is_reported_by_its_last_line() -> None:
    lines = report.failure_lines([], {}, [], "SyntaxError: invalid syntax", TOOL)
    assert lines[0] == "This deploy failed because the CDK CLI did: SyntaxError: invalid syntax"


@pytest.mark.parametrize(
    ("status", "broken"),
    [
        ("UPDATE_ROLLBACK_FAILED", True),
        ("ROLLBACK_FAILED", True),
        ("DELETE_FAILED", True),
        ("ROLLBACK_COMPLETE", False),
        ("UPDATE_ROLLBACK_COMPLETE", False),
        ("UPDATE_COMPLETE", False),
    ],
)
def test_a_stack_that_no_deploy_can_update_comes_with_advice(status: str, *, broken: bool) -> None:
    lines = report.broken_lines({"Studio": status}, TOOL)
    assert len(lines) == broken
    assert all("`make destroy`, then `make deploy`" in line for line in lines)


def lines_of(state: str | None, *, called: bool) -> list[str]:
    resource = SessionResource("Studio", "Desk", "desk-12")
    history = [{"state": "READY", "by": "x"}, {"state": state, "by": "artist"}]
    session: dict[str, Any] = {"arn": "arn:desk-12", "state": state, "history": history}
    sessions = {} if state is None else {"desk-12": session}
    told = events(("Desk", "UPDATE_COMPLETE", "")) if called else []
    return report.session_lines([resource], sessions, told, TOOL)


@pytest.mark.parametrize(
    ("seed", "deploy"),
    [("", "deploy"), ("studio.yaml", "deploy --seed studio.yaml"), ("a b", "deploy --seed 'a b'")],
)
def test_starting_over_takes_the_seed_file_along(seed: str, deploy: str) -> None:
    tool = Tool("deploy", "destroy", "start", seed=seed)
    assert tool.start_over.endswith(f"`destroy`, then `{deploy}`.")


@pytest.mark.parametrize("called", [False, True])
@pytest.mark.parametrize("state", ["READY", "STOPPED", "START_FAILED", "DELETED", None])
def test_the_report_uses_the_emulators_current_state(state: str | None, *, called: bool) -> None:
    (line,) = lines_of(state, called=called)
    assert ("is READY" in line) == (state == "READY")
    if state in (None, "DELETED"):
        assert (
            "has been deleted. To start over with a new local cloud: `make destroy`, then" in line
        )
    elif state != "READY" and called:
        assert line.endswith(f"artist has changed it since: it is {state}.")
    elif state != "READY":
        assert f"is {state}. This deploy did not start it: " in line
        assert line.endswith("To start it: make deploy TRIGGERS=1")


def test_many_ready_sessions_are_counted() -> None:
    resources = [SessionResource("Studio", f"Desk{n}", f"desk-{n}") for n in range(20)]
    sessions = {each.session_id: {"arn": "a", "state": "READY"} for each in resources}
    assert report.session_lines(resources, sessions, [], TOOL) == ["20 sessions are READY."]


def test_lines_after_the_first_failure_are_kept_until_released() -> None:
    said: list[str] = []
    progress = Progress(said.append)
    for line in ("a", "❌  Studio failed", "all of the log"):
        progress.line(line)
    assert said == ["a"]
    progress.release()
    assert said == ["a", "❌  Studio failed", "all of the log"]
