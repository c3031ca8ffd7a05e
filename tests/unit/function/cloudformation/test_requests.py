"""Every path through the whole function ends in one answer that CloudFormation accepts."""

from __future__ import annotations

import json
import os
from collections import deque
from typing import TYPE_CHECKING, Any

import pytest

from testkit.function.simulation import ARN, SESSION, STUDIO, Simulation, event, refusal
from waiter import invocation
from waiter.cloudformation.stack import Stack
from waiter.runtime import log
from waiter.wait import decide as deciding

if TYPE_CHECKING:
    from collections.abc import Callable

    from waiter.wait.model import Step

NOT_STARTED = f"{SESSION}:not-started"


def test_bad_properties_are_named_before_any_call(world: Simulation) -> None:
    answer = world.run(event(PollIntervalSeconds="0"))
    assert "PollIntervalSeconds is '0': it must be a whole number" in answer["Reason"]
    assert answer["PhysicalResourceId"] == NOT_STARTED
    assert not world.service.calls


def test_bad_properties_never_block_a_delete(world: Simulation) -> None:
    answer = world.run(event("Delete", OnDelete="STOP", PollIntervalSeconds="never"))
    assert answer["Status"] == "SUCCESS"
    assert not world.service.calls


@pytest.mark.parametrize(
    "extra",
    [
        {"state": None},
        {"state": "MELTED"},
        {"arn": "a" * 257},
        {"arn": "*"},
        {"sessionId": "another"},
    ],
)
def test_a_session_that_stays_unreadable_fails(
    world: Simulation, extra: dict[str, str | None]
) -> None:
    world.service.extra = extra
    answer = world.run(event(TimeoutSeconds="60"))
    assert "unreadable answer" in answer["Reason"]


@pytest.mark.parametrize(
    "extra",
    [
        {"arn": None},
        {"startedFromBackupId": "ü"},
        {"statusCode": "MELTED" * 100},
        {"launchProfileId": '"' * 129},
    ],
)
def test_an_unreadable_member_is_empty(world: Simulation, extra: dict[str, str | None]) -> None:
    world.service.extra = extra
    answer = world.run(event())
    assert (answer["Status"], answer["Data"]["Arn"]) == ("SUCCESS", ARN)
    for name in extra.keys() - {"arn"}:
        assert answer["Data"][name[0].upper() + name[1:]] == ""


@pytest.fixture
def break_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that makes our own code fail after some decisions."""

    def plant(decisions: int) -> None:
        real = deciding.decide
        left = iter(range(decisions))

        def decide(*values: Any) -> Step:
            if next(left, None) is None:
                raise ZeroDivisionError("with a secret")
            return real(*values)

        monkeypatch.setattr(deciding, "decide", decide)

    return plant


def test_a_bug_is_answered(world: Simulation, break_after: Callable[[int], None]) -> None:
    break_after(0)
    answer = world.run(event())
    assert "ZeroDivisionError in line" in answer["Reason"]
    assert "secret" not in answer["Reason"]
    assert answer["PhysicalResourceId"] == NOT_STARTED


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_bug_after_a_start_keeps_the_session_id(
    world: Simulation, break_after: Callable[[int], None], kind: str
) -> None:
    break_after(1)
    answer = world.run(event(kind, old={"SessionId": "another"}, physical_id="another"))
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == SESSION


@pytest.mark.parametrize(("on_delete", "status"), [("RETAIN", "SUCCESS"), ("STOP", "FAILED")])
def test_a_bug_fails_a_delete_only_if_it_had_to_stop(
    world: Simulation, break_after: Callable[[int], None], on_delete: str, status: str
) -> None:
    world.service.state = "READY"
    break_after(0)
    answer = world.run(event("Delete", physical_id="invented", OnDelete=on_delete))
    assert answer["Status"] == status
    assert answer["PhysicalResourceId"] == "invented"


def test_a_bug_does_not_fail_a_rollback(
    world: Simulation, break_after: Callable[[int], None]
) -> None:
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    break_after(0)
    answer = world.run(event("Update"))
    assert answer["Status"] == "SUCCESS"
    assert (answer["PhysicalResourceId"], answer["Data"]["Arn"]) == (SESSION, ARN)


def test_a_bug_in_a_rolled_back_replacement_returns_the_old_session(
    world: Simulation, break_after: Callable[[int], None]
) -> None:
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    break_after(0)
    answer = world.run(event("Update", physical_id="new", old={"SessionId": "new"}))
    assert answer["Status"] == "SUCCESS"
    assert (answer["PhysicalResourceId"], answer["Data"]["Arn"]) == (SESSION, ARN)


def test_a_bad_property_does_not_fail_a_rollback(world: Simulation) -> None:
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    answer = world.run(event("Update", TimeoutSeconds="0"))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == SESSION


def test_a_bad_property_fails_an_update_whose_stack_cannot_be_read(world: Simulation) -> None:
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.stack.fault = refusal("AccessDenied", 403)
    answer = world.run(event("Update", TimeoutSeconds="0"))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("TimeoutSeconds is '0'")
    assert answer["Reason"].endswith("#accessdeniedexception")


def test_a_bug_while_the_stack_is_read_keeps_the_updates_own_reason(
    world: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_stack: Stack) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(Stack, "read", fail)
    answer = world.run(event("Update", TimeoutSeconds="0"))
    assert "TimeoutSeconds is '0'" in answer["Reason"]


def test_nothing_fails_after_the_answer_was_delivered(
    world: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("waiter.runtime.metrics.record", lambda *_: 1 // 0)
    assert world.run(event())["Status"] == "SUCCESS"


def test_an_unreadable_continuation_is_answered(world: Simulation) -> None:
    answer = world.run(event() | {"Continuation": {}})
    assert "The function itself failed: KeyError in line" in answer["Reason"]
    # It may be about a start, so the Delete of this id has to stop the session.
    assert answer["PhysicalResourceId"] == SESSION


def test_a_fault_before_the_request_is_known_is_answered(
    world: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(invocation, "parse", broken)
    answer = world.run(event())
    assert "The function itself failed: RuntimeError in line" in answer["Reason"]
    assert answer["PhysicalResourceId"] == NOT_STARTED


def test_an_unreadable_continuation_of_a_stop_does_not_count_as_done(world: Simulation) -> None:
    deletes = event("Delete", OnDelete="STOP")
    assert world.run(deletes | {"Continuation": {}})["Status"] == "FAILED"


@pytest.mark.parametrize("kind", [None, "Restore", ["Create"]])
def test_a_request_of_unknown_type_is_answered(world: Simulation, kind: object) -> None:
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


RULES = ["cancelled", "invalid-property", "function-broken", "gone"]


@pytest.mark.parametrize("word", RULES)
def test_a_services_code_is_not_mistaken_for_a_rule(
    world: Simulation, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    world.service.state, world.service.code = "CREATE_FAILED", word
    assert world.run(event())["Reason"].endswith("#failed")
    world.service.faults["get"] = deque([refusal(word, 400)])
    assert world.again(event())["Reason"].endswith("#other-failure")
    written = map(json.loads, capsys.readouterr().out.splitlines())
    assert {line["Outcome"] for line in written if "_aws" in line} == {"FAILED"}


def test_terminal_escapes_do_not_reach_the_attributes(world: Simulation) -> None:
    hostile = "\x1b[2J\x9b31m\n\u202eall is well"
    world.service.state, world.service.message = "READY", hostile
    world.service.extra = {"ownedBy": hostile, "tags": {hostile: hostile}}
    data = world.run(event())["Data"]
    assert "".join(data.values()).isprintable()
    assert data["OwnedBy"] == " [2J 31m  all is well"
    (tag,) = json.loads(data["Tags"]).items()
    assert tag == ("\x1b[2J 31m\n all is well",) * 2


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
def test_the_search_for_secrets_finds_each() -> None:
    print(json.dumps(event()))  # noqa: T201 - what is looked for


@pytest.mark.plants_a_secret
def test_the_search_for_secrets_covers_output_that_a_test_has_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.line("planted", error=os.environ["AWS_SESSION_TOKEN"])
    assert capsys.readouterr().out
