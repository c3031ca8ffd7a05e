"""The whole function against a played service: each request ends in one right answer."""

from __future__ import annotations

import json
import os
from collections import deque
from typing import TYPE_CHECKING, Any

import pytest

from simulation import (
    ARN,
    SESSION,
    STUDIO,
    Simulation,
    denied_invoke,
    event,
    refusal,
)
from streaming_session import decide as deciding
from streaming_session import log
from streaming_session.attributes import ATTRIBUTES
from streaming_session.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from streaming_session.plan import Step

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


# Starting again.


def test_a_failure_that_passes_is_started_again(world: Simulation) -> None:
    world.service.ends.extend([("START_FAILED", "INSUFFICIENT_CAPACITY")] * 2)
    answer = world.run(event())
    assert answer["Status"] == "SUCCESS"
    assert len(world.service.named("start")) == 3


def test_a_failure_that_stays_names_itself_and_the_attempts(world: Simulation) -> None:
    world.service.ends.extend([("START_FAILED", "INSUFFICIENT_CAPACITY")])
    world.service.ends.extend([("START_FAILED", "INTERNAL_ERROR")] * 1000)
    answer = world.run(event(TimeoutSeconds="600"))
    assert "START_FAILED (INSUFFICIENT_CAPACITY)" in answer["Reason"]
    starts = len(world.service.named("start"))
    assert starts > 2
    assert f"after {starts} attempts" in answer["Reason"]
    assert answer["PhysicalResourceId"] == SESSION


@pytest.mark.parametrize(("chance", "delay"), [(0.1, 0.5), (0.5, 2.5), (1.0, 5.0)])
def test_the_delay_before_starting_again_has_full_jitter(
    world: Simulation, chance: float, delay: float
) -> None:
    world.random = lambda: chance
    world.service.ends = deque([("START_FAILED", "INSUFFICIENT_CAPACITY")])
    starts: list[float] = []
    real = world.service.start_streaming_session

    def start(**parameters: Any) -> dict[str, Any]:
        starts.append(world.clock.now)
        return real(**parameters)

    world.service.start_streaming_session = start  # type: ignore[method-assign]
    world.run(event())
    failed = next(at for at in accumulated(world) if at >= starts[0] + 60)
    assert starts[1] - failed == pytest.approx(delay)


def accumulated(world: Simulation) -> list[float]:
    """Return the moments at which the function woke."""
    began = world.clock.now - sum(world.clock.slept)
    return [began + sum(world.clock.slept[:count]) for count in range(len(world.clock.slept) + 1)]


def test_a_conflict_stretches_no_interval(world: Simulation) -> None:
    world.service.faults["start"] = deque([refusal("ConflictException", 409)])
    world.run(event())
    assert set(world.clock.slept) == {5.0}


def test_a_refused_second_start_is_an_observation(world: Simulation) -> None:
    world.service.ends.extend([("START_FAILED", "INTERNAL_ERROR")])
    world.service.faults["start"] = deque([None, refusal("ConflictException", 409)])
    assert world.run(event())["Status"] == "SUCCESS"


@pytest.mark.parametrize("kind", ["Create", "Delete"])
def test_a_failed_stop_is_advised_about_as_a_stop(world: Simulation, kind: str) -> None:
    # A launch profile that allows no stop ends it with this code.
    world.service.state, world.service.code = "STOP_FAILED", "INTERNAL_ERROR"
    reason = world.run(event(kind, OnDelete="STOP"))["Reason"]
    assert "STOP_FAILED (INTERNAL_ERROR)" in reason
    assert "stop it there, then try again. See docs/operations.md#stop-failed" in reason


def test_a_configuration_fault_fails_at_once(world: Simulation) -> None:
    world.service.ends.append(("START_FAILED", "ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR"))
    answer = world.run(event())
    assert "#active_directory_domain_join_error" in answer["Reason"]
    assert len(world.service.named("start")) == 1


# Waiting.


def test_polls_keep_their_interval(world: Simulation) -> None:
    world.run(event(PollIntervalSeconds="10"))
    assert set(world.clock.slept) == {10.0}


@pytest.mark.parametrize(("chance", "interval"), [(0.0, 9.0), (0.5, 10.0), (1.0, 11.0)])
def test_the_jitter_is_a_tenth(world: Simulation, chance: float, interval: float) -> None:
    world.random = lambda: chance
    world.run(event(PollIntervalSeconds="10"))
    assert world.clock.slept[0] == pytest.approx(interval)


def test_faults_stretch_the_interval_and_it_shrinks_back(world: Simulation) -> None:
    world.service.faults["get"] = deque([refusal("ThrottlingException", 429)] * 8)
    world.service.start_seconds = 100
    assert world.run(event())["Status"] == "SUCCESS"
    assert world.clock.slept[:12] == [10, 20, 40, 60, 60, 60, 60, 60, 40, 20, 10, 5]


@pytest.mark.parametrize(
    "fault",
    [
        refusal("ThrottlingException", 429),
        refusal("InternalServerErrorException", 500),
        ConnectionResetError("cut"),
        ValueError("half a body"),
    ],
)
def test_an_outage_ends_the_wait_only_at_the_deadline(world: Simulation, fault: Exception) -> None:
    world.service.faults["get"] = deque([fault] * 1000)
    began = world.clock.now
    answer = world.run(event(TimeoutSeconds="300"))
    assert "could not be asked within 300 s" in answer["Reason"]
    assert world.clock.now - began == pytest.approx(300)


def test_access_that_is_denied_for_a_while(world: Simulation) -> None:
    world.service.faults["get"] = deque([refusal("AccessDeniedException", 403)] * 10)
    assert world.run(event())["Status"] == "SUCCESS"


@pytest.mark.parametrize("method", ["get", "start"])
def test_access_that_stays_denied_names_action_and_resource(world: Simulation, method: str) -> None:
    world.service.faults[method] = deque([refusal("AccessDeniedException", 403)] * 1000)
    began = world.clock.now
    answer = world.run(event())
    action = {"get": "GetStreamingSession", "start": "StartStreamingSession"}[method]
    assert f"nimble:{action} on streaming-session/{SESSION}" in answer["Reason"]
    assert 60 <= world.clock.now - began < 75


@pytest.mark.parametrize("code", ["ValidationException", "ServiceQuotaExceededException"])
def test_a_refusal_fails_with_the_services_message(world: Simulation, code: str) -> None:
    world.service.faults["start"] = deque([refusal(code, 400, "the quota is 3")])
    answer = world.run(event())
    assert f"{code}: the quota is 3" in answer["Reason"]
    assert answer["PhysicalResourceId"] == NOT_STARTED


def test_a_session_that_stays_stopped_after_its_start(world: Simulation) -> None:
    world.service.faults["start"] = deque()
    world.service.tokens = {f"start-{n}-5f0c5e3f-7f2b-4f3a-9c57-0a9f6f1d0e11": True for n in (1, 2)}
    answer = world.run(event())
    assert "accepted it twice" in answer["Reason"]
    assert len(world.service.named("start")) == 2


def test_a_stuck_session_fails_at_the_deadline(world: Simulation) -> None:
    world.service.state = "START_IN_PROGRESS"
    answer = world.run(event(TimeoutSeconds="3540"))
    assert "not READY within 3540 s; it was last seen START_IN_PROGRESS" in answer["Reason"]
    assert world.invocations == 5


def test_a_wait_ends_at_its_deadline(world: Simulation) -> None:
    world.service.state = "START_IN_PROGRESS"
    began = world.clock.now
    world.run(event(TimeoutSeconds="6"))
    assert world.clock.now - began == 6


def test_nothing_is_started_at_the_deadline(world: Simulation) -> None:
    world.service.state, world.service.due = "STOP_IN_PROGRESS", world.clock.now + 8
    world.service.following = ("STOPPED", "")
    answer = world.run(event(TimeoutSeconds="10"))
    assert "not READY within 10 s; it was last seen STOPPED" in answer["Reason"]
    assert not world.service.named("start")


# Handing over.


def test_a_long_wait_goes_through_several_invocations(world: Simulation) -> None:
    world.service.start_seconds = 2000
    answer = world.run(event(TimeoutSeconds="3000"))
    assert answer["Status"] == "SUCCESS"
    assert world.invocations == 3
    assert len(world.service.named("start")) == 1


def test_a_refused_hand_over_is_tried_again(world: Simulation) -> None:
    world.service.start_seconds = 1000
    world.invoke_faults.extend([denied_invoke()] * 2)
    assert world.run(event())["Status"] == "SUCCESS"


def test_a_hand_over_that_can_not_be_made_fails(world: Simulation) -> None:
    world.service.start_seconds = 1000
    world.invoke_faults.extend([denied_invoke()] * 100)
    answer = world.run(event())
    assert "could not be handed over" in answer["Reason"]
    assert answer["PhysicalResourceId"] == SESSION


def test_a_chain_of_invocations_has_an_end(world: Simulation) -> None:
    world.service.start_seconds = 10_000
    world.invocation_seconds = 60
    answer = world.run(event(TimeoutSeconds="3540"))
    assert "12 invocations" in answer["Reason"]
    assert world.invocations == 12


def test_a_hand_over_bears_nothing_but_the_event_and_progress(world: Simulation) -> None:
    world.service.start_seconds = 1000
    first = event()
    world.invoke_once(first)
    handed = dict(world.handed[0])
    journey = json.dumps(handed.pop("Continuation"))
    assert handed == first
    assert first["ResponseURL"] not in journey


# Tokens and repetition.


def test_the_same_event_run_twice_starts_once(world: Simulation) -> None:
    first = world.run(event())
    second = world.again(event())
    assert second["Status"] == first["Status"] == "SUCCESS"
    assert len(world.service.named("start")) == 1


@pytest.mark.parametrize("method", ["get", "start"])
@pytest.mark.parametrize("after", [False, True])
def test_a_killed_function_run_again_starts_once(
    world: Simulation, method: str, after: bool
) -> None:
    class Killed(BaseException):
        """The end of the process."""

    real = getattr(world.service, f"{method}_streaming_session")

    def dying(**parameters: str) -> object:
        if after:
            real(**parameters)
        raise Killed

    setattr(world.service, f"{method}_streaming_session", dying)
    with pytest.raises(Killed):
        world.invoke_once(event())
    setattr(world.service, f"{method}_streaming_session", real)
    answer = world.run(event())
    assert answer["Status"] == "SUCCESS"
    assert len({start["clientToken"] for start in world.service.named("start")}) == 1
    assert sum(world.service.tokens.values()) == 1


def test_a_function_killed_before_it_answers_answers_the_same(world: Simulation) -> None:
    class Killed(BaseException):
        """The end of the process."""

    world.statuses.append(Killed())
    with pytest.raises(Killed):
        world.invoke_once(event())
    assert world.run(event())["Status"] == "SUCCESS"
    assert len(world.service.named("start")) == 1


# Answering.


def test_bad_properties_are_named_before_any_call(world: Simulation) -> None:
    answer = world.run(event(PollIntervalSeconds="0"))
    assert "PollIntervalSeconds is '0': it must be a whole number" in answer["Reason"]
    assert answer["PhysicalResourceId"] == NOT_STARTED
    assert not world.service.calls


def test_bad_properties_never_block_a_delete(world: Simulation) -> None:
    answer = world.run(event("Delete", OnDelete="STOP", PollIntervalSeconds="never"))
    assert answer["Status"] == "SUCCESS"
    assert not world.service.calls


@pytest.mark.parametrize("extra", [{"arn": None}, {"state": None}, {"state": "MELTED"}])
def test_a_session_that_can_not_be_read(world: Simulation, extra: dict[str, str | None]) -> None:
    world.service.extra = extra
    answer = world.run(event(TimeoutSeconds="60"))
    assert "unreadable answer" in answer["Reason"]


@pytest.fixture
def break_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return what lets the function's own code fail after some decisions."""

    def plant(decisions: int) -> None:
        real = deciding.decide
        left = iter(range(decisions))

        def decide(*values: Any) -> Step:
            if next(left, None) is None:
                raise ZeroDivisionError("with a secret")
            return real(*values)

        monkeypatch.setattr(deciding, "decide", decide)

    return plant


def test_a_fault_of_our_own_is_answered(
    world: Simulation, break_after: Callable[[int], None]
) -> None:
    break_after(0)
    answer = world.run(event())
    assert "ZeroDivisionError in line" in answer["Reason"]
    assert "secret" not in answer["Reason"]
    assert answer["PhysicalResourceId"] == NOT_STARTED


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_fault_of_our_own_after_a_start_keeps_the_session(
    world: Simulation, break_after: Callable[[int], None], kind: str
) -> None:
    break_after(1)
    answer = world.run(event(kind, old={"SessionId": "another"}, physical_id="another"))
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == SESSION


@pytest.mark.parametrize(("on_delete", "status"), [("RETAIN", "SUCCESS"), ("STOP", "FAILED")])
def test_a_fault_of_our_own_in_a_delete_fails_only_if_it_had_to_stop(
    world: Simulation, break_after: Callable[[int], None], on_delete: str, status: str
) -> None:
    world.service.state = "READY"
    break_after(0)
    answer = world.run(event("Delete", physical_id="invented", OnDelete=on_delete))
    assert answer["Status"] == status
    assert answer["PhysicalResourceId"] == "invented"


def test_a_fault_of_our_own_does_not_fail_a_rollback(
    world: Simulation, break_after: Callable[[int], None]
) -> None:
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    break_after(0)
    answer = world.run(event("Update"))
    assert answer["Status"] == "SUCCESS"
    assert (answer["PhysicalResourceId"], answer["Data"]["Arn"]) == (SESSION, ARN)


def test_a_bad_property_does_not_fail_a_rollback(world: Simulation) -> None:
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    answer = world.run(event("Update", TimeoutSeconds="0"))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == SESSION


def test_a_bad_property_fails_an_update_whose_stack_can_not_be_asked(world: Simulation) -> None:
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.stack.fault = refusal("AccessDenied", 403)
    assert world.run(event("Update", TimeoutSeconds="0"))["Status"] == "FAILED"


def test_a_fault_while_the_stack_is_asked_fails_the_update_with_its_own_reason(
    world: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_stack: Stack) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(Stack, "is_undone", fail)
    answer = world.run(event("Update", TimeoutSeconds="0"))
    assert "TimeoutSeconds is '0'" in answer["Reason"]


def test_nothing_fails_once_the_answer_is_delivered(
    world: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streaming_session.metrics.record", lambda *_: 1 // 0)
    assert world.run(event())["Status"] == "SUCCESS"


@pytest.mark.parametrize("kind", [None, "Restore", ["Create"]])
def test_a_request_of_no_type_is_answered(world: Simulation, kind: object) -> None:
    answer = world.run(event() | {"RequestType": kind})
    assert "it must be Create, Update or Delete" in answer["Reason"]


def test_huge_tags_and_messages_fit(world: Simulation) -> None:
    world.service.state = "READY"
    world.service.message = "ü\x1b[31m" * 5000
    world.service.extra = {"tags": {str(n): "ü" * 200 for n in range(300)}}
    answer = world.run(event())
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Tags"] == ""
    assert answer["Data"]["Arn"] == ARN


@pytest.mark.parametrize("message", ["It melted.", "It melted . ", "It melted"])
def test_a_reason_has_one_full_stop_after_what_the_service_said(
    world: Simulation, message: str
) -> None:
    world.service.state, world.service.code = "CREATE_FAILED", "INTERNAL_ERROR"
    world.service.message = message
    assert "(INTERNAL_ERROR): It melted. Deploy again" in world.run(event())["Reason"]
    world.service.faults["get"] = deque([refusal("ValidationException", 400, message)])
    assert "ValidationException: It melted. Check the" in world.again(event())["Reason"]


def test_terminal_escapes_do_not_reach_the_reason(world: Simulation) -> None:
    world.service.state, world.service.code = "CREATE_FAILED", "INTERNAL_ERROR"
    world.service.message = "\x1b[2J\nall is well\u202e"
    reason = world.run(event())["Reason"]
    assert reason.isprintable()
    assert "all is well" in reason


@pytest.mark.parametrize("bad", ["", "a/b", "..", "a\nb", "%2e", "x" * 10_000, ARN])
def test_hostile_ids_are_refused(world: Simulation, bad: str) -> None:
    answer = world.run(event() | {"ResourceProperties": {"StudioId": STUDIO, "SessionId": bad}})
    assert answer["Reason"].startswith("SessionId is ")
    assert len(answer["Reason"]) < 500
    assert not world.service.calls


def test_metrics_are_written_once(world: Simulation, capsys: pytest.CaptureFixture[str]) -> None:
    world.run(event())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    metrics = [line for line in lines if "_aws" in line]
    assert len(metrics) == 1
    assert metrics[0]["Outcome"] == "SUCCESS"
    assert metrics[0]["Failures"] == 0
    assert 60 <= metrics[0]["TimeToReady"] <= 70
    dimensions = [d for m in metrics[0]["_aws"]["CloudWatchMetrics"] for d in m["Dimensions"]]
    assert all(set(d) <= {"FunctionName", "Outcome"} for d in dimensions)
    states = [line["seen"] for line in lines if line.get("event") == "state"]
    assert states == ["STOPPED", "START_IN_PROGRESS", "READY"]


@pytest.mark.plants_a_secret
def test_the_look_for_secrets_finds_one() -> None:
    print(json.dumps(event()))  # noqa: T201 - what is looked for


@pytest.mark.plants_a_secret
def test_the_look_for_secrets_finds_what_a_test_has_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.line("planted", error=os.environ["AWS_SESSION_TOKEN"])
    assert capsys.readouterr().out
