"""Messages for people: whole stories, with each log line and the reason of the answer."""

from __future__ import annotations

import json
import os
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testkit.function.simulation import SESSION, TYPE, Simulation, dated, event, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

STORIES = Path(__file__).with_name("messages.txt")
UPDATE = "UPDATE_SNAPSHOTS"
CAPACITY = ("START_FAILED", "INSUFFICIENT_CAPACITY")


def a_start(_world: Simulation) -> dict[str, Any]:
    return event()


def a_failure_of_configuration(world: Simulation) -> dict[str, Any]:
    world.service.state, world.service.code = "START_FAILED", "AMI_VALIDATION_ERROR"
    world.service.ends = deque([("START_FAILED", "AMI_VALIDATION_ERROR")])
    world.service.message = "The AMI is gone."
    return event(BackupId="b1")


def capacity_that_comes_back(world: Simulation) -> dict[str, Any]:
    world.service.ends = deque([CAPACITY, CAPACITY])
    return event()


def capacity_that_stays_away(world: Simulation) -> dict[str, Any]:
    world.service.ends = deque([CAPACITY] * 9)
    return event(TimeoutSeconds="400")


def capacity_with_time_for_one_start(world: Simulation) -> dict[str, Any]:
    world.service.ends = deque([CAPACITY] * 9)
    return event(TimeoutSeconds="62")


def an_outage(world: Simulation) -> dict[str, Any]:
    broken = refusal("InternalServerErrorException", 500, "broken")
    world.service.faults["get"] = deque([None, None, *[broken] * 90])
    return event(TimeoutSeconds="120")


def an_outage_from_the_beginning(world: Simulation) -> dict[str, Any]:
    world.service.faults["get"] = deque([refusal("ThrottlingException", 429, "slow down")] * 90)
    return event(TimeoutSeconds="30")


def access_that_is_late(world: Simulation) -> dict[str, Any]:
    denied = refusal("AccessDeniedException", 403, "not allowed")
    world.service.start_seconds = 300
    world.service.faults["get"] = deque([*[None] * 15, *[denied] * 2])
    return event()


def access_that_never_comes(world: Simulation) -> dict[str, Any]:
    denied = refusal("AccessDeniedException", 403, "not allowed")
    world.service.start_seconds = 300
    world.service.faults["get"] = deque([*[None] * 15, *[denied] * 90])
    return event()


def a_quota(world: Simulation) -> dict[str, Any]:
    full = refusal("ServiceQuotaExceededException", 402, "too many sessions")
    world.service.faults["start"] = deque([full])
    return event()


def a_conflict_that_stays(world: Simulation) -> dict[str, Any]:
    world.service.faults["start"] = deque([refusal("ConflictException", 409, "busy")] * 99)
    return event(TimeoutSeconds="300")


def capacity_and_then_conflicts(world: Simulation) -> dict[str, Any]:
    world.service.state, world.service.code = CAPACITY
    world.service.faults["start"] = deque([refusal("ConflictException", 409, "busy")] * 99)
    return event(TimeoutSeconds="300")


def access_that_is_denied_to_the_end(world: Simulation) -> dict[str, Any]:
    world.service.faults["get"] = deque([refusal("AccessDeniedException", 403, "not allowed")] * 99)
    return event(TimeoutSeconds="45")


def an_answer_that_was_given_before(world: Simulation) -> dict[str, Any]:
    world.service.state = "READY"
    world.statuses.append(403)
    return event()


def a_delete_with_a_bad_property(_world: Simulation) -> dict[str, Any]:
    return event("Delete", OnDelete="STOP", PollIntervalSeconds="0")


def a_conflict(world: Simulation) -> dict[str, Any]:
    busy = refusal("ConflictException", 409, "busy")
    world.service.faults["start"] = deque([busy])
    return event()


def another_backup(world: Simulation) -> dict[str, Any]:
    world.service.state, world.service.backup = "READY", "b0"
    return event(BackupId="b1")


def no_backup(world: Simulation) -> dict[str, Any]:
    world.service.state = "READY"
    return event(BackupId="b1")


def starts_from(world: Simulation, backup: str) -> None:
    """Let the service start from this backup, regardless of the request."""
    real = world.service.start_streaming_session

    def start(**parameters: Any) -> dict[str, Any]:
        return real(**{**parameters, "backupId": backup})

    world.service.start_streaming_session = start  # type: ignore[method-assign]


def a_restart_that_others_undo(world: Simulation) -> dict[str, Any]:
    world.service.state, world.service.backup = "READY", "b0"
    starts_from(world, "b2")
    return event(BackupId="b1", AllowRestart="true")


def a_start_without_effect(world: Simulation) -> dict[str, Any]:
    world.service.start_seconds = 0
    world.service.ends = deque([("STOPPED", "")] * 9)
    return event()


def a_stop(world: Simulation) -> dict[str, Any]:
    world.service.state = "READY"
    return event("Delete", OnDelete="STOP")


def a_stop_that_fails(world: Simulation) -> dict[str, Any]:
    world.service.state, world.service.message = "STOP_FAILED", "No answer from the host."
    return event("Delete", OnDelete="STOP")


def a_stop_that_spares(world: Simulation) -> dict[str, Any]:
    world.service.state = "READY"
    world.stack.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    world.stack.resources = [
        {
            "LogicalResourceId": "Renamed",
            "ResourceType": TYPE,
            "PhysicalResourceId": SESSION,
            "ResourceStatus": "CREATE_COMPLETE",
        }
    ]
    return event("Delete", OnDelete="STOP")


def a_stack_that_can_not_be_read(world: Simulation) -> dict[str, Any]:
    world.service.state = "READY"
    world.stack.fault = refusal("AccessDenied", 403, "not allowed")
    return event("Delete", OnDelete="STOP")


def an_update_whose_stack_can_not_be_read(world: Simulation) -> dict[str, Any]:
    world.stack.fault = refusal("AccessDenied", 403, "not allowed")
    return event("Update")


def a_rollback(world: Simulation) -> dict[str, Any]:
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    return event("Update")


def a_cancelled_create(world: Simulation) -> dict[str, Any]:
    world.service.ends = deque([CAPACITY])
    world.stack.status = "ROLLBACK_IN_PROGRESS"
    return event()


def a_hand_over(world: Simulation) -> dict[str, Any]:
    world.service.start_seconds = 900
    return event()


def a_hand_over_of_what_is_undone(world: Simulation) -> dict[str, Any]:
    world.service.start_seconds = 900
    undone = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.service.agenda.append((world.clock.now + 60, lambda: world.undo(undone)))
    return event("Update")


def a_fault_at_the_very_end(world: Simulation) -> dict[str, Any]:
    world.service.start_seconds = 900
    fault = refusal("InternalServerErrorException", 500, "broken")
    # All reads of the first 55 seconds succeed.
    world.service.faults["get"] = deque([None] * 42 + [fault] * 9)
    return event(TimeoutSeconds="60")


def a_stack_that_gives_no_answer(world: Simulation) -> dict[str, Any]:
    world.service.state = "READY"
    world.stack.refusals = 999
    return event("Delete", OnDelete="STOP", TimeoutSeconds="60")


def a_restart_that_can_not_start(world: Simulation) -> dict[str, Any]:
    world.service.state, world.service.backup = "READY", "b0"
    missing = refusal("ResourceNotFoundException", 404, "no backup b1")
    world.service.faults["start"] = deque([missing])
    return event("Update", old={"BackupId": "b0"}, BackupId="b1", AllowRestart="true")


def a_restart_that_is_undone(world: Simulation) -> dict[str, Any]:
    world.service.state, world.service.backup = "READY", "b0"
    undone = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.service.agenda.append((world.clock.now + 10, lambda: world.undo(undone)))
    return event("Update", old={"BackupId": "b0"}, BackupId="b1", AllowRestart="true")


def a_backup_that_is_not_confirmed(world: Simulation) -> dict[str, Any]:
    starts_from(world, "")
    return event(BackupId="b1")


def a_stuck_session(world: Simulation) -> dict[str, Any]:
    world.service.state = "START_IN_PROGRESS"
    return event(TimeoutSeconds="30")


def a_request_that_is_late(world: Simulation) -> dict[str, Any]:
    return dated(event(), world.clock.now - 2000)


def a_request_that_is_delivered_twice(world: Simulation) -> dict[str, Any]:
    world.stack.status = "UPDATE_COMPLETE"
    return dated(event("Update"), world.clock.now - 600)


def a_list_that_is_forbidden(world: Simulation) -> dict[str, Any]:
    world.service.state = "READY"
    world.stack.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"

    def forbidden(**_: str) -> dict[str, Any]:
        raise refusal("AccessDenied", 403, "not allowed")

    world.stack.list_stack_resources = forbidden  # type: ignore[method-assign, assignment]
    return event("Delete", OnDelete="STOP")


def a_rollback_that_finds_a_running_session(world: Simulation) -> dict[str, Any]:
    world.service.state, world.stack.status = "READY", "ROLLBACK_IN_PROGRESS"
    return event("Delete", OnDelete="STOP")


def a_rollback_whose_stack_is_throttled(world: Simulation) -> dict[str, Any]:
    world.stack.status, world.stack.refusals = "UPDATE_ROLLBACK_IN_PROGRESS", 3
    return event("Update")


def a_function_with_little_time(world: Simulation) -> dict[str, Any]:
    world.service.state, world.invocation_seconds = "START_IN_PROGRESS", 30
    return event()


def a_property_that_is_wrong(_world: Simulation) -> dict[str, Any]:
    return event(TimeoutSeconds="3541", OnDelete="KEEP")


ALL: list[Callable[[Simulation], dict[str, Any]]] = [
    a_start,
    a_failure_of_configuration,
    capacity_that_comes_back,
    capacity_that_stays_away,
    capacity_with_time_for_one_start,
    an_outage,
    an_outage_from_the_beginning,
    access_that_is_late,
    access_that_never_comes,
    a_quota,
    a_conflict,
    a_conflict_that_stays,
    capacity_and_then_conflicts,
    access_that_is_denied_to_the_end,
    an_answer_that_was_given_before,
    a_delete_with_a_bad_property,
    another_backup,
    no_backup,
    a_restart_that_others_undo,
    a_start_without_effect,
    a_stop,
    a_stop_that_fails,
    a_stop_that_spares,
    a_stack_that_can_not_be_read,
    an_update_whose_stack_can_not_be_read,
    a_rollback,
    a_cancelled_create,
    a_hand_over,
    a_hand_over_of_what_is_undone,
    a_fault_at_the_very_end,
    a_stack_that_gives_no_answer,
    a_restart_that_can_not_start,
    a_restart_that_is_undone,
    a_backup_that_is_not_confirmed,
    a_stuck_session,
    a_request_that_is_late,
    a_request_that_is_delivered_twice,
    a_list_that_is_forbidden,
    a_rollback_that_finds_a_running_session,
    a_rollback_whose_stack_is_throttled,
    a_function_with_little_time,
    a_property_that_is_wrong,
]


def story(prepare: Callable[[Simulation], dict[str, Any]], log: Callable[[], str]) -> str:
    """Return the messages about a request, line by line."""
    world = Simulation()
    made = prepare(world)
    told = [f"# {prepare.__name__.replace('_', ' ')}"]
    world.invoke_once(made)
    while world.handed:
        world.invoke_once(world.handed.popleft())
    answer = json.loads(world.sent[-1])
    for line in map(json.loads, log().splitlines()):
        if "_aws" in line:
            told.append(
                "metrics " + values({k: v for k, v in line.items() if k not in ("_aws", "message")})
            )
            continue
        if line["event"] == "request":
            ids = [line.pop(name) for name in ("resource", "session", "request")]
            assert ids == ["Workstation", SESSION, made["RequestId"]]
        if line["event"] == "answered":
            assert line.pop("reason") == answer.get("Reason", "")
        told.append(values(line))
    state = answer["Data"].get("State", "")
    told.append(f"{answer['Status']} {answer['PhysicalResourceId']} {state}".strip())
    if answer["Reason"]:
        told.append(answer["Reason"])
    return "\n".join(told) + "\n"


def values(line: dict[str, Any]) -> str:
    """Return a line without JSON's punctuation, starting with the event."""
    first = line.pop("event", "")
    return " ".join([first, *(f"{key}={value}" for key, value in line.items())]).strip()


def in_terminal(line: str) -> str:
    """Return the part of a line that the CDK's command line prints: the message, if any."""
    return str(json.loads(line).get("message", line))


def test_the_end_of_the_log_explains_a_failed_deployment(
    world: Simulation, capsys: pytest.CaptureFixture[str]
) -> None:
    """A Create whose start is refused ten times, and its Delete."""
    made = a_conflict_that_stays(world)
    reason = world.run(made)["Reason"]
    assert len(world.service.named("start")) > 10
    world.stack.status = "ROLLBACK_IN_PROGRESS"
    world.again(event("Delete", physical_id=f"{SESSION}:not-started"))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 20
    shown = [in_terminal(line) for line in lines]
    assert len("\n".join(shown)) < 1500
    assert all(len(line) < 200 or reason in line for line in shown)
    assert [json.loads(line)["event"] for line in lines if reason in line] == ["answered"]
    # Once for each of the two requests.
    assert sum(made["RequestId"] in line for line in lines) == 2
    # No start was accepted.
    assert not any(json.loads(line).get("event") == "start" for line in lines)


def test_the_messages_are_the_recorded_ones(capsys: pytest.CaptureFixture[str]) -> None:
    told = "\n".join(story(prepare, lambda: capsys.readouterr().out) for prepare in ALL)
    if UPDATE in os.environ:
        STORIES.write_text(told, encoding="utf-8")
    known = STORIES.read_text(encoding="utf-8")
    assert told == known, f"Check the changes; {UPDATE}=1 rewrites the stories."
