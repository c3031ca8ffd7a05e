"""First, do no harm: the whole function where CloudFormation would clear somebody's desk."""

from __future__ import annotations

from collections import deque

import pytest

from simulation import (
    ARN,
    SESSION,
    Simulation,
    event,
    refusal,
)
from streaming_session.attributes import ATTRIBUTES

NOT_STARTED = f"{SESSION}:not-started"

# A backup is restored only when it is asked for anew.


def test_an_update_of_something_else_never_restores_again(world: Simulation) -> None:
    world.run(event("Update", old={"BackupId": "b1"}, BackupId="b1", Triggers="2"))
    assert "backupId" not in world.service.named("start")[0]


def test_an_update_to_another_backup_restarts_if_it_may(world: Simulation) -> None:
    world.service.state, world.service.backup = "READY", "b1"
    asked = event("Update", old={"BackupId": "b1"}, BackupId="b2", AllowRestart="true")
    answer = world.run(asked)
    assert answer["Data"]["StartedFromBackupId"] == "b2"
    assert len(world.service.named("stop")) == 1
    assert world.service.named("start")[0]["backupId"] == "b2"


def test_an_update_without_old_properties_restores_nothing(world: Simulation) -> None:
    asked = event("Update", BackupId="b1")
    del asked["OldResourceProperties"]
    world.run(asked)
    assert "backupId" not in world.service.named("start")[0]


# A rollback is not a deployment.


@pytest.mark.parametrize("state", ["STOPPED", "START_FAILED", "STOP_IN_PROGRESS", "STOP_FAILED"])
def test_a_rollback_touches_nothing_and_does_not_fail(world: Simulation, state: str) -> None:
    world.service.state = state
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    answer = world.run(event("Update"))
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["State"] == state
    assert [name for name, _ in world.service.calls] == ["get"]


def test_a_rollback_to_a_session_that_is_gone_fails(world: Simulation) -> None:
    world.service.absent = True
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    assert world.run(event("Update"))["Status"] == "FAILED"


def test_a_rollback_succeeds_while_the_service_is_down(world: Simulation) -> None:
    outage = [refusal("InternalServerErrorException", 500)] * 1000
    world.service.faults["get"] = deque(outage)
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    answer = world.run(event("Update", TimeoutSeconds="120"))
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Arn"] == ARN
    assert set(answer["Data"]) == set(ATTRIBUTES)


@pytest.mark.parametrize("refused", [refusal("Throttling", 400), OSError("cut")])
@pytest.mark.parametrize(("state", "backup"), [("STOPPED", ""), ("READY", "b0")])
def test_a_rollback_is_seen_although_the_stack_does_not_answer_at_once(
    world: Simulation, refused: Exception, state: str, backup: str
) -> None:
    world.service.state, world.service.backup = state, backup
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.stack.refusals, world.stack.refusal = 4, refused
    restart = {"BackupId": "b1", "AllowRestart": "true"}
    assert world.run(event("Update", old={"BackupId": "b2"}, **restart))["Status"] == "SUCCESS"
    assert {name for name, _ in world.service.calls} == {"get"}


def test_an_update_asks_nothing_when_there_is_nothing_to_do(world: Simulation) -> None:
    world.service.state = "READY"
    world.run(event("Update"))
    assert not world.stack.asked


@pytest.mark.parametrize("fault", [refusal("AccessDenied", 403), ValueError("no XML")])
def test_an_update_goes_on_when_the_stack_can_not_be_asked(
    world: Simulation, fault: Exception
) -> None:
    world.stack.fault = fault
    assert world.run(event("Update"))["Status"] == "SUCCESS"
    assert world.service.named("start")


# A replacement is rolled back with an Update to the old session, then a Delete of the new one.

OLD_STATES = ["READY", "STOPPED", "START_IN_PROGRESS", "START_FAILED"]


@pytest.mark.parametrize("on_delete", ["STOP", "RETAIN"])
@pytest.mark.parametrize("state", OLD_STATES)
def test_a_replacement_is_rolled_back_to_the_old_session_as_it_is(
    world: Simulation, state: str, on_delete: str
) -> None:
    world.service.state = state
    if state == "START_IN_PROGRESS":
        world.service.due = world.clock.now + 60
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    new = {"SessionId": "new", "OnDelete": on_delete}
    answer = world.run(event("Update", physical_id="new", old=new, OnDelete=on_delete))
    assert answer["Status"] == "SUCCESS"
    # Another id than it had: CloudFormation deletes the one that it had.
    assert answer["PhysicalResourceId"] == SESSION
    assert set(answer["Data"]) == set(ATTRIBUTES)
    assert (answer["Data"]["Arn"], answer["Data"]["State"]) == (ARN, state)
    assert [(name, asked["sessionId"]) for name, asked in world.service.calls] == [("get", SESSION)]


def test_a_replacement_that_is_rolled_back_restores_no_backup(world: Simulation) -> None:
    world.service.state, world.service.backup = "READY", "another"
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    backup = {"BackupId": "b1", "AllowRestart": "true"}
    answer = world.run(event("Update", physical_id="new", old={"SessionId": "new"}, **backup))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == SESSION
    assert [name for name, _ in world.service.calls] == ["get"]


@pytest.mark.parametrize(("on_delete", "stops"), [("STOP", ["new"]), ("RETAIN", [])])
def test_the_delete_of_a_replacement_stops_the_new_session_if_it_may(
    world: Simulation, on_delete: str, stops: list[str]
) -> None:
    world.service.state = "READY"
    world.stack.status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    # By now the resource holds the old session again.
    world.stack.resources = [held("Workstation", "UPDATE_COMPLETE")]
    delete = event("Delete", physical_id="new", SessionId="new", OnDelete=on_delete)
    answer = world.run(delete)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "new")
    assert [asked["sessionId"] for asked in world.service.named("stop")] == stops
    assert {asked["sessionId"] for _, asked in world.service.calls} == set(stops)


def test_a_session_that_has_left_the_policy_is_not_said_to_be_stopped(world: Simulation) -> None:
    world.service.state = "READY"
    denied = refusal("AccessDeniedException", 403)
    world.service.faults["get"] = deque([denied] * 1000)
    began = world.clock.now
    answer = world.run(event("Delete", physical_id=SESSION, OnDelete="STOP"))
    assert answer["Status"] == "FAILED"
    assert f"nimble:GetStreamingSession on streaming-session/{SESSION}" in answer["Reason"]
    assert 60 <= world.clock.now - began < 75
    assert world.service.state == "READY"


# A request can die while it waits.


def test_a_create_that_starts_once_asks_nothing(world: Simulation) -> None:
    assert world.run(event())["Status"] == "SUCCESS"
    assert not world.stack.asked


@pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS"])
def test_a_create_whose_stack_is_undone_never_starts_again(world: Simulation, status: str) -> None:
    world.service.ends.append(("START_FAILED", "INSUFFICIENT_CAPACITY"))
    world.stack.status = status
    answer = world.run(event())
    assert answer["Status"] == "FAILED"
    assert "cancelled" in answer["Reason"]
    assert len(world.service.named("start")) == 1


def test_a_create_whose_stack_is_undone_ends_at_the_hand_over(world: Simulation) -> None:
    world.service.start_seconds = 10_000
    world.stack.status = "ROLLBACK_IN_PROGRESS"
    assert "cancelled" in world.run(event())["Reason"]
    assert world.invocations == 1


def undone_after(world: Simulation, seconds: float) -> None:
    """Let the stack roll back, and a Delete stop what runs then."""
    world.service.agenda.append(
        (world.clock.now + seconds, lambda: world.undo("ROLLBACK_IN_PROGRESS"))
    )


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE"])
def test_a_create_that_is_run_again_after_its_answer_starts_nothing_more(
    world: Simulation, status: str
) -> None:
    assert world.run(event())["Status"] == "SUCCESS"
    world.stack.status = status
    # Somebody stops the session, and Lambda delivers the event once more.
    world.service.state = "STOPPED"
    assert world.again(event())["Status"] == "FAILED"
    assert world.service.state == "STOPPED"


def test_a_create_that_waited_before_its_first_start_asks(world: Simulation) -> None:
    world.service.state, world.service.due = "STOP_IN_PROGRESS", world.clock.now + 60
    world.service.following = ("STOPPED", "")
    undone_after(world, 10)
    assert "cancelled" in world.run(event())["Reason"]
    assert not world.service.named("start")


def test_a_create_whose_first_start_was_throttled_asks_before_the_next(world: Simulation) -> None:
    world.service.faults["start"] = deque([refusal("ThrottlingException", 429)] * 8)
    undone_after(world, 10)
    assert "cancelled" in world.run(event())["Reason"]
    assert not world.service.tokens


def test_a_create_that_is_handed_over_before_its_first_start_asks(world: Simulation) -> None:
    world.service.state, world.service.due = "STOP_IN_PROGRESS", world.clock.now + 1000
    world.service.following = ("STOPPED", "")
    undone_after(world, 950)
    assert "cancelled" in world.run(event())["Reason"]
    assert not world.service.named("start")


def test_a_rollback_waits_a_minute_for_a_service_that_is_down(world: Simulation) -> None:
    world.service.faults["get"] = deque([refusal("InternalServerErrorException", 500)] * 999)
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    began = world.clock.now
    assert world.run(event("Update"))["Status"] == "SUCCESS"
    assert 60 <= world.clock.now - began <= 60 + 66


def test_a_delete_under_an_invented_id_finds_its_session(world: Simulation) -> None:
    world.service.state, world.service.due = "START_IN_PROGRESS", world.clock.now + 20
    answer = world.run(event("Delete", physical_id="Studio-Workstation-1ABC", OnDelete="STOP"))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == "Studio-Workstation-1ABC"
    assert world.service.state == "STOPPED"


# A Create that started nothing is deleted without a trace.


def test_a_create_that_started_nothing_leaves_an_id_that_harms_nothing(world: Simulation) -> None:
    world.service.state, world.service.backup = "READY", "b0"
    answer = world.run(event(BackupId="b1", OnDelete="STOP"))
    assert answer["PhysicalResourceId"] == NOT_STARTED
    calls = len(world.service.calls)
    gone = world.again(event("Delete", physical_id=NOT_STARTED, OnDelete="STOP"))
    assert gone["Status"] == "SUCCESS"
    assert len(world.service.calls) == calls
    assert world.service.state == "READY"


def test_a_throttled_start_started_nothing(world: Simulation) -> None:
    world.service.faults["start"] = deque([refusal("ThrottlingException", 429)] * 1000)
    answer = world.run(event(TimeoutSeconds="300"))
    assert answer["PhysicalResourceId"] == NOT_STARTED
    assert "ThrottlingException" in answer["Reason"]


def test_a_start_without_an_answer_may_have_started_something(world: Simulation) -> None:
    world.service.faults["start"] = deque([ConnectionResetError("cut")] * 1000)
    assert world.run(event(TimeoutSeconds="300"))["PhysicalResourceId"] == SESSION


@pytest.mark.parametrize("started", [False, True])
def test_a_failed_update_to_another_session(world: Simulation, started: bool) -> None:
    world.service.state = "STOPPED" if started else "CREATE_FAILED"
    world.service.ends.append(("START_FAILED", "AMI_VALIDATION_ERROR"))
    answer = world.run(event("Update", physical_id="old", old={"SessionId": "old"}))
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == (SESSION if started else "old")


# Two resources can hold one session.


def held(logical_id: str, status: str, physical_id: str = SESSION) -> dict[str, str]:
    return {
        "LogicalResourceId": logical_id,
        "ResourceType": "Custom::NimbleStreamingSession",
        "PhysicalResourceId": physical_id,
        "ResourceStatus": status,
    }


@pytest.mark.parametrize(
    ("resources", "stopped"),
    [
        ([held("Workstation", "DELETE_IN_PROGRESS")], True),
        ([held("Workstation", "DELETE_IN_PROGRESS"), held("Renamed", "CREATE_COMPLETE")], False),
        ([held("Other", "CREATE_COMPLETE", "x"), held("Renamed", "UPDATE_COMPLETE")], False),
        ([held("Renamed", "DELETE_IN_PROGRESS")], True),
        ([held("Other", "CREATE_COMPLETE", "another-session")], True),
        ([held("Renamed", "CREATE_COMPLETE") | {"ResourceType": "Custom::Other"}], True),
    ],
)
def test_a_session_that_another_resource_holds_is_not_stopped(
    world: Simulation, resources: list[dict[str, str]], stopped: bool
) -> None:
    world.service.state = "READY"
    world.stack.resources = resources
    assert world.run(event("Delete", OnDelete="STOP"))["Status"] == "SUCCESS"
    assert bool(world.service.named("stop")) is stopped


@pytest.mark.parametrize(
    "refused", [refusal("Throttling", 400), refusal("ServiceUnavailable", 503), OSError("cut")]
)
def test_a_held_session_is_not_stopped_before_the_stack_has_answered(
    world: Simulation, refused: Exception
) -> None:
    world.service.state, world.stack.refusal = "READY", refused
    world.stack.resources = [held("Renamed", "CREATE_COMPLETE")]
    world.stack.refusals = 12
    assert world.run(event("Delete", OnDelete="STOP"))["Status"] == "SUCCESS"
    assert len(world.stack.asked) == 13
    assert not world.service.named("stop")


def test_a_list_without_an_end_is_not_read_to_it(world: Simulation) -> None:
    world.service.state = "READY"
    world.stack.resources = [held("Other", "CREATE_COMPLETE", "another-session")] * 100
    world.run(event("Delete", OnDelete="STOP"))
    assert world.service.state == "STOPPED"
    assert len(world.stack.asked) == 10


def test_a_session_that_vanishes_before_its_stop_needs_none(world: Simulation) -> None:
    world.service.state = "READY"
    missing = refusal("ResourceNotFoundException", 404)
    world.service.faults = {"stop": deque([missing]), "get": deque([None, missing])}
    assert world.run(event("Delete", OnDelete="STOP"))["Status"] == "SUCCESS"


def test_a_delete_stops_when_the_stack_can_not_be_asked(world: Simulation) -> None:
    world.service.state = "READY"
    world.stack.fault = refusal("AccessDenied", 403)
    world.run(event("Delete", OnDelete="STOP"))
    assert world.service.state == "STOPPED"
