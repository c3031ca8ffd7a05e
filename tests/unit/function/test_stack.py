"""When the stack is asked, and what its answers mean."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from simulation import STACK, Clock, CloudFormation, event, refusal
from streaming_session.exceptions import ServiceError
from streaming_session.plan import Act, BackOff, Do, Done, Fail, Rule, Step, Wait
from streaming_session.request import parse
from streaming_session.stack import Stack

START, STOP = Do(Act.START), Do(Act.STOP)


def stack(kind: str, status: str) -> tuple[Stack, CloudFormation]:
    played = CloudFormation(status)
    client: Any = played
    return Stack(parse(event(kind)), client), played


@pytest.mark.parametrize(
    ("step", "at_once", "create", "update"),
    [
        (START, True, False, True),
        (START, False, True, True),
        (STOP, True, True, True),
        (BackOff(5), False, False, True),
        (Wait(), True, False, True),
        (Done(), True, False, False),
        (Fail(Rule.FAILED), True, False, True),
        (Fail(Rule.STOP_FAILED), True, False, True),
        (Fail(Rule.ABSENT), True, False, False),
        (Fail(Rule.GONE), True, False, False),
    ],
)
def test_the_first_question(step: Step, *, at_once: bool, create: bool, update: bool) -> None:
    for kind, asks in (("Create", create), ("Update", update), ("Delete", False)):
        asked, played = stack(kind, "UPDATE_ROLLBACK_IN_PROGRESS")
        assert asked.cancels(step, at_once=at_once) is asks
        assert played.asked == [f"DescribeStacks {STACK}"] * asks


def test_an_update_that_only_waits_asks_once() -> None:
    asked, played = stack("Update", "UPDATE_IN_PROGRESS")
    for _ in range(3):
        assert not asked.cancels(Wait())
    assert len(played.asked) == 1
    assert not asked.cancels(START)
    assert len(played.asked) == 2


OVER = [
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "CREATE_FAILED",
]


@pytest.mark.parametrize("status", OVER)
def test_only_a_create_takes_a_stack_that_waits_no_more_for_the_end(status: str) -> None:
    """An Update may be the first to come after such a status, and a read of it may be old."""
    for kind, undone in (("Create", True), ("Update", False)):
        asked, _ = stack(kind, status)
        assert asked.is_undone() is undone


@pytest.mark.parametrize(
    ("status", "undone"),
    [
        ("CREATE_IN_PROGRESS", False),
        ("UPDATE_IN_PROGRESS", False),
        ("IMPORT_IN_PROGRESS", False),
        ("REVIEW_IN_PROGRESS", False),
        ("ROLLBACK_IN_PROGRESS", True),
        ("UPDATE_ROLLBACK_IN_PROGRESS", True),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", True),
        ("DELETE_IN_PROGRESS", True),
    ],
)
def test_what_a_status_means(status: str, *, undone: bool) -> None:
    for kind in ("Create", "Update"):
        asked, _ = stack(kind, status)
        assert asked.is_undone() is undone
    asked, played = stack("Delete", status)
    assert not asked.is_undone()
    assert not played.asked


TRIES = 5
PASSING = [
    refusal("Throttling", 400, "Rate exceeded"),
    refusal("InternalFailure", 500),
    ReadTimeoutError(endpoint_url="https://cloudformation"),
]


@pytest.mark.parametrize("refusals", range(TRIES))
@pytest.mark.parametrize("refusal", PASSING, ids=str)
def test_a_question_that_gets_no_answer_is_asked_again(refusal: Exception, refusals: int) -> None:
    clock = Clock()
    played = CloudFormation("UPDATE_ROLLBACK_IN_PROGRESS", refusals=refusals, refusal=refusal)
    client: Any = played
    assert Stack(parse(event("Update")), client, clock.sleep).is_undone()
    assert len(played.asked) == refusals + 1
    assert len(clock.slept) == refusals
    assert all(0 <= seconds <= 2**n for n, seconds in enumerate(clock.slept))


@pytest.mark.parametrize("refusal", PASSING, ids=str)
def test_a_question_without_an_answer_undoes_nothing_and_lets_nothing_be_stopped(
    refusal: Exception,
) -> None:
    clock, played = Clock(), CloudFormation(refusals=2 * TRIES, refusal=refusal)
    client: Any = played
    asked = Stack(parse(event("Update")), client, clock.sleep)
    assert not asked.is_undone()
    with pytest.raises(ServiceError, match="cloudformation:ListStackResources: "):
        asked.spares()
    assert len(played.asked) == 2 * TRIES


def test_any_other_refusal_is_taken_at_once() -> None:
    clock, played = Clock(), CloudFormation(fault=refusal("AccessDenied", 403))
    client: Any = played
    asked = Stack(parse(event("Update")), client, clock.sleep)
    assert not asked.is_undone()
    assert not asked.spares()
    assert len(played.asked) == 2
    assert not clock.slept
