"""The ready-made constructs of services that no emulator has, with responses from their models.

The template's properties, the function's code and botocore's client are the real ones.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from testkit.construct.declared import MACHINE, properties_of
from testkit.declared.declarations import declared_event
from testkit.declared.model_server import ModelServer, model_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from testkit.declared.world import DeclaredWorld

# All in one process, so that the examples are synthesised once.
pytestmark = [pytest.mark.xdist_group("declared examples"), pytest.mark.slow]

TASK = "arn:aws:ecs:us-west-2:123456789012:task/batch/" + "0" * 32
EXECUTION = MACHINE.replace("stateMachine", "execution") + ":1"
UUID = "b8ebe2b1-24e5-4e7b-9d4f-0a5a7b6f7b11"


def started(member: str) -> Callable[[str], Any]:
    """Return the members of a read that shows a state."""
    return lambda state: {member: [{"State": state}]}


def task(state: str) -> Any:
    """Return the members of a read of a task: its state, or its exit codes."""
    if not state.startswith("exit"):
        containers = [{"name": name, "exitCode": None} for name in ("app", "log")]
        return {"failures": [], "tasks": [{"lastStatus": state, "containers": containers}]}
    codes = zip(("app", "log"), state.split()[1:], strict=True)
    ended = [{"name": name, "exitCode": int(code)} for name, code in codes]
    stopped = {"lastStatus": "STOPPED", "containers": ended, "stopCode": "EssentialContainer"}
    return {"failures": [], "tasks": [stopped]}


@dataclass(frozen=True)
class Case:
    """A construct and its service: what its start answers, and what its reads show.

    ``good`` and ``bad`` are the states that the reads show one after the other.
    """

    construct: str
    service: str
    read: str
    start: str
    accepted: Any
    show: Callable[[str], Any]
    good: list[str]
    bad: list[str]
    id: str


STARTED = [
    Case(
        "AppStreamFleetStarted",
        "appstream",
        "DescribeFleets",
        "StartFleet",
        {},
        started("Fleets"),
        ["STOPPED", "STOPPED", "STARTING", "RUNNING"],
        [],
        "editors",
    ),
    Case(
        "WorkSpaceStarted",
        "workspaces",
        "DescribeWorkspaces",
        "StartWorkspaces",
        {"FailedRequests": []},
        started("Workspaces"),
        ["STOPPED", "STOPPED", "STARTING", "AVAILABLE"],
        [],
        "ws-abc123def",
    ),
]
RUNS = [
    Case(
        "StateMachineRun",
        "stepfunctions",
        "DescribeExecution",
        "StartExecution",
        {"executionArn": EXECUTION},
        lambda state: {"status": state},
        ["RUNNING", "SUCCEEDED"],
        ["RUNNING", "TIMED_OUT"],
        EXECUTION,
    ),
    Case(
        "EcsTaskRun",
        "ecs",
        "DescribeTasks",
        "RunTask",
        {"failures": [], "tasks": [{"taskArn": TASK}]},
        task,
        ["PENDING", "RUNNING", "exit 0 0"],
        ["RUNNING", "exit 0 3"],
        TASK,
    ),
    Case(
        "CodeBuildRun",
        "codebuild",
        "BatchGetBuilds",
        "StartBuild",
        {"build": {"id": "images:1"}},
        lambda state: {"builds": [{"buildStatus": state}]},
        ["IN_PROGRESS", "SUCCEEDED"],
        ["IN_PROGRESS", "FAULT"],
        "images:1",
    ),
    Case(
        "SsmAutomationRun",
        "ssm",
        "GetAutomationExecution",
        "StartAutomationExecution",
        {"AutomationExecutionId": UUID},
        lambda state: {"AutomationExecution": {"AutomationExecutionStatus": state}},
        ["Pending", "InProgress", "Success"],
        ["InProgress", "TimedOut"],
        UUID,
    ),
    Case(
        "BedrockIngestionRun",
        "bedrock-agent",
        "GetIngestionJob",
        "StartIngestionJob",
        {"ingestionJob": {"ingestionJobId": "JOB1234567"}},
        lambda state: {"ingestionJob": {"status": state}},
        ["STARTING", "IN_PROGRESS", "COMPLETE"],
        ["IN_PROGRESS", "FAILED"],
        "JOB1234567",
    ),
]


def serve(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)


@pytest.mark.parametrize("case", STARTED, ids=lambda case: case.construct)
def test_a_thing_is_started(
    world: DeclaredWorld, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    with model_server(case.service) as server:
        serve(server, monkeypatch)
        server.script[case.read] = deque(map(case.show, case.good))
        server.script[case.start] = deque(["ThrottlingException", case.accepted])
        made = properties_of(case.construct)
        answer = world.run(declared_event("Create", made))
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        assert answer["PhysicalResourceId"] == case.id
        assert {*answer["Data"]} == {*made["Attributes"]}
        assert all(answer["Data"].values())
        assert [sent for sent, _ in server.sent].count(case.start) == 2


def test_a_workspace_that_is_refused_in_a_200(
    world: DeclaredWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model_server("workspaces") as server:
        serve(server, monkeypatch)
        server.script["DescribeWorkspaces"] = deque([started("Workspaces")("STOPPED")])
        failed = [{"ErrorCode": "InvalidBundle", "ErrorMessage": "it is always on"}]
        server.script["StartWorkspaces"] = deque([{"FailedRequests": failed}])
        reason = world.run(declared_event("Create", properties_of("WorkSpaceStarted")))["Reason"]
        assert "was refused with InvalidBundle: it is always on" in reason


@pytest.mark.parametrize("succeeds", [True, False])
@pytest.mark.parametrize("case", RUNS, ids=lambda case: case.construct)
def test_a_run(
    world: DeclaredWorld, monkeypatch: pytest.MonkeyPatch, case: Case, succeeds: bool
) -> None:
    with model_server(case.service) as server:
        serve(server, monkeypatch)
        server.script[case.read] = deque(map(case.show, case.good if succeeds else case.bad))
        server.script[case.start] = deque(["ThrottlingException", case.accepted])
        made = properties_of(case.construct)
        answer = world.run(declared_event("Create", made))
        assert answer["Status"] == ("SUCCESS" if succeeds else "FAILED"), answer["Reason"]
        assert answer["PhysicalResourceId"] == case.id
        starts = [parameters for sent, parameters in server.sent if sent == case.start]
        assert len(starts) == 2
        # Both carry the same client token, which only the function can make.
        assert starts[0] == starts[1]
        assert starts[0][made["Start"]["Token"]].count("-") == 4
        if succeeds:
            assert {*answer["Data"]} == {*made["Attributes"]}
            assert any(answer["Data"].values())
        else:
            assert answer["Reason"].endswith("#run-failed")


def test_a_date_that_nobody_can_read_does_not_hide_the_state(
    world: DeclaredWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model_server("stepfunctions") as server:
        serve(server, monkeypatch)
        ended = {"status": "SUCCEEDED", "startDate": "soon", "output": "{}"}
        server.script["DescribeExecution"] = deque([ended])
        server.script["StartExecution"] = deque([{"executionArn": EXECUTION}])
        answer = world.run(declared_event("Create", properties_of("StateMachineRun")))
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        assert (answer["Data"]["StartDate"], answer["Data"]["Output"]) == ("", "{}")


def test_a_task_that_is_not_shown_at_once_and_one_that_is_refused(
    world: DeclaredWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = {"tasks": [], "failures": [{"reason": "MISSING"}]}
    with model_server("ecs") as server:
        serve(server, monkeypatch)
        server.script["RunTask"] = deque([{"failures": [], "tasks": [{"taskArn": TASK}]}])
        server.script["DescribeTasks"] = deque([missing, missing, task("exit 0 0")])
        made = properties_of("EcsTaskRun")
        assert world.run(declared_event("Create", made))["Status"] == "SUCCESS"
        refused = [{"reason": "RESOURCE:CPU", "detail": "none is left"}]
        server.script["RunTask"] = deque([{"failures": refused, "tasks": []}])
        reason = world.again(declared_event("Create", made, request_id="2"))["Reason"]
        assert "was refused with RESOURCE:CPU: none is left" in reason
        # An hour later ECS has forgotten the task.
        server.script["DescribeTasks"] = deque([missing])
        world.stack.status = "UPDATE_IN_PROGRESS"
        answer = world.again(declared_event("Update", made, physical_id=TASK, request_id="3"))
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", TASK)
        assert not any(answer["Data"].values())
