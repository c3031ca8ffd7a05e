"""The function itself fails: killed, timed out, run twice, broken, cut off, or not allowed.

Lambda runs an event again when its function has failed; MiniStack's CloudFormation does not. So
whole stacks show that CloudFormation hears of everything within ``ServiceTimeout``, and requests
that are sent as CloudFormation sends them show that it mostly hears much earlier.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from testkit.cloud.driver import STARTING, TYPE, Outcome, same_words
from testkit.cloud.workers import kill_workers
from testkit.construct.assembly import Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from testkit.cloud.deployer import StackEvent
    from testkit.cloud.driver import Stage

pytestmark = pytest.mark.xdist_group("wrong")

SERVICE_SECONDS = 20
"""More than a function needs here that nothing ails: it would have answered."""
DEAF_SECONDS = 60
STARTED = ["STOPPED", "START_IN_PROGRESS", "READY"]
NOT_ANSWERED = f"timed out after {SERVICE_SECONDS}s waiting for ResponseURL callback"


def plan(name: str, **more: Any) -> Plan:
    return Plan(name, f"session-of-{name}", **more)


# Whole stacks, whose function never answers.

KILLED = plan("Killed", service_seconds=SERVICE_SECONDS)
# It is ended in its first read; one that was not would answer in time.
TIMED_OUT = plan("TimedOut", service_seconds=SERVICE_SECONDS, function_seconds=6)
SLOW_READ = {"kind": "latency", "seconds": 8, "count": 1}
BROKEN_HANDLER = plan("BrokenHandler", service_seconds=SERVICE_SECONDS, broken="handler.py")


def killed(stage: Stage) -> Outcome:
    def meanwhile() -> None:
        stage.wait_for_state(KILLED.session_id, "START_IN_PROGRESS")
        assert kill_workers([stage.deployer.function(KILLED.stack)])
        # One that lived on would see READY.
        stage.control.remove_fault(held)

    stage.seed(KILLED.session_id)
    held = stage.hold(KILLED.session_id, STARTING)
    outcome = stage.deploy(KILLED, meanwhile=meanwhile)
    assert stage.delete(KILLED) == "DELETE_COMPLETE"
    return outcome


def silent(stage: Stage, *, stack: Plan, faults: tuple[dict[str, Any], ...] = ()) -> Outcome:
    stage.seed(stack.session_id)
    stage.faults(stack, faults)
    outcome = stage.deploy(stack, cli=True)
    assert stage.delete(stack) == "DELETE_COMPLETE"
    return outcome


SILENT: dict[str, Callable[[Stage], Outcome]] = {
    "TimedOut": partial(silent, stack=TIMED_OUT, faults=(SLOW_READ,)),
    "BrokenHandler": partial(silent, stack=BROKEN_HANDLER),
    "Killed": killed,
}


@pytest.mark.parametrize("name", SILENT)
def test_cloudformation_goes_on_after_the_service_timeout(
    played: Callable[[str], Outcome], name: str
) -> None:
    outcome = played(name)
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert NOT_ANSWERED in outcome.failure
    began, ended = (
        next(
            datetime.fromisoformat(event.at) for event in outcome.events if event_is(event, status)
        )
        for status in ("CREATE_IN_PROGRESS", "CREATE_FAILED")
    )
    # Between the events: what the stack waits for before them, among all the others, is no matter.
    # Without a limit of its own it would be an hour.
    assert SERVICE_SECONDS - 1 <= (ended - began).total_seconds() < SERVICE_SECONDS + 60


@pytest.mark.parametrize("name", ["TimedOut", "BrokenHandler"])
def test_the_terminal_says_that_nobody_answered(
    played: Callable[[str], Outcome], name: str
) -> None:
    outcome = played(name)
    assert outcome.exit_status != 0
    assert same_words(outcome.failure) in same_words(outcome.terminal), outcome.terminal


def test_a_killed_function_had_started_the_session(played: Callable[[str], Outcome]) -> None:
    assert list(played("Killed").states) == STARTED


def test_a_function_out_of_time_had_asked_for_the_session(
    played: Callable[[str], Outcome],
) -> None:
    outcome = played("TimedOut")
    assert [r["operation"] for r in outcome.requests] == ["GetStreamingSession"]
    assert outcome.states == ("STOPPED",)


def test_a_function_that_cannot_be_loaded_asks_for_nothing(
    played: Callable[[str], Outcome],
) -> None:
    outcome = played("BrokenHandler")
    assert outcome.requests == ()
    assert outcome.states == ("STOPPED",)


def event_is(event: StackEvent, status: str) -> bool:
    return (event.kind, event.status) == (TYPE, status)


# Whole stacks, whose function says what is wrong with it.

BROKEN = plan("Broken", broken="waiter/wait/model.py")
DENIED = plan("Denied")


def broken(stage: Stage) -> Outcome:
    stage.seed(BROKEN.session_id)
    outcome = stage.deploy(BROKEN, cli=True)
    stage.delete(BROKEN)
    return outcome


def denied(stage: Stage) -> Outcome:
    """MiniStack and the emulator check no policy: the service refuses as AWS would."""
    stage.seed(DENIED.session_id)
    start = {"kind": "access-denied", "operation": "StartStreamingSession"}
    stage.faults(DENIED, [start])
    outcome = stage.deploy(DENIED, cli=True)
    stage.delete(DENIED)
    return outcome


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Broken", ("SyntaxError in line 1 of model.py", "Nothing was done to the session.")),
        (
            "Denied",
            (
                "IAM has refused nimble:StartStreamingSession on streaming-session/",
                "Allow the function's role that action on that resource.",
            ),
        ),
    ],
)
def test_the_terminal_says_what_is_wrong_with_the_function(
    played: Callable[[str], Outcome], name: str, words: tuple[str, ...]
) -> None:
    outcome = played(name)
    assert outcome.exit_status != 0
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert outcome.states == ("STOPPED",)
    for each in words:
        assert each in outcome.failure
    assert same_words(outcome.failure) in same_words(outcome.terminal), outcome.terminal


# At the border, where Lambda runs an event again.


@dataclass(frozen=True)
class Handled:
    """The answers to one request, and what its session went through."""

    answers: list[dict[str, Any]]
    states: list[str]
    starts: list[dict[str, Any]]
    seconds: float


def handled(
    stage: Stage, *, stack: Plan, play: Callable[[Stage, Plan, Any], None], runs: int
) -> Handled:
    """Send a Create for a desk to the function of a stack, and wait until its runs have ended."""
    desk = f"desk-of-{stack.stack}"
    stage.seed(desk)
    # READY: a short time for the function is not to be too short for the stack's own session.
    stage.control.add_session(sessionId=stack.session_id, state="READY")
    stage.deploy(stack)
    create = stage.border.event("Create", stage.deployer.stack_id(stack.stack), desk)
    began = time.monotonic()
    play(stage, stack, create)
    answer = stage.border.answer(create, DEAF_SECONDS + 120)
    seconds = time.monotonic() - began
    assert answer["RequestId"] == create["RequestId"]
    # And the run for the stack's own session.
    ended = partial(stage.ended_runs, stack)
    stage.wait(f"the end of {stack.stack}", lambda: ended() > runs)
    stage.flush(stack)
    runs += stage.hand_overs(stack)
    stage.wait(f"the end of {stack.stack}", lambda: ended() > runs)
    assert ended() == runs + 1
    # A run that raises is run again, some seconds later.
    assert "Traceback" not in stage.deployer.platform_log(stack.stack)
    journal = stage.control.journal(sessionId=desk, operation="StartStreamingSession")
    states = [moment["state"] for moment in stage.control.session(desk)["history"]]
    stage.delete(stack)
    return Handled(stage.border.answers(create), states, journal, seconds)


def killed_in_a_wait(stage: Stage, stack: Plan, create: dict[str, Any]) -> None:
    desk = create["ResourceProperties"]["SessionId"]
    held = stage.hold(desk, STARTING)
    stage.border.send(stage.deployer.function(stack.stack), create)
    stage.wait_for_state(desk, "START_IN_PROGRESS")
    assert kill_workers([stage.deployer.function(stack.stack)])
    stage.control.remove_fault(held)


# Longer than the function has, and shorter than it waits for an answer.
NO_TIME = {"kind": "latency", "seconds": 9.5, "count": 1}


def out_of_time(stage: Stage, stack: Plan, create: dict[str, Any]) -> None:
    desk = create["ResourceProperties"]["SessionId"]
    stage.hold(desk, NO_TIME)
    stage.border.send(stage.deployer.function(stack.stack), create)


def delivered_twice(stage: Stage, stack: Plan, create: dict[str, Any]) -> None:
    for _ in range(2):
        stage.border.send(stage.deployer.function(stack.stack), create)
    # The second run may begin after the first has ended.
    stage.wait("both answers", lambda: len(stage.border.answers(create)) == 2)


def not_listened_to(stage: Stage, stack: Plan, create: dict[str, Any]) -> None:
    path = stage.border.path(create)
    stage.border.deaf_until[path] = time.monotonic() + DEAF_SECONDS
    stage.border.send(stage.deployer.function(stack.stack), create)


# With the number of runs that each comes to, hand-overs apart.
AGAIN = {
    "KilledInAWait": (plan("KilledInAWait"), killed_in_a_wait, 2),
    "OutOfTime": (plan("OutOfTime", function_seconds=9), out_of_time, 2),
    "DeliveredTwice": (plan("DeliveredTwice"), delivered_twice, 2),
    "Deaf": (plan("Deaf"), not_listened_to, 1),
}

PLANS = [KILLED, TIMED_OUT, BROKEN_HANDLER, BROKEN, DENIED, *(each[0] for each in AGAIN.values())]
PLAYS: dict[str, Callable[[Stage], Any]] = {
    **SILENT,
    "Broken": broken,
    "Denied": denied,
    **{
        name: partial(handled, stack=stack, play=play, runs=runs)
        for name, (stack, play, runs) in AGAIN.items()
    },
}


@pytest.mark.parametrize("name", AGAIN)
def test_whatever_happens_the_session_is_started_once(
    played: Callable[[str], Handled], name: str
) -> None:
    found = played(name)
    assert {answer["Status"] for answer in found.answers} == {"SUCCESS"}
    assert found.states == STARTED
    assert len({start["clientToken"] for start in found.starts}) == 1


@pytest.mark.parametrize("name", ["KilledInAWait", "OutOfTime"])
def test_a_run_that_ended_without_an_answer_is_made_up_for_at_once(
    played: Callable[[str], Handled], name: str
) -> None:
    found = played(name)
    assert len(found.answers) == 1
    assert found.seconds < 60


def test_two_runs_of_one_event_answer_the_same(played: Callable[[str], Handled]) -> None:
    found = played("DeliveredTwice")
    first, second = found.answers
    assert first == second


def test_the_answer_is_kept_until_cloudformation_takes_it(
    played: Callable[[str], Handled],
) -> None:
    found = played("Deaf")
    assert len(found.answers) == 1
    assert DEAF_SECONDS < found.seconds < DEAF_SECONDS + 60
