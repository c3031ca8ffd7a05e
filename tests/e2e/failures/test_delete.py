"""Deletion of stacks, and the state of their sessions afterwards.

Stacks are deleted through CloudFormation's API, or by the real CLI if it has to say why it failed.
MiniStack sends no Delete after a failed Create, so the tests send it to a real stack's function, as
AWS documents it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from cdk_nimble_streaming_session import OnDelete
from testkit.cloud.driver import STARTING, Driver, same_words
from testkit.construct.assembly import Plan
from testkit.events import TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


pytestmark = pytest.mark.xdist_group("failures")

End: TypeAlias = "tuple[tuple[str, ...], frozenset[str]]"
STOP = {"on_delete": OnDelete.STOP}
STOPS = ("READY", "STOP_IN_PROGRESS", "STOPPED")
SESSION = "direct-session-of-Alive"


@dataclass(frozen=True)
class Case:
    """A stack and the effects of its deletion; its session is READY unless ``meanwhile`` differs.

    ``operations`` lists the requests to the service during the deletion.
    """

    name: str
    on_delete: OnDelete
    states: tuple[str, ...]
    operations: frozenset[str] = frozenset({"GetStreamingSession"})
    meanwhile: str | None = None

    @property
    def plan(self) -> Plan:
        return Plan(self.name, f"session-of-{self.name}", options={"on_delete": self.on_delete})


BOTH = frozenset({"GetStreamingSession", "StopStreamingSession"})
CASES = [
    Case("LeftAlone", OnDelete.RETAIN, ("READY",), frozenset()),
    Case("StoppedWithIt", OnDelete.STOP, STOPS, BOTH),
    Case("GoneAlready", OnDelete.STOP, ("DELETED",), meanwhile="DELETED"),
    Case("StoppedAlready", OnDelete.STOP, ("STOPPED",), meanwhile="STOPPED"),
    Case("InAStart", OnDelete.STOP, ("START_IN_PROGRESS", *STOPS), BOTH, "START_IN_PROGRESS"),
]
BY_NAME = {case.name: case for case in CASES}

REFUSED = Plan("StopRefused", "session-of-StopRefused", options=STOP)
RENAMED = [
    Plan("Renamed", "session-of-Renamed", options=STOP, construct_id=name, version=version)
    for version, name in ((1, "Workstation"), (2, "Desk"))
]
SHARED = "session-of-both"
FIRST = [
    Plan("First", SHARED, options={"triggers": str(version)}, version=version) for version in (1, 2)
]
SECOND = Plan("Second", SHARED, options=STOP)
ALIVE = Plan("Alive", "session-of-Alive")
PLANS = [*(case.plan for case in CASES), REFUSED, *RENAMED, *FIRST, SECOND, ALIVE]


@pytest.fixture(scope="module")
def alive(driver: Driver) -> Iterator[tuple[str, str]]:
    """Return the name of a function for requests, and its stack's id."""
    driver.control.add_session(sessionId=ALIVE.session_id, state="READY")
    driver.deploy(ALIVE)
    yield driver.deployer.function(ALIVE.stack), driver.deployer.stack_id(ALIVE.stack)
    driver.delete(ALIVE)


def deleted(driver: Driver, *, case: Case) -> End:
    """Create and delete a stack; return the deletion's effect on the session, and its requests."""
    driver.control.add_session(sessionId=case.plan.session_id, state="READY")
    created = driver.deploy(case.plan)
    assert created.status == "CREATE_COMPLETE", created.failure
    requests, release = len(driver.requests(case.plan)), None
    if case.meanwhile == "START_IN_PROGRESS":
        # The session keeps starting until the function has seen it.
        read = partial(more_requests, driver, case.plan, requests)
        held = driver.hold(case.plan.session_id, STARTING)
        release = partial(driver.release, held, "a read", read)
    if case.meanwhile:
        driver.control.add_session(sessionId=case.plan.session_id, state=case.meanwhile)
    assert driver.delete(case.plan, meanwhile=release) == "DELETE_COMPLETE"
    asked = {request["operation"] for request in driver.requests(case.plan)[requests:]}
    return tuple(driver.states(case.plan)), frozenset(asked)


def more_requests(driver: Driver, plan: Plan, known: int) -> bool:
    return len(driver.requests(plan)) > known


SCENARIOS = {case.name: partial(deleted, case=case) for case in CASES}


@pytest.mark.parametrize("name", list(BY_NAME))
def test_the_session_after_a_delete(result_of: Callable[[str], End], name: str) -> None:
    case = BY_NAME[name]
    assert result_of(name) == (case.states, case.operations)


def test_a_stop_that_is_refused_says_what_to_do(driver: Driver) -> None:
    driver.control.add_session(sessionId=REFUSED.session_id, state="READY")
    driver.deploy(REFUSED)
    driver.faults(REFUSED, [{"kind": "stop-failure"}])
    result = driver.destroy(REFUSED)
    assert driver.deployer.status(REFUSED.stack) == "DELETE_FAILED"
    failed = [e for e in driver.events(REFUSED) if e.status == "DELETE_FAILED"]
    (reason,) = [event.reason for event in failed if event.kind == TYPE]
    assert "Stopping streaming session session-of-StopRefused" in reason
    assert "STOP_FAILED" in reason
    assert "Delete it in the studio" in reason
    assert same_words(reason) in same_words(result.last_lines), result.last_lines
    # MiniStack has deleted the function anyway, so this stack can't be deleted again.
    driver.deployer.forget(REFUSED.stack)


def test_a_failed_delete_can_be_repeated_after_somebody_stopped_the_session(
    driver: Driver, alive: tuple[str, str]
) -> None:
    function, stack_id = alive
    for state, status in (("STOP_FAILED", "FAILED"), ("STOPPED", "SUCCESS")):
        driver.control.add_session(sessionId=SESSION, state=state)
        delete = driver.sender.event("Delete", stack_id, SESSION, OnDelete="STOP")
        driver.sender.send(function, delete)
        assert driver.sender.answer(delete)["Status"] == status


def test_a_renamed_construct_does_not_stop_its_session(driver: Driver) -> None:
    before, after = RENAMED
    driver.control.add_session(sessionId=before.session_id, state="READY")
    driver.deploy(before)
    assert driver.deploy(after).status == "UPDATE_COMPLETE"
    driver.wait_for_log(after, "the Delete of the old name", lambda said: bool(deletes(said)))
    (old,) = deletes(driver.log(after))
    assert old["outcome"] == "SUCCESS"
    assert old["resource"].startswith(before.construct_id)
    assert "The session was not stopped" in old["reason"]
    assert driver.states(after) == ["READY"]
    assert {r["operation"] for r in driver.requests(after)} == {"GetStreamingSession"}
    assert driver.delete(after) == "DELETE_COMPLETE"
    assert driver.states(after) == [*STOPS]


def deletes(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the answers to Deletes, each with its part of the invocation's first log line."""
    found: list[dict[str, Any]] = []
    request: dict[str, Any] = {}
    for line in said:
        if line["event"] == "request":
            request = line
        elif line["event"] == "answered" and line["type"] == "Delete":
            found.append({**request, **line})
    return found


def test_the_second_of_two_stacks_with_one_session_stops_it_for_both(driver: Driver) -> None:
    """Follow docs/operations.md for two stacks with one session."""
    driver.control.add_session(sessionId=SHARED, state="READY")
    driver.deploy(FIRST[0])
    driver.deploy(SECOND)
    assert driver.delete(SECOND) == "DELETE_COMPLETE"
    assert driver.states(SECOND) == [*STOPS]
    assert driver.deployer.status("First") == "CREATE_COMPLETE"
    assert driver.deploy(FIRST[1]).outputs["State"] == "READY"
    assert driver.delete(FIRST[1]) == "DELETE_COMPLETE"


def test_the_delete_after_a_create_that_started_nothing_touches_nothing(
    driver: Driver, alive: tuple[str, str]
) -> None:
    function, stack_id = alive
    driver.control.add_session(sessionId=SESSION, state="READY")
    create = driver.sender.event("Create", stack_id, SESSION, OnDelete="STOP", BackupId="another")
    driver.sender.send(function, create)
    answer = driver.sender.answer(create)
    assert answer["Status"] == "FAILED"
    known = len(driver.control.journal(sessionId=SESSION))
    made = answer["PhysicalResourceId"]
    delete = driver.sender.event("Delete", stack_id, SESSION, OnDelete="STOP", physical_id=made)
    driver.sender.send(function, delete)
    assert driver.sender.answer(delete)["Status"] == "SUCCESS"
    assert driver.sender.answer(delete)["PhysicalResourceId"] == made
    assert len(driver.control.journal(sessionId=SESSION)) == known
    assert driver.control.session(SESSION)["state"] == "READY"


def test_the_delete_of_a_missing_session_succeeds(driver: Driver, alive: tuple[str, str]) -> None:
    function, stack_id = alive
    delete = driver.sender.event("Delete", stack_id, "nobody", OnDelete="STOP")
    driver.sender.send(function, delete)
    assert driver.sender.answer(delete)["Status"] == "SUCCESS"
