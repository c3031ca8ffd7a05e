"""Deleting stacks, and what their sessions are afterwards.

Stacks are deleted through CloudFormation's API, by the real CLI where it has to say why it failed.
MiniStack sends no Delete after a Create that failed: those are sent to a function of a real stack
as AWS documents them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import pytest

from assembly import Plan, synthesise
from border import Border
from cdk_nimble_streaming_session import OnDelete
from nimble_local.cloud.parts import EMULATOR
from stage import TYPE, Stage, same_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from local_cloud import Cloud

pytestmark = pytest.mark.xdist_group("wrong")

End: TypeAlias = "tuple[tuple[str, ...], frozenset[str]]"
STOP = {"on_delete": OnDelete.STOP}
STOPS = ("READY", "STOP_IN_PROGRESS", "STOPPED")


@dataclass(frozen=True)
class Case:
    """A stack whose session is READY unless ``meanwhile`` says otherwise, and what its end does.

    ``operations`` is what the end asks the service for.
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
    Case("Left", OnDelete.RETAIN, ("READY",), frozenset()),
    Case("Stopped", OnDelete.STOP, STOPS, BOTH),
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
def stage(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("delete")
    made = Stage(cloud, synthesise(folder, cloud.record.url(EMULATOR), PLANS))
    ids = {plan.session_id for plan in PLANS} | {"desk"}
    made.control.seed({"sessions": [{"sessionId": each, "state": "READY"} for each in ids]})
    yield made
    made.close()


@pytest.fixture(scope="module")
def border(cloud: Cloud) -> Iterator[Border]:
    made = Border(cloud)
    yield made
    made.close()


@pytest.fixture(scope="module")
def ends(stage: Stage) -> dict[str, Future[End]]:
    return {case.name: stage.begin(partial(deleted, stage, case)) for case in CASES}


@pytest.fixture(scope="module")
def alive(stage: Stage) -> Iterator[tuple[str, str]]:
    """Return a function to send requests to, and its stack's id."""
    stage.deploy(ALIVE)
    yield stage.deployer.function(ALIVE.stack), stage.deployer.stack_id(ALIVE.stack)
    stage.delete(ALIVE)


def deleted(stage: Stage, case: Case) -> End:
    """Create and delete a stack; return what the end made of the session, and asked for."""
    created = stage.deploy(case.plan)
    assert created.status == "CREATE_COMPLETE", created.failure
    if case.meanwhile:
        stage.control.add_session(sessionId=case.plan.session_id, state=case.meanwhile)
    states, requests = len(stage.states(case.plan)), len(stage.requests(case.plan))
    assert stage.delete(case.plan) == "DELETE_COMPLETE"
    asked = {request["operation"] for request in stage.requests(case.plan)[requests:]}
    return tuple(stage.states(case.plan)[states - 1 :]), frozenset(asked)


@pytest.mark.parametrize("name", list(BY_NAME))
def test_what_a_delete_leaves(ends: dict[str, Future[End]], name: str) -> None:
    case = BY_NAME[name]
    assert ends[name].result() == (case.states, case.operations)


def test_a_stop_that_is_refused_says_what_to_do(stage: Stage) -> None:
    stage.deploy(REFUSED)
    stage.faults(REFUSED, [{"kind": "stop-failure"}])
    result = stage.destroy(REFUSED)
    assert stage.deployer.status(REFUSED.stack) == "DELETE_FAILED"
    failed = [e for e in stage.events(REFUSED) if e.status == "DELETE_FAILED"]
    (reason,) = [event.reason for event in failed if event.kind == TYPE]
    assert "Stopping streaming session session-of-StopRefused" in reason
    assert "STOP_FAILED" in reason
    assert "stop it there, then try again" in reason
    assert same_words(reason) in same_words(result.last_lines), result.last_lines
    # MiniStack has deleted the function nevertheless, so this stack can't be deleted again.
    stage.deployer.forget(REFUSED.stack)


def test_a_delete_is_repeated_when_somebody_has_stopped_the_session(
    stage: Stage, border: Border, alive: tuple[str, str]
) -> None:
    function, stack_id = alive
    for state, status in (("STOP_FAILED", "FAILED"), ("STOPPED", "SUCCESS")):
        stage.control.add_session(sessionId="desk", state=state)
        delete = border.event("Delete", stack_id, "desk", OnDelete="STOP")
        border.send(function, delete)
        assert border.answer(delete)["Status"] == status


def test_a_renamed_construct_does_not_stop_its_session(stage: Stage) -> None:
    before, after = RENAMED
    stage.deploy(before)
    assert stage.deploy(after).status == "UPDATE_COMPLETE"
    assert stage.states(after) == ["READY"]
    assert {r["operation"] for r in stage.requests(after)} == {"GetStreamingSession"}
    assert stage.delete(after) == "DELETE_COMPLETE"
    assert stage.states(after) == [*STOPS]


def test_the_second_of_two_stacks_with_one_session_stops_it_for_both(stage: Stage) -> None:
    """What docs/operations.md says of two stacks with one session."""
    stage.deploy(FIRST[0])
    stage.deploy(SECOND)
    assert stage.delete(SECOND) == "DELETE_COMPLETE"
    assert stage.states(SECOND) == [*STOPS]
    assert stage.deployer.status("First") == "CREATE_COMPLETE"
    assert stage.deploy(FIRST[1]).outputs["State"] == "READY"
    assert stage.delete(FIRST[1]) == "DELETE_COMPLETE"


def test_the_delete_after_a_create_that_started_nothing_touches_nothing(
    stage: Stage, border: Border, alive: tuple[str, str]
) -> None:
    function, stack_id = alive
    stage.control.add_session(sessionId="desk", state="READY")
    create = border.event("Create", stack_id, "desk", OnDelete="STOP", BackupId="another")
    border.send(function, create)
    answer = border.answer(create)
    assert answer["Status"] == "FAILED"
    known = len(stage.control.journal(sessionId="desk"))
    made = answer["PhysicalResourceId"]
    delete = border.event("Delete", stack_id, "desk", OnDelete="STOP", physical_id=made)
    border.send(function, delete)
    assert border.answer(delete)["Status"] == "SUCCESS"
    assert border.answer(delete)["PhysicalResourceId"] == made
    assert len(stage.control.journal(sessionId="desk")) == known
    assert stage.control.session("desk")["state"] == "READY"


def test_the_delete_of_a_session_that_never_was_succeeds(
    border: Border, alive: tuple[str, str]
) -> None:
    function, stack_id = alive
    delete = border.event("Delete", stack_id, "nobody", OnDelete="STOP")
    border.send(function, delete)
    assert border.answer(delete)["Status"] == "SUCCESS"
