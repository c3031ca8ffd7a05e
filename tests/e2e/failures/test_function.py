"""Failures of the function: killed, timed out, invoked twice, broken, cut off or not allowed.

Lambda retries an event if its function failed; MiniStack's CloudFormation doesn't. So whole stacks
show that CloudFormation gets every result within ``ServiceTimeout``, and requests sent in
CloudFormation's form show that it usually gets them much earlier.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from testkit.cloud.driver import STARTING, DeployResult, same_words
from testkit.cloud.workers import kill_workers
from testkit.construct.assembly import Plan
from testkit.events import TYPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from testkit.cloud.deployer import StackEvent
    from testkit.cloud.driver import Driver

pytestmark = pytest.mark.xdist_group("failures")

SERVICE_SECONDS = 40
"""More time than a working function needs to answer, also on a slow machine."""
UNAVAILABLE_SECONDS = 60
STARTED = ["STOPPED", "START_IN_PROGRESS", "READY"]
NOT_ANSWERED = f"timed out after {SERVICE_SECONDS}s waiting for ResponseURL callback"


def plan(name: str, **more: Any) -> Plan:
    return Plan(name, f"session-of-{name}", **more)


# Whole stacks with a function that never answers.

KILLED = plan("Killed", service_seconds=SERVICE_SECONDS)
# Lambda ends the function during its first read. Otherwise it would answer in time.
TIMED_OUT = plan("TimedOut", service_seconds=SERVICE_SECONDS, function_seconds=6)
SLOW_READ = {"kind": "latency", "seconds": 8, "count": 1}
BROKEN_HANDLER = plan("BrokenHandler", service_seconds=SERVICE_SECONDS, broken="handler.py")


def killed(driver: Driver) -> DeployResult:
    def meanwhile() -> None:
        driver.wait_for_state(KILLED.session_id, "START_IN_PROGRESS")
        assert kill_workers([driver.deployer.function(KILLED.stack)])
        # A function that survived would see READY.
        driver.control.remove_fault(held)

    driver.seed(KILLED.session_id)
    held = driver.hold(KILLED.session_id, STARTING)
    outcome = driver.deploy(KILLED, meanwhile=meanwhile)
    assert driver.delete(KILLED) == "DELETE_COMPLETE"
    return outcome


def silent(
    driver: Driver, *, stack: Plan, faults: tuple[dict[str, Any], ...] = (), cli: bool = False
) -> DeployResult:
    driver.seed(stack.session_id)
    driver.faults(stack, faults)
    outcome = driver.deploy(stack, cli=cli)
    assert driver.delete(stack) == "DELETE_COMPLETE"
    return outcome


SILENT: dict[str, Callable[[Driver], DeployResult]] = {
    "TimedOut": partial(silent, stack=TIMED_OUT, faults=(SLOW_READ,), cli=True),
    "BrokenHandler": partial(silent, stack=BROKEN_HANDLER),
    "Killed": killed,
}


@pytest.mark.parametrize("name", SILENT)
def test_cloudformation_continues_after_the_service_timeout(
    result_of: Callable[[str], DeployResult], name: str
) -> None:
    outcome = result_of(name)
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert NOT_ANSWERED in outcome.failure
    began, ended = (
        next(
            datetime.fromisoformat(event.at) for event in outcome.events if event_is(event, status)
        )
        for status in ("CREATE_IN_PROGRESS", "CREATE_FAILED")
    )
    # Measured between these two events, since the stack may wait for other things before them.
    # Without its own limit, it would take an hour.
    assert SERVICE_SECONDS - 1 <= (ended - began).total_seconds() < SERVICE_SECONDS + 300


def test_the_terminal_names_the_missing_answer(
    result_of: Callable[[str], DeployResult],
) -> None:
    outcome = result_of("TimedOut")
    assert outcome.exit_status != 0
    assert same_words(outcome.failure) in same_words(outcome.terminal), outcome.terminal


def test_a_killed_function_had_started_the_session(
    result_of: Callable[[str], DeployResult],
) -> None:
    assert list(result_of("Killed").states) == STARTED


def test_a_function_out_of_time_had_read_the_session(
    result_of: Callable[[str], DeployResult],
) -> None:
    outcome = result_of("TimedOut")
    assert [r["operation"] for r in outcome.requests] == ["GetStreamingSession"]
    assert outcome.states == ("STOPPED",)


def test_a_function_that_cannot_be_loaded_makes_no_calls(
    result_of: Callable[[str], DeployResult],
) -> None:
    outcome = result_of("BrokenHandler")
    assert outcome.requests == ()
    assert outcome.states == ("STOPPED",)


def event_is(event: StackEvent, status: str) -> bool:
    return (event.kind, event.status) == (TYPE, status)


# Whole stacks with a function that reports its own failure.

BROKEN = plan("Broken", broken="waiter/wait/model.py")
DENIED = plan("Denied")


def broken(driver: Driver) -> DeployResult:
    driver.seed(BROKEN.session_id)
    outcome = driver.deploy(BROKEN)
    driver.delete(BROKEN)
    return outcome


def denied(driver: Driver) -> DeployResult:
    """Refuse starts in the emulator as IAM would, since nothing here checks policies."""
    driver.seed(DENIED.session_id)
    start = {"kind": "access-denied", "operation": "StartStreamingSession"}
    driver.faults(DENIED, [start])
    outcome = driver.deploy(DENIED)
    driver.delete(DENIED)
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
def test_the_reason_says_what_is_wrong_with_the_function(
    result_of: Callable[[str], DeployResult], name: str, words: tuple[str, ...]
) -> None:
    outcome = result_of(name)
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert outcome.states == ("STOPPED",)
    for each in words:
        assert each in outcome.failure


# Requests that are sent directly, so that Lambda retries them.


@dataclass(frozen=True)
class Handled:
    """The answers to one request, and the states of its session."""

    answers: list[dict[str, Any]]
    states: list[str]
    starts: list[dict[str, Any]]
    seconds: float


def handled(
    driver: Driver, *, stack: Plan, act: Callable[[Driver, Plan, Any], None], runs: int
) -> Handled:
    """Send a Create for another session to a function, and wait until its invocations end."""
    session_id = f"direct-session-of-{stack.stack}"
    driver.seed(session_id)
    # READY, so that the function's short timeout is enough for the stack's own session.
    driver.control.add_session(sessionId=stack.session_id, state="READY")
    driver.deploy(stack)
    create = driver.sender.event("Create", driver.deployer.stack_id(stack.stack), session_id)
    began = time.monotonic()
    act(driver, stack, create)
    answer = driver.sender.answer(create, UNAVAILABLE_SECONDS + 300)
    seconds = time.monotonic() - began
    assert answer["RequestId"] == create["RequestId"]
    # One more for the stack's own session.
    ended = partial(driver.ended_runs, stack)
    driver.wait(f"the end of {stack.stack}", lambda: ended() > runs)
    driver.flush(stack)
    runs += driver.hand_overs(stack)
    driver.wait(f"the end of {stack.stack}", lambda: ended() > runs)
    # On a slow machine, a function with nine seconds may also run out of time elsewhere.
    assert stack.function_seconds is not None or ended() == runs + 1
    # An invocation that raises would be retried some seconds later.
    assert "Traceback" not in driver.deployer.platform_log(stack.stack)
    journal = driver.control.journal(sessionId=session_id, operation="StartStreamingSession")
    states = [moment["state"] for moment in driver.control.session(session_id)["history"]]
    driver.delete(stack)
    return Handled(driver.sender.answers(create), states, journal, seconds)


def killed_in_a_wait(driver: Driver, stack: Plan, create: dict[str, Any]) -> None:
    session_id = create["ResourceProperties"]["SessionId"]
    held = driver.hold(session_id, STARTING)
    driver.sender.send(driver.deployer.function(stack.stack), create)
    driver.wait_for_state(session_id, "START_IN_PROGRESS")
    assert kill_workers([driver.deployer.function(stack.stack)])
    driver.control.remove_fault(held)


# Longer than the function's timeout, but shorter than its limit for a call.
NO_TIME = {"kind": "latency", "seconds": 9.5, "count": 1}


def out_of_time(driver: Driver, stack: Plan, create: dict[str, Any]) -> None:
    session_id = create["ResourceProperties"]["SessionId"]
    driver.hold(session_id, NO_TIME)
    driver.sender.send(driver.deployer.function(stack.stack), create)


def delivered_twice(driver: Driver, stack: Plan, create: dict[str, Any]) -> None:
    for _ in range(2):
        driver.sender.send(driver.deployer.function(stack.stack), create)
    # The second invocation may begin after the first has ended.
    driver.wait("both answers", lambda: len(driver.sender.answers(create)) == 2)


def unavailable(driver: Driver, stack: Plan, create: dict[str, Any]) -> None:
    path = driver.sender.path(create)
    driver.sender.unavailable_until[path] = time.monotonic() + UNAVAILABLE_SECONDS
    driver.sender.send(driver.deployer.function(stack.stack), create)


# Each with its number of invocations, not counting hand-overs.
AGAIN = {
    "KilledInAWait": (plan("KilledInAWait"), killed_in_a_wait, 2),
    "OutOfTime": (plan("OutOfTime", function_seconds=9), out_of_time, 2),
    "DeliveredTwice": (plan("DeliveredTwice"), delivered_twice, 2),
    "Unavailable": (plan("Unavailable"), unavailable, 1),
}

PLANS = [KILLED, TIMED_OUT, BROKEN_HANDLER, BROKEN, DENIED, *(each[0] for each in AGAIN.values())]
SCENARIOS: dict[str, Callable[[Driver], Any]] = {
    **SILENT,
    "Broken": broken,
    "Denied": denied,
    **{
        name: partial(handled, stack=stack, act=act, runs=runs)
        for name, (stack, act, runs) in AGAIN.items()
    },
}


@pytest.mark.parametrize("name", AGAIN)
def test_the_session_is_started_once_after_any_failure(
    result_of: Callable[[str], Handled], name: str
) -> None:
    found = result_of(name)
    assert {answer["Status"] for answer in found.answers} == {"SUCCESS"}
    assert found.states == STARTED
    assert len({start["clientToken"] for start in found.starts}) == 1


@pytest.mark.parametrize("name", ["KilledInAWait", "OutOfTime"])
def test_lambda_retries_an_invocation_that_ended_without_an_answer(
    result_of: Callable[[str], Handled], name: str
) -> None:
    found = result_of(name)
    assert len(found.answers) == 1
    assert found.seconds < 120


def test_two_invocations_for_one_event_give_the_same_answer(
    result_of: Callable[[str], Handled],
) -> None:
    found = result_of("DeliveredTwice")
    first, second = found.answers
    assert first == second


def test_the_answer_is_retried_until_cloudformation_takes_it(
    result_of: Callable[[str], Handled],
) -> None:
    found = result_of("Unavailable")
    assert len(found.answers) == 1
    assert UNAVAILABLE_SECONDS < found.seconds < UNAVAILABLE_SECONDS + 120
