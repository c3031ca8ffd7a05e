"""What the soak would say of a function that does what it must not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deployer import StackEvent
from soak.seen import Seen
from soak.story import Act, Story, draw

CREATE = Act("create")
TRIGGER = Act("update", trigger=1)
DELETE = Act("delete")
STORY = Story(1, 2, "STOPPED", stop=False, function_seconds=900, acts=(CREATE, TRIGGER, DELETE))
STACK = "AWS::CloudFormation::Stack"
ROLLBACK = StackEvent("2026-11-23T10:00:05.000Z", "s", STACK, "UPDATE_ROLLBACK_IN_PROGRESS", "")


def request(verb: str, at: str = "2026-11-23T10:00:01.000Z", **more: Any) -> dict[str, Any]:
    made = {"operation": f"{verb}StreamingSession", "outcome": "OK", "replayed": False}
    return {**made, "caller": "000000000000", "clientToken": at, "at": at, **more}


def answer(state: str | None = "READY", **more: Any) -> dict[str, Any]:
    data = {} if state is None else {"State": state}
    return {"RequestId": "r", "Status": "SUCCESS", "Data": data, "Size": 100, **more}


WELL = Seen(
    story=STORY,
    act=CREATE,
    before=None,
    status="CREATE_COMPLETE",
    outputs={"State": "READY"},
    events=[],
    requests=[request("Start")],
    answers=[answer()],
    killed=False,
    state="READY",
    now="READY",
    from_backup=None,
)
TROUBLED = replace(WELL, act=replace(CREATE, faults=({"kind": "drop"},)))
UPDATED = replace(WELL, act=TRIGGER, before=CREATE, status="UPDATE_COMPLETE")
UNDONE = replace(UPDATED, status="UPDATE_ROLLBACK_COMPLETE", events=[ROLLBACK])
DELETED = replace(WELL, act=DELETE, before=CREATE, status="DELETE_COMPLETE", requests=[])
UNANSWERED = StackEvent("", "w", "Custom::X", "CREATE_FAILED", "waiting for ResponseURL callback")


@pytest.mark.parametrize(
    "seen",
    [
        WELL,
        UPDATED,
        UNDONE,
        replace(UNDONE, answers=[answer("STOPPED", Reason="The stack is being undone; so.")]),
        replace(UPDATED, requests=[request("Stop", caller="somebody-else")]),
        replace(DELETED, story=replace(STORY, stop=True), requests=[request("Stop")]),
        replace(WELL, killed=True, status="ROLLBACK_COMPLETE", events=[UNANSWERED], answers=[]),
        replace(UNDONE, status="UPDATE_ROLLBACK_FAILED", state="DELETED"),
    ],
)
def test_what_is_right_is_left_alone(seen: Seen) -> None:
    assert list(seen.violations()) == []


@pytest.mark.parametrize(
    ("seen", "what"),
    [
        (replace(WELL, answers=[answer(), answer()]), "2 answers"),
        (replace(WELL, events=[UNANSWERED]), "no answer"),
        (replace(WELL, answers=[answer("STOPPED")]), "SUCCESS with a session that is 'STOPPED'"),
        (replace(UPDATED, answers=[answer("STOPPED", Reason="being undone")]), "'STOPPED'"),
        (replace(WELL, answers=[answer(None, Status="FAILED", Reason="so")]), "without its entry"),
        (replace(WELL, answers=[answer(Reason="\x1b[2J")]), "not printable"),
        (replace(WELL, answers=[answer(Size=4097)]), "4097 bytes"),
        (replace(DELETED, requests=[request("Start")]), "a delete started"),
        (replace(UNDONE, requests=[request("Start", "2026-11-23T10:00:06.000Z")]), "a rollback"),
        (replace(UPDATED, requests=[request("Stop")]), "nobody allowed"),
        (replace(DELETED, requests=[request("Stop")]), "nobody allowed"),
        (replace(TROUBLED, requests=[request("Start"), request("Start")]), "one token"),
        (replace(WELL, outputs={"State": "STOPPED"}), "the output 'STOPPED'"),
        (replace(UNDONE, status="UPDATE_ROLLBACK_FAILED"), "UPDATE_ROLLBACK_FAILED with"),
        (replace(WELL, now="STOPPED"), "the session is STOPPED"),
        (replace(WELL, requests=[request("Start"), request("Start", at="x")]), "2 starts"),
        (replace(WELL, from_backup="b"), "started from b instead of None"),
    ],
)
def test_what_must_not_be_is_told(seen: Seen, what: str) -> None:
    (told,) = seen.violations()
    assert what in told


def test_a_seed_and_a_number_draw_one_story() -> None:
    assert draw(7, 3) == draw(7, 3)
    assert draw(7, 3) != draw(7, 4)
    assert draw(7, 3) != draw(8, 3)


def test_stories_differ_in_everything_that_can_go_wrong() -> None:
    stories = [draw(1, number) for number in range(200)]
    acts = [act for story in stories for act in story.acts]
    assert len({fault["kind"] for act in acts for fault in act.faults}) == 12
    assert len({story.state for story in stories}) == 11
    for has in ("other", "backup", "restart", "after", "drift", "kill_after", "deaf", "trigger"):
        assert {bool(getattr(act, has)) for act in acts} == {True, False}
