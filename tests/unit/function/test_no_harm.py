"""First, do no harm: the whole function where CloudFormation could destroy people's work."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from streaming_session.attributes import ATTRIBUTES
from testkit.function.simulation import ARN, SESSION, STACK, Simulation, dated, event, refusal

NOT_STARTED = f"{SESSION}:not-started"

# A backup is restored only if it's newly requested.


def test_an_update_of_other_properties_does_not_restore_again(world: Simulation) -> None:
    world.run(event("Update", old={"BackupId": "b1"}, BackupId="b1", Triggers="2"))
    assert "backupId" not in world.service.named("start")[0]


def test_an_update_to_another_backup_restarts_if_allowed(world: Simulation) -> None:
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
    assert {name for name, _ in world.service.calls} == {"get"}


def test_a_rollback_succeeds_within_any_timeout(world: Simulation) -> None:
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    assert world.run(event("Update", TimeoutSeconds="1"))["Status"] == "SUCCESS"
    assert not world.service.named("start")


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


NO_ANSWER = {
    "throttled": refusal("Throttling", 400),
    "broken": refusal("InternalFailure", 500),
    "unreadable": ValueError("no XML"),
    "silent": OSError("cut"),
    "forbidden": refusal("AccessDenied", 403),
}
FORBIDDEN, SILENT = NO_ANSWER["forbidden"], NO_ANSWER["silent"]
RESTART: dict[str, Any] = {"BackupId": "b1", "AllowRestart": "true"}


def asks_for_another_backup() -> dict[str, Any]:
    return event("Update", old={"BackupId": "b2"}, **RESTART)


@pytest.mark.parametrize("unanswered", [1, 8, 40])
@pytest.mark.parametrize("fault", ["throttled", "broken", "unreadable", "silent"])
@pytest.mark.parametrize(("state", "backup"), [("STOPPED", ""), ("READY", "b0")])
def test_a_rollback_waits_for_the_answer_of_its_stack(
    world: Simulation, fault: str, state: str, backup: str, unanswered: int
) -> None:
    world.service.state, world.service.backup = state, backup
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.stack.refusals, world.stack.refusal = unanswered, NO_ANSWER[fault]
    assert world.run(asks_for_another_backup())["Status"] == "SUCCESS"
    assert {name for name, _ in world.service.calls} == {"get"}


@pytest.mark.parametrize("fault", NO_ANSWER)
@pytest.mark.parametrize(("state", "backup"), [("STOPPED", ""), ("READY", "b0")])
def test_without_an_answer_nothing_is_stopped_and_no_backup_restored(
    world: Simulation, fault: str, state: str, backup: str
) -> None:
    world.service.state, world.service.backup = state, backup
    world.stack.fault = NO_ANSWER[fault]
    answer = world.run(asks_for_another_backup())
    assert answer["Status"] == "FAILED"
    assert "DescribeStacks" in answer["Reason"]
    topic = "#accessdeniedexception" if fault == "forbidden" else "#stack-not-read"
    assert answer["Reason"].endswith(topic)
    assert {name for name, _ in world.service.calls} == {"get"}


@pytest.mark.parametrize("fault", NO_ANSWER)
def test_a_plain_start_goes_ahead_after_a_minute_of_denials_or_silence(
    world: Simulation, fault: str
) -> None:
    world.stack.fault = NO_ANSWER[fault]
    began = world.clock.now
    answer = world.run(event("Update"))
    starts = fault in ("silent", "forbidden")
    assert answer["Status"] == ("SUCCESS" if starts else "FAILED")
    assert len(world.service.named("start")) == starts
    if starts:
        assert 60 <= world.service.past[1][0] - began <= 60 + 66
    else:
        assert world.clock.now - began == pytest.approx(1800)


@pytest.mark.parametrize("fault", NO_ANSWER)
def test_an_update_does_not_report_a_failure_without_an_answer(
    world: Simulation, fault: str
) -> None:
    world.service.state = "CREATE_FAILED"
    world.stack.fault = NO_ANSWER[fault]
    began = world.clock.now
    reason = world.run(event("Update"))["Reason"]
    assert "CREATE_FAILED; and the stack's status is unknown" in reason
    assert (world.clock.now - began < 75) is (fault == "forbidden")


@pytest.mark.parametrize("fault", ["throttled", "broken", "unreadable", "silent"])
@pytest.mark.parametrize("wrong", [{"TimeoutSeconds": "0"}, {}])
def test_a_failure_of_any_kind_waits_for_the_answer(
    world: Simulation, fault: str, wrong: dict[str, Any]
) -> None:
    world.service.state = "CREATE_FAILED"
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.stack.refusals, world.stack.refusal = 20, NO_ANSWER[fault]
    answer = world.run(event("Update", **wrong))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", SESSION)


def test_a_bad_property_is_reported_only_after_several_invocations(world: Simulation) -> None:
    world.stack.fault = NO_ANSWER["throttled"]
    began = world.clock.now
    answer = world.run(event("Update", TimeoutSeconds="0"))
    assert answer["Reason"].startswith("TimeoutSeconds is '0'")
    assert answer["Reason"].endswith("#stack-not-read")
    assert world.clock.now - began == pytest.approx(1800)
    assert world.invocations == 3


def test_an_update_with_nothing_to_do_makes_no_queries(world: Simulation) -> None:
    world.service.state = "READY"
    world.run(event("Update"))
    assert not world.stack.asked


# DescribeStacks can be stale in both directions.


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_a_stale_status_of_an_earlier_update_does_not_cancel_this_one(
    world: Simulation, status: str
) -> None:
    world.stack.shown.extend([status] * 4)
    assert world.run(event("Update"))["Status"] == "SUCCESS"
    assert len(world.service.named("start")) == 1


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"])
def test_a_stale_status_from_before_the_rollback_stops_nothing(
    world: Simulation, status: str
) -> None:
    world.service.state, world.service.backup = "READY", "b0"
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.stack.shown.append(status)
    assert world.run(asks_for_another_backup())["Status"] == "SUCCESS"
    assert {name for name, _ in world.service.calls} == {"get"}


@pytest.mark.parametrize("wrong", [{"TimeoutSeconds": "0"}, {}])
def test_a_stale_status_from_before_the_rollback_fails_nothing(
    world: Simulation, wrong: dict[str, Any]
) -> None:
    world.service.state = "STOP_FAILED"
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.stack.shown.append("UPDATE_IN_PROGRESS")
    assert world.run(event("Update", **wrong))["Status"] == "SUCCESS"
    assert {name for name, _ in world.service.calls} <= {"get"}


@pytest.mark.parametrize("poll", ["1", "5", "60"])
@pytest.mark.parametrize("state", ["READY", "STOPPED"])
def test_two_answers_agree_before_a_stop_and_before_a_backup_is_restored(
    world: Simulation, state: str, poll: str
) -> None:
    world.service.state, world.service.backup = state, "b0"
    asked: list[float] = []
    real = world.stack.describe_stacks

    def describe(StackName: str) -> dict[str, Any]:  # noqa: N803 - the API's name
        asked.append(world.clock.now)
        return real(StackName)

    world.stack.describe_stacks = describe  # type: ignore[method-assign]
    answer = world.run(event("Update", old={}, PollIntervalSeconds=poll, **RESTART))
    assert answer["Data"]["StartedFromBackupId"] == "b1"
    acts = [at for at, state, *_ in world.service.past if state.endswith("_IN_PROGRESS")]
    for act in acts:
        first, second = [at for at in asked if at <= act][-2:]
        assert second == act
        assert 5 <= second - first < 6.5
    assert len(acts) == (2 if state == "READY" else 1)


# Lambda may deliver a request twice.


@pytest.mark.parametrize("minutes", [2, 20, 60])
@pytest.mark.parametrize("has_date", [True, False])
@pytest.mark.parametrize("state", ["READY", "STOPPED"])
def test_a_second_delivery_of_an_update_does_nothing(
    world: Simulation, state: str, *, has_date: bool, minutes: int
) -> None:
    world.service.state = "READY"
    asked = event("Update", old={}, **RESTART)
    asked = dated(asked, world.clock.now) if has_date else asked
    assert world.run(asked)["Status"] == "SUCCESS"
    # Somebody else has used the session since then, from another backup.
    world.clock.now += minutes * 60
    world.service.state, world.service.backup = state, "b3"
    world.stack.status = "UPDATE_COMPLETE"
    calls = len(world.service.calls)
    world.again(asked)
    assert {name for name, _ in world.service.calls[calls:]} == {"get"}


@pytest.mark.parametrize("minutes", [2, 20, 60])
@pytest.mark.parametrize("properties", [{}, RESTART])
@pytest.mark.parametrize("state", ["READY", "STOPPED", "START_FAILED"])
def test_a_second_delivery_of_a_create_does_nothing(
    world: Simulation, state: str, properties: dict[str, Any], minutes: int
) -> None:
    asked = dated(event("Create", **properties), world.clock.now)
    assert world.run(asked)["Status"] == "SUCCESS"
    world.clock.now += minutes * 60
    world.service.state, world.service.backup = state, "b3"
    # Its tokens have expired.
    world.service.tokens.clear()
    world.stack.status = "CREATE_COMPLETE"
    calls = len(world.service.calls)
    world.again(asked)
    assert {name for name, _ in world.service.calls[calls:]} == {"get"}


@pytest.mark.parametrize("minutes", [2, 20, 60])
@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "DELETE_COMPLETE", "ROLLBACK_COMPLETE"])
def test_a_second_delivery_of_a_delete_stops_nothing(
    world: Simulation, status: str, minutes: int
) -> None:
    world.service.state = "READY"
    asked = dated(event("Delete", OnDelete="STOP"), world.clock.now)
    assert world.run(asked)["Status"] == "SUCCESS"
    world.clock.now += minutes * 60
    world.service.state, world.stack.status = "READY", status
    stops = len(world.service.named("stop"))
    assert world.again(asked)["Status"] == "FAILED"
    assert len(world.service.named("stop")) == stops


# The deadline counts from when CloudFormation sent the request.


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize("state", ["READY", "STOPPED", "START_IN_PROGRESS"])
def test_after_the_deadline_nothing_is_started(world: Simulation, state: str, kind: str) -> None:
    world.service.state = state
    answer = world.run(dated(event(kind), world.clock.now - 1800))
    assert answer["Status"] == ("SUCCESS" if state == "READY" else "FAILED")
    assert [name for name, _ in world.service.calls] == ["get"]
    if state != "READY":
        assert "for 1800 s the request was in Lambda's queue" in answer["Reason"]
        assert answer["Reason"].endswith("#late")


def test_a_late_create_that_fails_mentions_an_earlier_invocation(
    world: Simulation,
) -> None:
    world.service.state = "START_IN_PROGRESS"
    answer = world.run(dated(event(TimeoutSeconds="120"), world.clock.now - 100))
    assert answer["PhysicalResourceId"] == NOT_STARTED
    assert "an earlier invocation may have started it" in answer["Reason"]


LATE_DELETES = {
    "STOPPED": "SUCCESS",
    "START_FAILED": "SUCCESS",
    "CREATE_FAILED": "SUCCESS",
    "DELETED": "SUCCESS",
    "absent": "SUCCESS",
    "READY": "FAILED",
    "START_IN_PROGRESS": "FAILED",
    "STOP_IN_PROGRESS": "FAILED",
    "STOP_FAILED": "FAILED",
}


@pytest.mark.parametrize("state", LATE_DELETES)
def test_a_late_delete_decides_with_one_read(world: Simulation, state: str) -> None:
    world.service.absent = state == "absent"
    world.service.state = state
    answer = world.run(dated(event("Delete", OnDelete="STOP"), world.clock.now - 7200))
    assert answer["Status"] == LATE_DELETES[state]
    assert [name for name, _ in world.service.calls] == ["get"]
    assert not world.stack.asked


def test_a_late_delete_fails_if_its_read_fails(world: Simulation) -> None:
    world.service.faults["get"] = deque([refusal("InternalServerErrorException", 500)] * 9)
    late = dated(event("Delete", OnDelete="STOP"), world.clock.now - 7200)
    assert world.run(late)["Status"] == "FAILED"
    assert len(world.service.calls) == 1


def test_a_late_delete_that_retains_succeeds(world: Simulation) -> None:
    assert world.run(dated(event("Delete"), world.clock.now - 7200))["Status"] == "SUCCESS"
    assert not world.service.calls


@pytest.mark.parametrize("age", [0, 100, 700])
def test_the_deadline_counts_from_the_requests_date(world: Simulation, age: int) -> None:
    world.service.state = "START_IN_PROGRESS"
    sent = world.clock.now - age
    world.run(dated(event(TimeoutSeconds="1000"), sent))
    assert world.clock.now - sent == pytest.approx(1000)


def test_nothing_starts_after_the_deadline_if_a_query_took_long(
    world: Simulation,
) -> None:
    real = world.stack.describe_stacks

    def slow(StackName: str) -> dict[str, Any]:  # noqa: N803 - the API's name
        world.clock.now += 3
        return real(StackName)

    world.stack.describe_stacks = slow  # type: ignore[method-assign]
    answer = world.run(event("Update", TimeoutSeconds="2"))
    assert answer["Status"] == "FAILED"
    assert not world.service.named("start")


# A replacement is rolled back with an Update to the old session, then a Delete of the new one.

OLD_STATES = ["READY", "STOPPED", "START_IN_PROGRESS", "START_FAILED"]


@pytest.mark.parametrize("on_delete", ["STOP", "RETAIN"])
@pytest.mark.parametrize("state", OLD_STATES)
def test_rolling_back_a_replacement_leaves_the_old_session_as_it_is(
    world: Simulation, state: str, on_delete: str
) -> None:
    world.service.state = state
    if state == "START_IN_PROGRESS":
        world.service.due = world.clock.now + 60
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    new = {"SessionId": "new", "OnDelete": on_delete}
    answer = world.run(event("Update", physical_id="new", old=new, OnDelete=on_delete))
    assert answer["Status"] == "SUCCESS"
    # It differs from the resource's id, so CloudFormation deletes the one with that id.
    assert answer["PhysicalResourceId"] == SESSION
    assert set(answer["Data"]) == set(ATTRIBUTES)
    assert (answer["Data"]["Arn"], answer["Data"]["State"]) == (ARN, state)
    assert {(name, asked["sessionId"]) for name, asked in world.service.calls} == {("get", SESSION)}


def test_rolling_back_a_replacement_restores_no_backup(world: Simulation) -> None:
    world.service.state, world.service.backup = "READY", "another"
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    backup = {"BackupId": "b1", "AllowRestart": "true"}
    answer = world.run(event("Update", physical_id="new", old={"SessionId": "new"}, **backup))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == SESSION
    assert {name for name, _ in world.service.calls} == {"get"}


@pytest.mark.parametrize(("on_delete", "stops"), [("STOP", ["new"]), ("RETAIN", [])])
def test_deleting_a_replacement_stops_the_new_session_if_allowed(
    world: Simulation, on_delete: str, stops: list[str]
) -> None:
    world.service.state = "READY"
    world.stack.status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    # The update that rolls back started it.
    world.stack.changed_at = world.clock.now - 300
    world.service.started_at = world.clock.now - 200
    # By now the resource holds the old session again.
    world.stack.resources = [held("Workstation", "UPDATE_COMPLETE")]
    delete = event("Delete", physical_id="new", SessionId="new", OnDelete=on_delete)
    answer = world.run(delete)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "new")
    assert [asked["sessionId"] for asked in world.service.named("stop")] == stops
    assert {asked["sessionId"] for _, asked in world.service.calls} == set(stops)


def test_a_delete_that_may_not_read_the_session_fails(world: Simulation) -> None:
    world.service.state = "READY"
    denied = refusal("AccessDeniedException", 403)
    world.service.faults["get"] = deque([denied] * 1000)
    began = world.clock.now
    answer = world.run(event("Delete", physical_id=SESSION, OnDelete="STOP"))
    assert answer["Status"] == "FAILED"
    assert f"nimble:GetStreamingSession on streaming-session/{SESSION}" in answer["Reason"]
    assert 60 <= world.clock.now - began < 75
    assert world.service.state == "READY"


# A request can become void while it waits.


def test_a_create_that_starts_once_makes_no_queries(world: Simulation) -> None:
    assert world.run(event())["Status"] == "SUCCESS"
    assert not world.stack.asked


@pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS"])
def test_a_create_whose_stack_rolls_back_never_starts_again(world: Simulation, status: str) -> None:
    world.service.ends.append(("START_FAILED", "INSUFFICIENT_CAPACITY"))
    world.stack.status = status
    answer = world.run(event())
    assert answer["Status"] == "FAILED"
    assert "cancelled" in answer["Reason"]
    assert len(world.service.named("start")) == 1


def test_a_create_whose_stack_rolls_back_ends_at_the_hand_over(world: Simulation) -> None:
    world.service.start_seconds = 10_000
    world.stack.status = "ROLLBACK_IN_PROGRESS"
    assert "cancelled" in world.run(event())["Reason"]
    assert world.invocations == 1


def undone_after(world: Simulation, seconds: float) -> None:
    """Roll the stack back, and let a Delete stop the running session."""
    world.service.agenda.append(
        (world.clock.now + seconds, lambda: world.undo("ROLLBACK_IN_PROGRESS"))
    )


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE"])
def test_an_answered_create_that_is_run_again_starts_nothing(
    world: Simulation, status: str
) -> None:
    assert world.run(event())["Status"] == "SUCCESS"
    world.stack.status = status
    # Somebody stops the session, and Lambda delivers the event again.
    world.service.state = "STOPPED"
    assert world.again(event())["Status"] == "FAILED"
    assert world.service.state == "STOPPED"


def test_a_create_that_waited_before_its_first_start_reads_the_stack(world: Simulation) -> None:
    world.service.state, world.service.due = "STOP_IN_PROGRESS", world.clock.now + 60
    world.service.following = ("STOPPED", "")
    undone_after(world, 10)
    assert "cancelled" in world.run(event())["Reason"]
    assert not world.service.named("start")


def test_a_create_whose_first_start_was_throttled_reads_the_stack_before_the_next(
    world: Simulation,
) -> None:
    world.service.faults["start"] = deque([refusal("ThrottlingException", 429)] * 8)
    undone_after(world, 10)
    assert "cancelled" in world.run(event())["Reason"]
    assert not world.service.tokens


def test_a_create_handed_over_before_its_first_start_reads_the_stack(world: Simulation) -> None:
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


def test_a_start_without_an_answer_counts_as_one_that_may_have_worked(world: Simulation) -> None:
    world.service.faults["start"] = deque([ConnectionResetError("cut")] * 1000)
    assert world.run(event(TimeoutSeconds="300"))["PhysicalResourceId"] == SESSION


@pytest.mark.parametrize("started", [False, True])
def test_a_failed_update_returns_the_new_id_only_if_it_started_the_session(
    world: Simulation, started: bool
) -> None:
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
    world.stack.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
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
    world.stack.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    world.stack.refusals = 12
    assert world.run(event("Delete", OnDelete="STOP"))["Status"] == "SUCCESS"
    # Two queries about the status, and one page.
    assert len(world.stack.asked) == 12 + 2 + 1
    assert not world.service.named("stop")


def test_a_session_is_not_stopped_while_the_list_has_no_end(world: Simulation) -> None:
    world.service.state = "READY"
    world.stack.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    world.stack.resources = [held("Other", "CREATE_COMPLETE", "another-session")] * 10_000
    answer = world.run(event("Delete", OnDelete="STOP"))
    assert answer["Reason"].endswith("#stack-not-read")
    assert world.service.state == "READY"


def test_a_session_that_vanishes_before_its_stop_counts_as_stopped(world: Simulation) -> None:
    world.service.state = "READY"
    missing = refusal("ResourceNotFoundException", 404)
    world.service.faults = {"stop": deque([missing]), "get": deque([None, missing])}
    assert world.run(event("Delete", OnDelete="STOP"))["Status"] == "SUCCESS"


def listing_fails(world: Simulation, fault: Exception) -> None:
    def fail(StackName: str, NextToken: str = "") -> None:  # noqa: N803 - the API's names
        world.stack.asked.append(f"ListStackResources {StackName} {NextToken}")
        raise fault

    world.stack.list_stack_resources = fail  # type: ignore[method-assign, assignment]


def test_a_forbidden_list_stops_nothing_and_names_the_permission(world: Simulation) -> None:
    """A renamed construct whose new policy allows Stop but not the list call."""
    world.service.state = "READY"
    world.stack.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    listing_fails(world, FORBIDDEN)
    began = world.clock.now
    answer = world.run(event("Delete", OnDelete="STOP"))
    assert answer["Status"] == "FAILED"
    assert (
        f"IAM has refused cloudformation:ListStackResources on {STACK} for 60 s"
        in (answer["Reason"])
    )
    assert answer["Reason"].endswith("#accessdeniedexception")
    assert world.service.state == "READY"
    assert 60 <= world.clock.now - began < 80


@pytest.mark.parametrize("fault", NO_ANSWER)
def test_a_delete_stops_nothing_when_the_stack_cannot_be_read(
    world: Simulation, fault: str
) -> None:
    world.service.state = "READY"
    world.stack.fault = NO_ANSWER[fault]
    answer = world.run(event("Delete", OnDelete="STOP"))
    assert answer["Status"] == "FAILED"
    assert "cloudformation:DescribeStacks" in answer["Reason"]
    assert world.service.state == "READY"


def test_a_stack_that_is_deleted_as_a_whole_needs_no_list(world: Simulation) -> None:
    world.service.state = "READY"
    listing_fails(world, FORBIDDEN)
    # It was READY long before its stack was created, and is stopped anyway.
    world.stack.changed_at = world.clock.now - 60
    world.service.started_at = world.clock.now - 9999
    assert world.run(event("Delete", OnDelete="STOP"))["Status"] == "SUCCESS"
    assert world.service.state == "STOPPED"
    assert world.stack.asked == [f"DescribeStacks {STACK}"] * 2


# A rollback leaves sessions as it found them.


@pytest.mark.parametrize(
    ("changed", "started_at", "stops"),
    [
        (300, 200, True),
        (300, 239, True),
        (300, 240, False),
        (300, 300, False),
        (300, 9999, False),
        (300, None, False),
        (None, 200, False),
    ],
)
@pytest.mark.parametrize(
    "status", ["ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"]
)
def test_a_rollback_stops_only_what_was_started_since_the_stack_changed(
    world: Simulation, status: str, changed: float | None, started_at: float | None, *, stops: bool
) -> None:
    world.service.state, world.stack.status = "READY", status
    if changed is not None:
        world.stack.changed_at = world.clock.now - changed
    if started_at is not None:
        world.service.started_at = world.clock.now - started_at
    answer = world.run(event("Delete", OnDelete="STOP"))
    assert answer["Status"] == "SUCCESS"
    assert ("may have been running before" in answer["Reason"]) is not stops
    assert world.service.state == ("STOPPED" if stops else "READY")


def test_a_rolled_back_creation_needs_no_list(world: Simulation) -> None:
    world.service.state, world.stack.status = "READY", "ROLLBACK_IN_PROGRESS"
    world.stack.changed_at = world.clock.now - 300
    world.service.started_at = world.clock.now - 100
    listing_fails(world, FORBIDDEN)
    assert world.run(event("Delete", OnDelete="STOP"))["Status"] == "SUCCESS"
    assert world.service.state == "STOPPED"


ROOT = "arn:aws:cloudformation:us-west-2:111122223333:stack/Root/1"


@pytest.mark.parametrize(
    ("root", "started_ago", "stops"),
    [
        ("DELETE_IN_PROGRESS", 9999, True),
        ("ROLLBACK_IN_PROGRESS", 9999, False),
        ("ROLLBACK_IN_PROGRESS", 100, True),
        ("UPDATE_IN_PROGRESS", 100, False),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", 100, False),
        ("UPDATE_ROLLBACK_IN_PROGRESS", 100, False),
    ],
)
def test_what_the_deletion_of_a_nested_stack_means(
    world: Simulation, root: str, started_ago: float, *, stops: bool
) -> None:
    world.service.state = "READY"
    world.stack.root, world.stack.root_status = ROOT, root
    world.stack.changed_at = world.clock.now - 300
    world.service.started_at = world.clock.now - started_ago
    answer = world.run(event("Delete", OnDelete="STOP"))
    assert answer["Status"] == "SUCCESS"
    assert bool(answer["Reason"]) is not stops
    assert world.service.state == ("STOPPED" if stops else "READY")


@pytest.mark.parametrize("fault", NO_ANSWER)
def test_a_nested_stack_whose_root_does_not_answer_stops_nothing(
    world: Simulation, fault: str
) -> None:
    world.service.state = "READY"
    world.stack.root, world.stack.root_fault = ROOT, NO_ANSWER[fault]
    answer = world.run(event("Delete", OnDelete="STOP", TimeoutSeconds="300"))
    assert answer["Status"] == "FAILED"
    assert "cloudformation:DescribeStacks" in answer["Reason"]
    assert (ROOT in answer["Reason"]) is (fault == "forbidden")
    assert world.service.state == "READY"
    # As the reason advises: once it was stopped by hand, the Delete makes no query.
    world.service.state = "STOPPED"
    assert world.again(event("Delete", OnDelete="STOP"))["Status"] == "SUCCESS"


# An event that can't be answered.


@pytest.mark.parametrize("url", [None, ""])
@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_an_event_without_a_response_url_is_not_acted_upon(
    world: Simulation, kind: str, url: str | None
) -> None:
    made = event(kind, OnDelete="STOP") | {"ResponseURL": url}
    if url is None:
        del made["ResponseURL"]
    world.invoke_once(made)
    assert not world.service.calls
    assert not world.stack.asked
    assert not world.sent
