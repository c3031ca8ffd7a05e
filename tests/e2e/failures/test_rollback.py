"""Requests whose stack is undone while they wait.

CloudFormation makes resources side by side, so another one can fail while ours waits. It then sends
the Delete of a Create that still waits, under an id that it made up, or the Update of the rollback
while ours waits. MiniStack makes one resource after another and never does this: the stacks here
are real and are held in the status that matters by a session of their own, and the requests are
sent to their functions as AWS documents them.
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
    from testkit.cloud.driver import Stage

pytestmark = pytest.mark.xdist_group("wrong")

CAPACITY = {"kind": "start-failure", "code": "INSUFFICIENT_CAPACITY"}
MARGIN_SECONDS = 62
SESSIONS = "200"
"""So large a stack reads a session every 20 s: a Delete stops it between two reads of a Create."""


@dataclass(frozen=True)
class Scene:
    """A stack with a function, the session that holds it up, and a desk that requests are about."""

    stage: Stage
    plan: Plan

    @property
    def desk(self) -> str:
        return f"desk-of-{self.plan.stack}"

    @property
    def made_up_id(self) -> str:
        """A PhysicalResourceId as CloudFormation makes them up."""
        return f"{self.plan.stack}-AtTheBorder-1ABCDEFGHIJKL"

    def hold_the_rollback(self) -> None:
        """Wait for the rollback of the creation, and hold it up."""
        self.wait_for_status("ROLLBACK_IN_PROGRESS")
        # Its Delete asks twice, five seconds apart, before it stops a session: this is in between.
        self.stage.hold(self.plan.session_id, STARTING)
        starting = {"sessionId": self.plan.session_id, "state": "START_IN_PROGRESS"}
        self.stage.control.add_session(**starting)

    def release(self, fault: str) -> None:
        self.stage.control.remove_fault(fault)

    def send(self, kind: str, **more: Any) -> dict[str, Any]:
        """Send a request about the desk, which is to be stopped when its resource is deleted."""
        stack_id = self.stage.deployer.stack_id(self.plan.stack)
        event = self.stage.border.event(kind, stack_id, self.desk, OnDelete="STOP", **more)
        self.stage.border.send(self.stage.deployer.function(self.plan.stack), event)
        return event

    def states(self, session_id: str) -> list[str]:
        session = self.stage.control.session(session_id)
        return [moment["state"] for moment in session["history"]]

    def wait_for_state(self, session_id: str, state: str) -> None:
        self.stage.wait_for_state(session_id, state)

    def wait_for_status(self, status: str) -> None:
        stack, deployer = self.plan.stack, self.stage.deployer
        self.stage.wait(status, lambda: deployer.status(stack) == status)

    def wait_for_a_read(self) -> None:
        journal = partial(self.stage.control.journal, sessionId=self.desk)
        known = len(journal())
        self.stage.wait("a read", lambda: len(journal()) > known)

    def end(self, *events: dict[str, Any]) -> Seen:
        """Wait for the answers, look, let the stack go on, and return what was seen."""
        answers = [self.stage.border.answer(event) for event in events]
        acts = self.stage.acts(self.desk)
        for fault in self.stage.control.faults():
            if fault["sessionId"] == self.plan.session_id:
                self.release(fault["id"])
        self.stage.deployer.settled(self.plan.stack)
        if self.stage.deployer.status(self.plan.stack) != "DELETE_COMPLETE":
            self.stage.delete(self.plan)
        # Whoever is still at work on the desk would have shown it by now.
        assert self.stage.acts(self.desk) == acts
        assert [len(self.stage.border.answers(event)) for event in events] == [1] * len(events)
        return Seen(answers, self.states(self.desk))


@dataclass(frozen=True)
class Seen:
    """The answers to the requests, each one the only one, and what the desk went through."""

    answers: list[dict[str, Any]]
    states: list[str]


def rolled_back_without_capacity(scene: Scene) -> Seen:
    """A Create that starts again and again, while another resource of its stack fails."""
    scene.stage.hold(scene.desk, CAPACITY)
    gate = scene.stage.hold(scene.plan.session_id, STARTING)
    scene.stage.deployer.create(scene.stage.assembly, scene.plan)
    scene.wait_for_state(scene.plan.session_id, "START_IN_PROGRESS")
    create = scene.send("Create", TimeoutSeconds="120")
    scene.wait_for_state(scene.desk, "START_FAILED")
    scene.release(gate)
    scene.hold_the_rollback()
    delete = scene.send("Delete", physical_id=scene.made_up_id)
    return scene.end(create, delete)


def rolled_back_and_stopped(scene: Scene) -> Seen:
    """A Create whose session the Delete has stopped before it looks again."""
    desk = scene.stage.hold(scene.desk, STARTING)
    gate = scene.stage.hold(scene.plan.session_id, STARTING)
    scene.stage.deployer.create(scene.stage.assembly, scene.plan)
    scene.wait_for_state(scene.plan.session_id, "START_IN_PROGRESS")
    # What starts within a minute of the stack's creation may have been started by somebody else.
    scene.stage.deployer.ended.wait(MARGIN_SECONDS)
    create = scene.send("Create")
    scene.wait_for_state(scene.desk, "START_IN_PROGRESS")
    scene.release(gate)
    scene.hold_the_rollback()
    scene.wait_for_a_read()
    scene.release(desk)
    delete = scene.send("Delete", physical_id=scene.made_up_id)
    return scene.end(create, delete)


def deleted_while_it_waits(scene: Scene) -> Seen:
    """A Create whose stack somebody deletes."""
    scene.stage.deploy(scene.plan)
    desk = scene.stage.hold(scene.desk, STARTING)
    create = scene.send("Create")
    scene.wait_for_state(scene.desk, "START_IN_PROGRESS")
    scene.stage.hold(scene.plan.session_id, STOPPING)
    scene.stage.deployer.delete(scene.plan.stack)
    scene.wait_for_status("DELETE_IN_PROGRESS")
    scene.wait_for_a_read()
    scene.release(desk)
    delete = scene.send("Delete", physical_id=scene.made_up_id)
    return scene.end(create, delete)


def update_rolled_back(scene: Scene) -> Seen:
    """An Update that starts again and again, while another resource of its stack fails."""
    scene.stage.deploy(scene.plan)
    scene.stage.hold(scene.desk, CAPACITY)
    scene.stage.control.add_session(sessionId=scene.plan.session_id, state="STOPPED")
    gate = scene.stage.hold(scene.plan.session_id, STARTING)
    scene.stage.deployer.update(scene.stage.assembly, PLANS_BY_NAME["UpdateRolledBack", 2])
    scene.wait_for_status("UPDATE_IN_PROGRESS")
    update = scene.send("Update", Triggers="2", old={"Triggers": "1"})
    scene.wait_for_state(scene.desk, "START_FAILED")
    # Slow reads of the other session hold the stack where the rollback is seen.
    scene.stage.hold(scene.plan.session_id, {"kind": "latency", "seconds": 6})
    scene.release(gate)
    scene.wait_for_status("UPDATE_ROLLBACK_IN_PROGRESS")
    rollback = scene.send("Update", Triggers="1", old={"Triggers": "2"})
    return scene.end(update, rollback)


def reads_seldom(_: cdk.Stack, session: StreamingSession) -> None:
    """Let the function take its stack for one of many sessions."""
    session.provider.function.add_environment("SESSIONS", SESSIONS)


def reads_seldom_and_fails_afterwards(stack: cdk.Stack, session: StreamingSession) -> None:
    reads_seldom(stack, session)
    fails_afterwards(stack, session)


STOP = {"on_delete": OnDelete.STOP}
SCENES: dict[str, Callable[[Scene], Seen]] = {
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
    for name in SCENES
    for version in (1, 2)
}


def play(stage: Stage, *, name: str) -> Seen:
    scene = Scene(stage, PLANS_BY_NAME[name, 1])
    stage.seed(scene.plan.session_id, scene.desk)
    return SCENES[name](scene)


PLANS = list(PLANS_BY_NAME.values())
PLAYS = {name: partial(play, name=name) for name in SCENES}


def test_a_create_that_is_rolled_back_does_not_start_again(played: Callable[[str], Seen]) -> None:
    found = played("RolledBackWithoutCapacity")
    create, delete = found.answers
    assert create["Status"] == "FAILED"
    assert "it was cancelled" in create["Reason"]
    assert delete["Status"] == "SUCCESS"
    assert delete["PhysicalResourceId"] == "RolledBackWithoutCapacity-AtTheBorder-1ABCDEFGHIJKL"
    assert found.states[-1] == "START_FAILED"


@pytest.mark.parametrize("name", ["RolledBackAndStopped", "DeletedWhileItWaits"])
def test_a_create_does_not_start_what_the_delete_has_stopped(
    played: Callable[[str], Seen], name: str
) -> None:
    found = played(name)
    create, delete = found.answers
    assert create["Status"] == "FAILED"
    assert "it was cancelled" in create["Reason"]
    assert "#cancelled" in create["Reason"]
    assert delete["Status"] == "SUCCESS"
    stopped = ["STOPPED", "START_IN_PROGRESS", "READY", "STOP_IN_PROGRESS", "STOPPED"]
    assert found.states == stopped


def test_an_update_that_is_rolled_back_starts_nothing_more(played: Callable[[str], Seen]) -> None:
    found = played("UpdateRolledBack")
    update, rollback = found.answers
    assert update["Status"] == rollback["Status"] == "SUCCESS"
    assert "being undone" in update["Reason"]
    assert "being undone" in rollback["Reason"]
    # The last start may still be failing when the rollback looks: it doesn't wait for it.
    assert rollback["Data"]["State"] in ("START_IN_PROGRESS", "START_FAILED")
    assert found.states[-1] == "START_FAILED"
    assert update["PhysicalResourceId"] == rollback["PhysicalResourceId"]
