"""The soak reports a function that breaks a rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from soak.checks.steps import STACK
from soak.cloud.invocations import Invocation
from soak.cloud.relay import STACK_FAULTS
from soak.sessions.steps import SessionStepResult
from soak.sessions.story import SessionStep, SessionStory, draw
from testkit.cloud.deployer import StackEvent

CREATE = SessionStep("create")
TRIGGER = SessionStep("update", trigger=1)
REPLACE = SessionStep("update", other=True)
DELETE = SessionStep("delete")
STORY = SessionStory(
    seed=1,
    number=2,
    state="STOPPED",
    stop=False,
    function_seconds=900,
    steps=(CREATE, TRIGGER, DELETE),
)
MAIN, OTHER, SECOND = STORY.session_ids


def at(step: int) -> str:
    """Return a time; steps are 6 s apart, so that two answers about the stack may agree."""
    return f"2026-11-23T10:{step // 10:02}:{step % 10 * 6:02}.000Z"


ROLLBACK = StackEvent(at(5), "s", STACK, "UPDATE_ROLLBACK_IN_PROGRESS", "")
UNANSWERED = StackEvent(
    at(4), "w", "Custom::X", "CREATE_FAILED", "waiting for ResponseURL callback"
)


def request(verb: str, second: int = 1, by: str = "r", **more: Any) -> dict[str, Any]:
    made = {"operation": f"{verb}StreamingSession", "outcome": "OK", "replayed": False}
    token = f"{verb.lower()}-{second}-{by}"
    made |= {"sessionId": MAIN, "caller": "000000000000", "clientToken": token}
    made |= {"faults": [], "milliseconds": 1.5}
    return {**made, "at": at(second), **more}


def history(*moments: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"state": state, "at": at(second)} for state, second in moments]


def answer(state: str | None = "READY", second: int = 3, **more: Any) -> dict[str, Any]:
    data = {} if state is None else {"State": state}
    made = {"RequestId": "r", "Status": "SUCCESS", "Data": data, "Size": 100, "At": at(second)}
    return {**made, **more}


def event(date: str = "20261123T100000Z", **more: str) -> dict[str, Any]:
    properties = {"TimeoutSeconds": "120", "SessionId": MAIN, **more}
    return {"ResponseURL": f"http://x/?X-Amz-Date={date}", "ResourceProperties": properties}


def asked(*seconds: int, fault: str = "", action: str = "DescribeStacks") -> list[dict[str, str]]:
    return [{"Action": action, "Fault": fault, "At": at(second)} for second in seconds]


def invocation(kind: str, second: int = 0, session: str = MAIN, **more: Any) -> Invocation:
    made: dict[str, Any] = {"request": "r", "resource": "w", "event": event()}
    made |= {"began": at(second), "ended": at(second + 3)}
    made["physical"] = "" if kind == "Create" else session
    return Invocation(STORY.stack, "f", kind=kind, session=session, **{**made, **more})


def killed(kind: str = "Create", **more: Any) -> Invocation:
    return invocation(kind, error="Worker process died", **more)


LOOK = request("Get", 2)
LOOK_AT_OTHER = request("Get", 2, sessionId=OTHER)
PAST = history(("STOPPED", 0), ("START_IN_PROGRESS", 1), ("READY", 2))
# The read came when the session was no longer READY, or not yet.
STOPPED_SINCE = history(("READY", 0), ("STOPPED", 1))
READY_LATE = history(("STOPPED", 0), ("START_IN_PROGRESS", 1), ("READY", 3))
WELL = SessionStepResult(
    story=STORY,
    step=CREATE,
    before=None,
    status="CREATE_COMPLETE",
    outputs={"State": "READY"},
    events=[],
    requests=[LOOK, request("Start")],
    answers=[answer()],
    queries=asked(*range(20)),
    invocations=[invocation("Create")],
    kills=[],
    states={MAIN: "READY", OTHER: "STOPPED", SECOND: "STOPPED"},
    histories={MAIN: PAST, OTHER: [], SECOND: []},
    from_backup=None,
)
TROUBLED = replace(WELL, step=replace(CREATE, faults=({"kind": "drop"},)))
UPDATED = replace(
    WELL, step=TRIGGER, before=CREATE, status="UPDATE_COMPLETE", invocations=[invocation("Update")]
)
REVERT = invocation("Update", 6, request="back")
UNDONE = replace(
    UPDATED,
    status="UPDATE_ROLLBACK_COMPLETE",
    events=[ROLLBACK],
    invocations=[invocation("Update"), REVERT],
)
BACK = answer("STOPPED", 7, RequestId="back", Reason="The stack is rolling back; so.")
STUCK = replace(UNDONE, status="UPDATE_ROLLBACK_FAILED")
DELETED = replace(
    WELL,
    step=DELETE,
    before=CREATE,
    status="DELETE_COMPLETE",
    requests=[],
    answers=[answer(None)],
    invocations=[invocation("Delete")],
)
STOPS = replace(STORY, stop=True)
ASKED = replace(DELETED, story=STOPS, requests=[LOOK, request("Stop")])
RESTARTS = replace(TRIGGER, backup=1, restart=True)
RESTARTED = replace(UPDATED, step=RESTARTS, requests=[LOOK, request("Stop")])
REPLACED = replace(
    UPDATED,
    story=STOPS,
    step=REPLACE,
    requests=[LOOK_AT_OTHER, request("Stop", 5, "d")],
    histories={MAIN: history(("READY", 0), ("STOP_IN_PROGRESS", 5)), OTHER: PAST},
    queries=[*WELL.queries, *asked(5, action="ListStackResources")],
    invocations=[
        invocation("Update", session=OTHER, physical=MAIN),
        invocation("Delete", 4, request="d"),
    ],
    answers=[answer(), answer(None, RequestId="d")],
    states={MAIN: "STOPPED", OTHER: "READY"},
)
SILENT = replace(WELL, status="ROLLBACK_COMPLETE", events=[UNANSWERED], answers=[])
KILL = (at(1), at(2))
LIED = replace(WELL, histories={MAIN: STOPPED_SINCE})
STALE = request("Get", 2, faults=["latency", "stale-read"])
CUT = request("Get", 3, faults=["half-answer"])
# Killed just after its answer, and invoked again when the stack is already rolling back.
TWICE = replace(
    UPDATED,
    requests=[LOOK, request("Get", 7), request("Get", 9)],
    answers=[answer(), answer(second=9)],
    invocations=[
        killed("Update", onward=True),
        invocation("Update", 5, onward=True, ended=at(9)),
        invocation("Update", 6, request="back"),
    ],
    kills=[(at(2), at(3))],
    histories={MAIN: [*PAST, *history(("STOPPED", 8))]},
)


BACKUP = invocation("Create", event=event(BackupId="b"))
RESTORED = replace(WELL, invocations=[BACKUP])
STARTS = replace(UPDATED, requests=[LOOK, request("Start")])
# A creation rolls back, and a session started long enough after the stack is stopped.
REVERTED = replace(
    WELL,
    story=STOPS,
    status="ROLLBACK_COMPLETE",
    events=[
        replace(ROLLBACK, at=at(0), status="CREATE_IN_PROGRESS"),
        replace(ROLLBACK, at=at(13), status="ROLLBACK_IN_PROGRESS"),
    ],
    requests=[request("Stop", 15, "d")],
    answers=[],
    invocations=[invocation("Delete", 13, request="d")],
    histories={MAIN: history(("START_IN_PROGRESS", 11), ("READY", 12))},
)
AGAIN = answer("STOPPED", Again=True, Reason="The stack is rolling back; so.")
UNREAD = answer(
    None,
    7,
    RequestId="back",
    Status="FAILED",
    Reason="So; and the stack's status is unknown. See docs/operations.md#x",
)


@pytest.mark.parametrize(
    "observed",
    [
        RESTORED,
        STARTS,
        REVERTED,
        replace(UPDATED, answers=[answer(), AGAIN]),
        replace(STARTS, queries=asked(0, fault="stale")),
        replace(STARTS, queries=[], step=replace(TRIGGER, stack_fault="forbidden")),
        replace(RESTORED, queries=asked(0, 1)),
        replace(STUCK, step=replace(TRIGGER, stack_fault="silent"), answers=[UNREAD]),
        # The event of the rollback has a later time than its first request.
        replace(
            STUCK,
            step=replace(TRIGGER, stack_fault="silent"),
            answers=[UNREAD],
            events=[replace(ROLLBACK, at=at(7))],
        ),
        # An old status, or a second delivery of a Create that is younger than a minute.
        replace(
            UNDONE,
            step=replace(TRIGGER, stack_fault="stale"),
            requests=[LOOK, request("Start", 5, at=at(5).replace("0.000", "3.000"))],
        ),
        replace(
            WELL,
            step=replace(CREATE, again=True),
            status="ROLLBACK_COMPLETE",
            events=[replace(ROLLBACK, status="ROLLBACK_IN_PROGRESS")],
            requests=[LOOK, request("Start", 6)],
        ),
        WELL,
        UPDATED,
        UNDONE,
        ASKED,
        DELETED,
        RESTARTED,
        REPLACED,
        replace(UNDONE, answers=[BACK]),
        replace(UPDATED, requests=[LOOK, request("Stop", caller="somebody-else")]),
        replace(SILENT, invocations=[killed()], kills=[KILL]),
        replace(STUCK, states={MAIN: "DELETED"}),
        # It stopped after the read, or in the same millisecond, or the read was stale.
        replace(LIED, histories={MAIN: [*PAST, *history(("STOPPED", 3))]}),
        replace(LIED, histories={MAIN: history(("READY", 0), ("STOPPED", 2))}),
        replace(LIED, requests=[STALE]),
        # Other reads don't count: before the last one, without success, or late.
        replace(WELL, requests=[request("Get", 1), LOOK]),
        replace(WELL, requests=[LOOK, CUT], histories={MAIN: [*PAST, *history(("STOPPED", 3))]}),
        replace(WELL, requests=[LOOK, request("Get", 5)]),
        TWICE,
        replace(
            STUCK,
            invocations=[invocation("Update"), killed("Update", second=6, request="back")],
            kills=[(at(7), at(8))],
        ),
    ],
)
def test_a_correct_step_has_no_violations(observed: SessionStepResult) -> None:
    assert list(observed.violations()) == []


@pytest.mark.parametrize(
    ("observed", "what"),
    [
        (replace(WELL, requests=[LOOK, request("Start", by="q")]), "no request made"),
        (replace(WELL, requests=[LOOK, request("Start", 22)]), "12 s after its deadline"),
        (
            replace(WELL, invocations=[invocation("Create", event=event("20261123T095700Z"))]),
            "66 s after its deadline",
        ),
        (replace(ASKED, queries=[]), "a stop without two answers"),
        (replace(ASKED, queries=asked(0)), "a stop without two answers"),
        (replace(ASKED, queries=asked(1, 1)), "a stop without two answers"),
        (replace(ASKED, queries=asked(0, 1, fault="throttled")), "a stop without two answers"),
        (replace(ASKED, step=replace(DELETE, stack_fault="silent"), queries=[]), "two answers"),
        (replace(REPLACED, queries=WELL.queries), "without a list of the stack's resources"),
        (replace(RESTORED, queries=asked(0, 2)), "a start without two answers"),
        (replace(STARTS, queries=[]), "a start without an answer"),
        (
            replace(
                STARTS,
                queries=asked(1, fault="failing"),
                step=replace(TRIGGER, stack_fault="failing"),
            ),
            "a start without an answer",
        ),
        # Started in the stack's first minute, or not at all as far as we know.
        (replace(REVERTED, histories={MAIN: history(("START_IN_PROGRESS", 9))}), "found running"),
        (replace(REVERTED, histories={MAIN: history(("READY", 12))}), "found running"),
        (replace(STUCK, answers=[UNREAD]), "UPDATE_ROLLBACK_FAILED with"),
        (replace(UPDATED, answers=[answer(), {**AGAIN, "Again": False}]), "'STOPPED'"),
        (replace(WELL, answers=[answer(Data={"State": "READY", "Arn": "*"})]), "with Arn '*'"),
        (
            replace(
                UNDONE,
                step=replace(TRIGGER, stack_fault="stale"),
                requests=[LOOK, request("Start", 6)],
            ),
            "a rollback started",
        ),
        (SILENT, "no answer"),
        # The kill hit no invocation, one of another resource, or one that Lambda retries.
        (replace(SILENT, kills=[KILL]), "no answer"),
        (replace(SILENT, invocations=[killed(resource="v")], kills=[KILL]), "no answer"),
        (replace(SILENT, invocations=[killed(onward=True)], kills=[KILL]), "no answer"),
        (replace(SILENT, invocations=[killed(second=20)], kills=[KILL]), "no answer"),
        (replace(WELL, answers=[answer("STOPPED")]), "SUCCESS with a session that is 'STOPPED'"),
        (replace(WELL, answers=[answer(None)]), "SUCCESS with a session that is None"),
        (replace(UPDATED, answers=[answer("STOPPED", Reason="rolling back")]), "'STOPPED'"),
        # The answer says READY, but the session wasn't.
        (LIED, f"SUCCESS, and {MAIN} was STOPPED when it was read"),
        (replace(WELL, histories={MAIN: READY_LATE}), "was START_IN_PROGRESS when"),
        (replace(UPDATED, histories={MAIN: STOPPED_SINCE}), "was STOPPED when"),
        (replace(REPLACED, histories={MAIN: PAST, OTHER: STOPPED_SINCE}), f"{OTHER} was STOPPED"),
        (replace(LIED, requests=[STALE, LOOK]), "was STOPPED when"),
        (replace(TROUBLED, histories={MAIN: STOPPED_SINCE}), "was STOPPED when"),
        (replace(LIED, requests=[request("Get", 0), LOOK]), "was STOPPED when"),
        # There was no read at all, none in time, none of this session, or none with an answer.
        (replace(WELL, requests=[]), f"SUCCESS without a read of {MAIN}"),
        (replace(WELL, requests=[request("Get", 4)]), "without a read"),
        (replace(WELL, requests=[LOOK_AT_OTHER]), "without a read"),
        (replace(WELL, requests=[request("Get", outcome="DROPPED")]), "without a read"),
        (replace(WELL, requests=[request("Get", caller="somebody-else")]), "without a read"),
        (replace(WELL, requests=[CUT]), "without a read"),
        (replace(WELL, invocations=[invocation("Create", 3)], requests=[LOOK]), "without a read"),
        (replace(TWICE, requests=[LOOK, request("Get", 9)]), "was STOPPED when"),
        # Answered before the rollback began, or not to an Update.
        (replace(UNDONE, answers=[{**BACK, "At": at(4)}]), "'STOPPED'"),
        (
            replace(
                UNDONE,
                requests=[LOOK],
                answers=[BACK],
                invocations=[replace(REVERT, kind="Create")],
            ),
            "'STOPPED'",
        ),
        (replace(WELL, answers=[answer(None, Status="FAILED", Reason="so")]), "without its entry"),
        (replace(WELL, answers=[answer(Reason="\x1b[2J")]), "not printable"),
        (replace(WELL, answers=[answer(Size=4097)]), "4097 bytes"),
        (replace(DELETED, requests=[LOOK, request("Start")]), "a delete started"),
        (replace(UNDONE, requests=[LOOK, request("Start", 6)]), "a rollback"),
        (replace(UNDONE, requests=[LOOK, request("Start", 6, outcome="DROPPED")]), "a rollback"),
        (replace(UPDATED, requests=[LOOK, request("Stop")]), "was not allowed"),
        (replace(DELETED, requests=[LOOK, request("Stop")]), "was not allowed"),
        (replace(ASKED, answers=[], invocations=[invocation("Update")]), "was not allowed"),
        (replace(DELETED, requests=[LOOK, request("Stop", outcome="DROPPED")]), "was not allowed"),
        (replace(ASKED, requests=[LOOK, request("Stop", sessionId=OTHER)]), "was not allowed"),
        (replace(RESTARTED, requests=[LOOK, request("Stop", sessionId=OTHER)]), "was not allowed"),
        (replace(RESTARTED, step=replace(RESTARTS, restart=False)), "was not allowed"),
        (
            replace(RESTARTED, status="x", events=[ROLLBACK], requests=[LOOK, request("Stop", 6)]),
            "was not allowed",
        ),
        # A replaced session before its Delete; its replacement; and one restored by a rollback.
        (replace(REPLACED, requests=[LOOK_AT_OTHER, request("Stop", 3)]), "was not allowed"),
        (
            replace(REPLACED, requests=[LOOK_AT_OTHER, request("Stop", 5, "d", sessionId=OTHER)]),
            "was not allowed",
        ),
        (replace(UNDONE, story=STOPS, requests=[LOOK, request("Stop", 6)]), "was not allowed"),
        (replace(TROUBLED, requests=[LOOK, request("Start"), request("Start")]), "one token"),
        (replace(WELL, outputs={"State": "STOPPED"}), "the output 'STOPPED'"),
        (STUCK, "UPDATE_ROLLBACK_FAILED with"),
        (replace(STUCK, states={MAIN: "READY", OTHER: "DELETED"}), "UPDATE_ROLLBACK_FAILED with"),
        (replace(STUCK, kills=[(at(7), at(8))]), "UPDATE_ROLLBACK_FAILED with"),
        (replace(WELL, states={MAIN: "STOPPED"}), f"{MAIN} is 'STOPPED'"),
        (
            replace(
                WELL,
                invocations=[
                    invocation("Create"),
                    invocation("Create", session=SECOND, request="s"),
                ],
            ),
            f"{SECOND} is 'STOPPED'",
        ),
        (replace(WELL, requests=[LOOK, request("Start"), request("Start", 2)]), "2 starts"),
        (replace(WELL, from_backup="b"), "started from b instead of None"),
    ],
)
def test_a_violation_is_reported(observed: SessionStepResult, what: str) -> None:
    (violation,) = observed.violations()
    assert what in violation


def test_a_seed_and_a_number_draw_one_story() -> None:
    assert draw(7, 3) == draw(7, 3)
    assert draw(7, 3) != draw(7, 4)
    assert draw(7, 3) != draw(8, 3)


def test_stories_include_everything_that_can_go_wrong() -> None:
    stories = [draw(1, number) for number in range(200)]
    steps = [step for story in stories for step in story.steps]
    assert len({fault["kind"] for step in steps for fault in step.faults}) == 13
    assert len({story.state for story in stories}) == 11
    assert {step.aim for step in steps if step.faults} == {"own", "before", "second"}
    assert {story.pair for story in stories} == {True, False}
    assert {step.stack_fault for step in steps} == {"", *STACK_FAULTS}
    assert {step.age for step in steps} == {0.0, 20.0, 65.0, 100.0, 4000.0}
    assert {step.again_after for step in steps} == {0.0, 65.0, 75.0, 3600.0}
    for has in (
        "again",
        "other",
        "backup",
        "restart",
        "after",
        "drift",
        "kill_after",
        "unavailable",
        "trigger",
    ):
        assert {bool(getattr(step, has)) for step in steps} == {True, False}


def test_faults_hit_the_drawn_session() -> None:
    assert STORY.struck(REPLACE, CREATE) == OTHER
    assert STORY.struck(replace(REPLACE, aim="before"), CREATE) == MAIN
    assert STORY.struck(replace(CREATE, aim="before"), None) == MAIN
    assert STORY.struck(replace(REPLACE, aim="second"), CREATE) == SECOND
