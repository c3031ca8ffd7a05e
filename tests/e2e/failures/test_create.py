"""Creating a stack while its session, the service or the network fails.

The real CLI deploys some of the cases that fail, and must say why: it shows all reasons in the same
way. The others go through CloudFormation's API with the same synthesised templates. All run at the
same time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from testkit.cloud.driver import PATIENCE, STARTING, STOPPING, DeployResult, Driver, same_words
from testkit.construct.assembly import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

pytestmark = pytest.mark.xdist_group("failures")

STARTS = ("STOPPED", "START_IN_PROGRESS", "READY")
FAILS = ("START_IN_PROGRESS", "START_FAILED")
CAPACITY = {"kind": "start-failure", "code": "INSUFFICIENT_CAPACITY"}
LOST_ANSWER = {
    "kind": "drop",
    "moment": "after",
    "operation": "StartStreamingSession",
    "count": 1,
}
STALE_SECONDS = 10
OUTAGE_SECONDS = 60
DENIED_SECONDS = 20


# The function's progress before a scenario lifts the fault that holds it.


def it_was_read(driver: Driver, plan: Plan) -> bool:
    return bool(driver.requests(plan))


def it_was_denied_for_a_while(driver: Driver, plan: Plan) -> bool:
    denied = [r for r in driver.requests(plan) if r["outcome"] == "AccessDeniedException"]
    return bool(denied) and seconds(denied[0], denied[-1]) >= DENIED_SECONDS


def it_was_refused_for_a_minute(driver: Driver, plan: Plan) -> bool:
    began = [datetime.fromisoformat(request["at"]) for request in driver.requests(plan)[:1]]
    return any((datetime.now(UTC) - at).total_seconds() >= OUTAGE_SECONDS for at in began)


def it_was_handed_over_twice(driver: Driver, plan: Plan) -> bool:
    return driver.hand_overs(plan) >= 2


@dataclass(frozen=True)
class Case:
    """A session, its faults, and the expected results.

    ``states`` lists the session's states, or is None if they depend on chance. ``starts`` is the
    number of starts, and ``says`` parts of the reason, empty if everything must succeed. With
    ``cli``, the CLI deploys the case, and the terminal has to show the reason. ``held`` is a fault
    that is lifted once the function has reached ``until``, and ``met`` is the result that one of
    its requests must have on the way.
    """

    name: str
    states: tuple[str, ...] | None = STARTS
    starts: int = 1
    says: tuple[str, ...] = ()
    cli: bool = False
    faults: tuple[dict[str, Any], ...] = ()
    held: dict[str, Any] | None = None
    until: Callable[[Driver, Plan], bool] = it_was_read
    met: str = ""
    session: dict[str, Any] | None = field(default_factory=dict)
    timeout: int = 120
    function_seconds: int | None = None

    @property
    def plan(self) -> Plan:
        return Plan(
            self.name,
            f"session-of-{self.name}",
            self.timeout,
            function_seconds=self.function_seconds,
        )


CASES = [
    Case("Stopped"),
    Case("AlreadyReady", ("READY",), 0, session={"state": "READY"}),
    Case("AlreadyStarting", STARTS[1:], 0, held=STARTING, session={"state": "START_IN_PROGRESS"}),
    Case(
        "Stopping",
        ("STOP_IN_PROGRESS", *STARTS),
        held=STOPPING,
        session={"state": "STOP_IN_PROGRESS"},
    ),
    Case(
        "Missing",
        (),
        0,
        says=("ResourceNotFoundException", "Check studio_id and session_id.", "#absent"),
        cli=True,
        session=None,
    ),
    Case(
        "Deleted",
        ("DELETED",),
        0,
        says=("DELETED", "Name a session that exists.", "#gone"),
        session={"state": "DELETED"},
    ),
    Case(
        "DeletedWhileWaiting",
        ("STOPPED", *FAILS, "DELETE_IN_PROGRESS"),
        says=("DELETE", "Name a session that exists.", "#gone"),
        faults=(
            {**CAPACITY, "count": 1},
            {"kind": "external-act", "act": "delete", "state": "START_FAILED"},
            {"kind": "stuck", "state": "DELETE_IN_PROGRESS"},
        ),
    ),
    Case(
        "CapacityTwice",
        ("STOPPED", *FAILS, *FAILS, *STARTS[1:]),
        3,
        faults=({**CAPACITY, "count": 2},),
    ),
    Case(
        "CapacityToTheEnd",
        None,
        says=(
            "START_FAILED (INSUFFICIENT_CAPACITY)",
            f"It was not READY within {PATIENCE} s, after",
            "Deploy again later, or use another instance type.",
            "#insufficient_capacity",
        ),
        cli=True,
        faults=(CAPACITY,),
        timeout=PATIENCE,
    ),
    Case(
        "BrokenDirectory",
        ("STOPPED", *FAILS),
        says=(
            "START_FAILED (ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR)",
            "Check the directory and its DNS.",
            "#active_directory_domain_join_error",
        ),
        faults=({"kind": "start-failure", "code": "ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR"},),
    ),
    Case(
        "Stuck",
        STARTS[:2],
        says=(
            f"it was not READY within {PATIENCE} s; it was last seen START_IN_PROGRESS",
            "Deploy again to keep waiting, or raise timeout.",
            "#timeout",
        ),
        faults=(STARTING,),
        timeout=PATIENCE,
    ),
    Case("StaleReads", faults=({"kind": "stale-read", "seconds": STALE_SECONDS},)),
    Case(
        "DeniedForAWhile",
        held={"kind": "access-denied"},
        until=it_was_denied_for_a_while,
        met="AccessDeniedException",
    ),
    # So low that the second read is refused even on a slow machine.
    Case(
        "RateLimited",
        faults=({"kind": "rate-limit", "perSecond": 0.2},),
        met="ThrottlingException",
    ),
    Case(
        "Outage",
        held={"kind": "error"},
        until=it_was_refused_for_a_minute,
        met="InternalServerErrorException",
        timeout=300,
    ),
    # This seed cuts the second request, which is the first start.
    Case(
        "DroppedConnections",
        faults=({"kind": "drop", "probability": 0.4, "seed": 7},),
        met="DROPPED",
    ),
    Case("LostAnswer", faults=(LOST_ANSWER,), met="DROPPED"),
    # After the lost answer, the function reads the state from before the start.
    Case(
        "LostAnswerAndStaleReads",
        faults=(LOST_ANSWER, {"kind": "stale-read", "seconds": 10}),
        met="DROPPED",
    ),
    Case(
        "ThreeInvocations",
        held=STARTING,
        until=it_was_handed_over_twice,
        # It hands over with a third of this left, which has to be enough on a slow machine.
        function_seconds=18,
    ),
    Case("HugeTags", session={"tags": {f"key-{n:03}": "ü" * 250 for n in range(100)}}),
]
BY_NAME = {case.name: case for case in CASES}


def run_scenario(driver: Driver, *, case: Case) -> DeployResult:
    """Set up the session, create the stack, collect the results and delete the stack."""
    # Before the session exists, since it may change on its own.
    driver.faults(case.plan, case.faults)
    meanwhile = None
    if case.held is not None:
        held = driver.hold(case.plan.session_id, case.held)
        so_far = partial(case.until, driver, case.plan)
        meanwhile = partial(driver.release, held, case.until.__name__, so_far)
    if case.session is not None:
        driver.control.add_session(**{"sessionId": case.plan.session_id, **case.session})
    outcome = driver.deploy(case.plan, cli=case.cli, meanwhile=meanwhile)
    acts = driver.acts(case.plan.session_id)
    assert driver.delete(case.plan) == "DELETE_COMPLETE"
    assert driver.acts(case.plan.session_id) == acts, "OnDelete.RETAIN touched the session"
    return outcome


PLANS = [case.plan for case in CASES]
SCENARIOS = {case.name: partial(run_scenario, case=case) for case in CASES}


@pytest.mark.parametrize("name", [case.name for case in CASES if not case.says])
def test_the_deployment_succeeds(result_of: Callable[[str], DeployResult], name: str) -> None:
    case, outcome = BY_NAME[name], result_of(name)
    assert outcome.status == "CREATE_COMPLETE", outcome.failure
    assert outcome.outputs["State"] == "READY"
    assert outcome.outputs["Arn"].endswith(f":streaming-session/{case.plan.session_id}")
    assert outcome.states == case.states
    # The function met the fault itself, not only its effect.
    assert outcome.states[0] in outcome.seen
    assert outcome.starts == case.starts
    assert outcome.stops == 0


@pytest.mark.parametrize("name", [case.name for case in CASES if case.met])
def test_the_function_meets_the_fault_itself(
    result_of: Callable[[str], DeployResult], name: str
) -> None:
    assert BY_NAME[name].met in [request["outcome"] for request in result_of(name).requests]


@pytest.mark.parametrize("name", [case.name for case in CASES if case.says])
def test_the_deployment_fails_and_says_why(
    result_of: Callable[[str], DeployResult], name: str
) -> None:
    case, outcome = BY_NAME[name], result_of(name)
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert case.plan.session_id in outcome.failure
    for words in case.says:
        assert words in outcome.failure
    if case.cli:
        assert outcome.exit_status != 0
        assert same_words(outcome.failure) in same_words(outcome.terminal), outcome.terminal
    assert ".." not in outcome.failure
    assert case.states in (None, outcome.states)
    assert outcome.stops == 0


def test_a_refused_start_is_not_repeated_needlessly(
    result_of: Callable[[str], DeployResult],
) -> None:
    failing = [case for case in CASES if case.says and case.states is not None]
    found = {case.name: result_of(case.name).starts for case in failing}
    assert found == {case.name: case.starts for case in failing}


def test_missing_capacity_is_retried_and_the_reason_has_the_attempts(
    result_of: Callable[[str], DeployResult],
) -> None:
    outcome = result_of("CapacityToTheEnd")
    assert outcome.starts >= 2
    assert f"after {outcome.starts} attempts" in outcome.failure


def test_a_start_that_was_not_carried_out_is_repeated_with_its_token(
    result_of: Callable[[str], DeployResult],
) -> None:
    starts = result_of("DroppedConnections").start_requests
    assert starts[0]["outcome"] == "DROPPED"
    assert [start["outcome"] for start in starts if not start["replayed"]][-1] == "OK"
    assert len({start["clientToken"] for start in starts}) == 1


def test_a_start_whose_answer_is_lost_is_not_repeated_once_seen(
    result_of: Callable[[str], DeployResult],
) -> None:
    outcome = result_of("LostAnswer")
    assert [start["outcome"] for start in outcome.start_requests] == ["DROPPED"]
    # Its answer would have reported success, so it's logged as a fault and not as a start.
    events = [line["event"] for line in outcome.log]
    assert (events.count("start"), events.count("fault")) == (0, 1)
    assert outcome.states == STARTS


def test_an_unseen_start_whose_answer_is_lost_is_repeated_with_its_token(
    result_of: Callable[[str], DeployResult],
) -> None:
    outcome = result_of("LostAnswerAndStaleReads")
    lost, repeated = outcome.start_requests
    assert (lost["outcome"], lost["replayed"]) == ("DROPPED", False)
    assert (repeated["outcome"], repeated["replayed"]) == ("OK", True)
    assert lost["clientToken"] == repeated["clientToken"]
    assert outcome.states == STARTS


def test_a_stale_read_does_not_lead_to_another_start(
    result_of: Callable[[str], DeployResult],
) -> None:
    outcome = result_of("StaleReads")
    (start,) = outcome.start_requests
    later = [r for r in outcome.requests if r["number"] > start["number"]]
    stale = [r for r in later if seconds(start, r) < STALE_SECONDS]
    assert stale, "no read showed the session as it was before its start"


def seconds(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> float:
    """Return the time between two requests."""
    began, ended = (datetime.fromisoformat(request["at"]) for request in (earlier, later))
    return (ended - began).total_seconds()


def test_a_denial_of_20_seconds_is_outlasted(result_of: Callable[[str], DeployResult]) -> None:
    outcomes = result_of("DeniedForAWhile").requests
    denied = [r for r in outcomes if r["outcome"] == "AccessDeniedException"]
    served = next(r for r in outcomes if r["outcome"] == "OK")
    assert seconds(denied[0], served) >= DENIED_SECONDS


def test_reads_become_rarer_during_an_outage(result_of: Callable[[str], DeployResult]) -> None:
    outcome = result_of("Outage")
    refused = [r for r in outcome.requests if r["outcome"] == "InternalServerErrorException"]
    served = next(r for r in outcome.requests if r["outcome"] == "OK")
    assert seconds(refused[0], served) >= OUTAGE_SECONDS
    # It would be sixty if it asked every second.
    assert 5 <= len(refused) <= 15


def test_a_long_wait_goes_through_several_invocations(
    result_of: Callable[[str], DeployResult],
) -> None:
    log = result_of("ThreeInvocations").log
    handed = [line["invocation"] for line in log if line["event"] == "handed-over"]
    assert max(handed) >= 3
    assert len(set(handed)) == len(handed)


def test_tags_that_do_not_fit_into_the_answer_are_left_out(
    result_of: Callable[[str], DeployResult],
) -> None:
    outcome = result_of("HugeTags")
    (cut,) = [line for line in outcome.log if line["event"] == "cut"]
    assert cut["fields"] == ["Tags"]
    assert cut["bytes"] > 50_000
    assert outcome.outputs["Tags"] == ""
