"""Requests that wait while their stack rolls back or is deleted.

CloudFormation creates resources in parallel, so another one can fail while ours waits. It then
sends a Delete for the waiting Create, under an id that it made up, or the rollback's Update while
our Update waits. MiniStack creates one resource after another and never does this. So the stacks
here are real, a session of their own holds them in the right status, and the tests send the
requests to their functions as AWS documents them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from cdk_nimble_streaming_session import OnDelete
from testkit.cloud.driver import STARTING, STOPPING
from testkit.construct.assembly import Plan, fails_afterwards

if TYPE_CHECKING:
    from collections.abc import Callable

    import aws_cdk as cdk

    from cdk_nimble_streaming_session import StreamingSession
    from testkit.cloud.driver import Driver

pytestmark = pytest.mark.xdist_group("failures")

CAPACITY = {"kind": "start-failure", "code": "INSUFFICIENT_CAPACITY"}
SLOW_READS = {"kind": "latency", "seconds": 6}
MARGIN_SECONDS = 62
SESSIONS = "300"
"""In such a large stack, reads come every 30 s, so a Delete can stop the session between two."""


@dataclass(frozen=True)
class Scenario:
    """A stack, the session that keeps it in progress, and the session in the requests."""

    driver: Driver
    plan: Plan

    @property
    def session_id(self) -> str:
        return f"direct-session-of-{self.plan.stack}"

    @property
    def made_up_id(self) -> str:
        """A PhysicalResourceId like those that CloudFormation makes up."""
        return f"{self.plan.stack}-SentDirectly-1ABCDEFGHIJKL"

    def hold_the_rollback(self, gate: str) -> None:
        """Let the creation continue without a fault, wait for its rollback, and hold that up."""
        # The rollback's Delete reads twice, five seconds apart, before it stops a session. With
        # slow reads, a slow machine too has the time to make it a session that starts.
        self.driver.hold(self.plan.session_id, SLOW_READS)
        self.release(gate)
        self.wait_for_status("ROLLBACK_IN_PROGRESS")
        self.driver.hold(self.plan.session_id, STARTING)
        starting = {"sessionId": self.plan.session_id, "state": "START_IN_PROGRESS"}
        self.driver.control.add_session(**starting)

    def release(self, fault: str) -> None:
        self.driver.control.remove_fault(fault)

    def send(self, kind: str, **more: Any) -> dict[str, Any]:
        """Send a request about the session, with STOP for the deletion of its resource."""
        stack_id = self.driver.deployer.stack_id(self.plan.stack)
        event = self.driver.sender.event(kind, stack_id, self.session_id, OnDelete="STOP", **more)
        self.driver.sender.send(self.driver.deployer.function(self.plan.stack), event)
        return event

    def states(self, session_id: str) -> list[str]:
        session = self.driver.control.session(session_id)
        return [moment["state"] for moment in session["history"]]

    def wait_for_state(self, session_id: str, state: str) -> None:
        self.driver.wait_for_state(session_id, state)

    def wait_for_status(self, status: str) -> None:
        stack, deployer = self.plan.stack, self.driver.deployer
        self.driver.wait(status, lambda: deployer.status(stack) == status)

    def delete_between_two_reads(self, start: str) -> dict[str, Any]:
        """Just after the Create has read, let the start end and send a Delete.

        ``start`` is the id of the fault that holds the start.
        """
        # A flush leaves a process ready for the Delete: a cold start could outlast the pause.
        self.driver.flush(self.plan)
        journal = partial(self.driver.control.journal, sessionId=self.session_id)
        known = len(journal())
        self.driver.wait("a read", lambda: len(journal()) > known)
        self.release(start)
        return self.send("Delete", physical_id=self.made_up_id)

    def end(self, *events: dict[str, Any]) -> Seen:
        """Wait for the answers, let the stack continue, and return the results."""
        answers = [self.driver.sender.answer(event) for event in events]
        acts = self.driver.acts(self.session_id)
        for fault in self.driver.control.faults():
            if fault["sessionId"] == self.plan.session_id:
                self.release(fault["id"])
        self.driver.deployer.settled(self.plan.stack)
        if self.driver.deployer.status(self.plan.stack) != "DELETE_COMPLETE":
            self.driver.delete(self.plan)
        # By this time, an invocation that still acted on the session would have shown.
        assert self.driver.acts(self.session_id) == acts
        assert [len(self.driver.sender.answers(event)) for event in events] == [1] * len(events)
        return Seen(answers, self.states(self.session_id))


@dataclass(frozen=True)
class Seen:
    """The only answer to each request, and the states of the session."""

    answers: list[dict[str, Any]]
    states: list[str]


def rolled_back_without_capacity(scenario: Scenario) -> Seen:
    """A Create keeps starting while another resource of its stack fails."""
    scenario.driver.hold(scenario.session_id, CAPACITY)
    gate = scenario.driver.hold(scenario.plan.session_id, STARTING)
    scenario.driver.deployer.create(scenario.driver.assembly, scenario.plan)
    scenario.wait_for_state(scenario.plan.session_id, "START_IN_PROGRESS")
    create = scenario.send("Create", TimeoutSeconds="120")
    scenario.wait_for_state(scenario.session_id, "START_FAILED")
    scenario.hold_the_rollback(gate)
    delete = scenario.send("Delete", physical_id=scenario.made_up_id)
    return scenario.end(create, delete)


def rolled_back_and_stopped(scenario: Scenario) -> Seen:
    """A Delete stops the session before the Create reads it again."""
    start = scenario.driver.hold(scenario.session_id, STARTING)
    gate = scenario.driver.hold(scenario.plan.session_id, STARTING)
    scenario.driver.deployer.create(scenario.driver.assembly, scenario.plan)
    scenario.wait_for_state(scenario.plan.session_id, "START_IN_PROGRESS")
    # A session that starts within a minute of the stack's creation may be somebody else's start.
    scenario.driver.deployer.ended.wait(MARGIN_SECONDS)
    create = scenario.send("Create")
    scenario.wait_for_state(scenario.session_id, "START_IN_PROGRESS")
    scenario.hold_the_rollback(gate)
    return scenario.end(create, scenario.delete_between_two_reads(start))


def deleted_while_it_waits(scenario: Scenario) -> Seen:
    """Somebody deletes the stack during a Create."""
    scenario.driver.deploy(scenario.plan)
    start = scenario.driver.hold(scenario.session_id, STARTING)
    create = scenario.send("Create")
    scenario.wait_for_state(scenario.session_id, "START_IN_PROGRESS")
    scenario.driver.hold(scenario.plan.session_id, STOPPING)
    scenario.driver.deployer.delete(scenario.plan.stack)
    scenario.wait_for_status("DELETE_IN_PROGRESS")
    return scenario.end(create, scenario.delete_between_two_reads(start))


def update_rolled_back(scenario: Scenario) -> Seen:
    """An Update keeps starting while another resource of its stack fails."""
    scenario.driver.deploy(scenario.plan)
    scenario.driver.hold(scenario.session_id, CAPACITY)
    scenario.driver.control.add_session(sessionId=scenario.plan.session_id, state="STOPPED")
    gate = scenario.driver.hold(scenario.plan.session_id, STARTING)
    scenario.driver.deployer.update(scenario.driver.assembly, PLANS_BY_NAME["UpdateRolledBack", 2])
    scenario.wait_for_status("UPDATE_IN_PROGRESS")
    update = scenario.send("Update", Triggers="2", old={"Triggers": "1"})
    scenario.wait_for_state(scenario.session_id, "START_FAILED")
    # Slow reads of the other session keep the stack where the rollback can be seen.
    scenario.driver.hold(scenario.plan.session_id, SLOW_READS)
    scenario.release(gate)
    scenario.wait_for_status("UPDATE_ROLLBACK_IN_PROGRESS")
    rollback = scenario.send("Update", Triggers="1", old={"Triggers": "2"})
    return scenario.end(update, rollback)


def reads_seldom(_: cdk.Stack, session: StreamingSession) -> None:
    """Make the function believe that its stack has many sessions."""
    session.provider.function.add_environment("SESSIONS", SESSIONS)


def reads_seldom_and_fails_afterwards(stack: cdk.Stack, session: StreamingSession) -> None:
    reads_seldom(stack, session)
    fails_afterwards(stack, session)


STOP = {"on_delete": OnDelete.STOP}
STEPS: dict[str, Callable[[Scenario], Seen]] = {
    "RolledBackWithoutCapacity": rolled_back_without_capacity,
    "RolledBackAndStopped": rolled_back_and_stopped,
    "DeletedWhileItWaits": deleted_while_it_waits,
    "UpdateRolledBack": update_rolled_back,
}
ADDED = {
    ("RolledBackWithoutCapacity", 1): fails_afterwards,
    ("RolledBackAndStopped", 1): reads_seldom_and_fails_afterwards,
    ("DeletedWhileItWaits", 1): reads_seldom,
    ("UpdateRolledBack", 2): fails_afterwards,
}
PLANS_BY_NAME = {
    (name, version): Plan(
        name,
        f"gate-of-{name}",
        options={**STOP, "triggers": str(version)},
        add=ADDED.get((name, version)),
        version=version,
    )
    for name in STEPS
    for version in (1, 2)
}


def run_scenario(driver: Driver, *, name: str) -> Seen:
    scenario = Scenario(driver, PLANS_BY_NAME[name, 1])
    driver.seed(scenario.plan.session_id, scenario.session_id)
    return STEPS[name](scenario)


PLANS = list(PLANS_BY_NAME.values())
SCENARIOS = {name: partial(run_scenario, name=name) for name in STEPS}


def test_a_create_that_is_rolled_back_does_not_start_again(
    result_of: Callable[[str], Seen],
) -> None:
    found = result_of("RolledBackWithoutCapacity")
    create, delete = found.answers
    assert create["Status"] == "FAILED"
    assert "it was cancelled" in create["Reason"]
    assert delete["Status"] == "SUCCESS"
    assert delete["PhysicalResourceId"] == "RolledBackWithoutCapacity-SentDirectly-1ABCDEFGHIJKL"
    assert found.states[-1] == "START_FAILED"


@pytest.mark.parametrize("name", ["RolledBackAndStopped", "DeletedWhileItWaits"])
def test_a_create_does_not_start_a_session_that_the_delete_stopped(
    result_of: Callable[[str], Seen], name: str
) -> None:
    found = result_of(name)
    create, delete = found.answers
    assert create["Status"] == "FAILED"
    assert "it was cancelled" in create["Reason"]
    assert "#cancelled" in create["Reason"]
    assert delete["Status"] == "SUCCESS"
    stopped = ["STOPPED", "START_IN_PROGRESS", "READY", "STOP_IN_PROGRESS", "STOPPED"]
    assert found.states == stopped


def test_an_update_that_is_rolled_back_stops_starting(
    result_of: Callable[[str], Seen],
) -> None:
    found = result_of("UpdateRolledBack")
    update, rollback = found.answers
    assert update["Status"] == rollback["Status"] == "SUCCESS"
    assert "rolling back" in update["Reason"]
    assert "rolling back" in rollback["Reason"]
    # The last start may still be failing when the rollback reads, which doesn't wait for it.
    assert rollback["Data"]["State"] in ("START_IN_PROGRESS", "START_FAILED")
    assert found.states[-1] == "START_FAILED"
    assert update["PhysicalResourceId"] == rollback["PhysicalResourceId"]
