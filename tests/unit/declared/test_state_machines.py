"""The rules of the three kinds hold in any world: hypothesis plays the services and the stack.

A machine's world outlives its requests: each one finds the world as the previous one left it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from declared import call
from outbound import UndeliverableError
from testkit.declared.declarations import (
    certificate,
    crawler,
    declared_event,
    execution,
    fleet,
    job,
)
from testkit.declared.services import ENDED, Thing
from testkit.declared.world import DeclaredWorld
from testkit.function.killable import Killed
from testkit.function.simulation import CloudFormation, SimulatedClock, dated, refusal
from waiter.wait.permission import SETTLED_SECONDS

pytestmark = pytest.mark.xdist_group("anything")

FAULTS = {
    "throttled": refusal("ThrottlingException", 400),
    "broken": refusal("InternalServerError", 500),
    "unsent": ConnectionRefusedError(111, "Connection refused"),
    "silent": TimeoutError("timed out"),
    "killed": Killed(),
    "none": None,
}
FAULT = st.lists(st.sampled_from(sorted(FAULTS)), max_size=3)
LOST = st.lists(st.sampled_from(["broken", "silent", "killed", "none"]), max_size=2)
ROLLBACK = "UPDATE_ROLLBACK_IN_PROGRESS"
CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
ENDS = ("SUCCEEDED", "FAILED", "RUNNING", "BROKEN", "READY")
WHEN = st.integers(0, 400) | st.just(3600)
"""Seconds between a request's answer and its second delivery."""
HOLDER = {"LogicalResourceId": "Renamed", "ResourceType": "Custom::CdkWaiter"}


@dataclass
class UndoneStack(CloudFormation):
    """A stack whose rollback begins at some time."""

    clock: SimulatedClock = field(default_factory=SimulatedClock)
    undone_at: float | None = None
    undoing: str = ""

    def _enter(self, query: str) -> None:
        if self.undone_at is not None and self.clock.now >= self.undone_at:
            self.status = self.undoing
        super()._enter(query)


class AnyWorld(RuleBasedStateMachine):
    """One declared resource, its service, its stack, and anything that may happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.world = DeclaredWorld()
        self.world.stack = self.stack = UndoneStack(clock=self.world.clock)
        self.undone_at: float | None = None
        self.hides_status = False
        self.services = self.world.services
        self.patched = patch.object(call, "connect", self.services.client)
        self.patched.start()
        self.physical_id = ""
        self.properties: dict[str, Any] = {}
        self.requests = 0
        self.made: dict[str, Any] = {}

    def teardown(self) -> None:
        self.patched.stop()

    def prepare(
        self,
        faults: list[str],
        lost: list[str],
        seconds: int,
        hidden: int,
        *,
        limit: int,
        lag: int,
        deaf: int,
        unread: int,
        stale: list[str],
        undone: int | None,
    ) -> None:
        """Set how the services, the stack and CloudFormation behave during the next request."""
        world = self.world
        world.statuses = deque([503] * deaf)
        world.stack.refusals, world.stack.shown = unread, deque(stale)
        self.undone_at = None if undone is None else world.clock.now + undone
        self.hides_status = bool(unread or stale)
        self.services.lag = lag
        # A killed process can't come back twice in a test with two retries.
        self.services.faults = {
            name: deque(FAULTS[fault] for fault in faults)  # type: ignore[misc]
            for name in ("DescribeExecution", "GetJobRun", "StartJobRun", "StartFleet")
        }
        self.services.lost = deque(FAULTS[fault] for fault in lost)
        self.services.seconds, self.services.hidden = seconds, hidden
        self.world.invocation_seconds = limit

    def send(
        self, kind: str, status: str, properties: dict[str, Any], old: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run a request as Lambda does, with its retries, and return the answer."""
        self.requests += 1
        world = self.world
        world.stack.status, world.stack.changed_at = status, world.clock.now
        made = declared_event(
            kind,
            properties,
            old=old,
            physical_id=self.physical_id,
            request_id=f"request-{self.requests}",
        )
        self.made = made = dated(made, world.clock.now)
        world.answers.clear()
        self.services.calls.clear()
        self.services.times.clear()
        began = world.clock.now
        self.stack.undoing = f"{'UPDATE_' * (kind == 'Update')}ROLLBACK_IN_PROGRESS"
        self.stack.undone_at = None if kind == "Delete" or status == ROLLBACK else self.undone_at
        self.run(made)
        self.check_undone(began)
        answer = world.answers[0]
        assert {each["Status"] for each in world.answers} <= {answer["Status"], "FAILED", "SUCCESS"}
        return answer

    def is_unread(self, answer: dict[str, Any]) -> bool:
        """Tell whether an Update failed because nothing told it in time that it's a rollback."""
        return self.hides_status and answer["Reason"].endswith("#stack-not-read")

    def is_void(self, answer: dict[str, Any]) -> bool:
        """Tell whether an Update succeeded because it was void, or seemed to be.

        Its rollback began meanwhile, or it was retried after a minute and saw an old status.
        """
        undone_at = self.stack.undone_at
        rolls_back = undone_at is not None and self.world.clock.now >= undone_at
        void = rolls_back or self.hides_status
        return void and answer["Reason"].startswith("The stack is rolling back")

    def check_undone(self, began: float) -> None:
        """Only the first call of a Create acts without a query about the stack."""
        for (name, _), at in zip(self.services.calls, self.services.times, strict=True):
            reads = name.startswith(("Describe", "Get"))
            undone_at = self.stack.undone_at
            assert reads or undone_at is None or at <= max(began, undone_at)

    def run(self, made: dict[str, Any]) -> None:
        waiting, retries = [made], [60, 120, 120, 120, 120, 120]
        while waiting:
            event = waiting.pop(0)
            try:
                self.world.invoke_once(event)
            except (Killed, UndeliverableError):
                self.world.clock.sleep(retries.pop(0) if retries else 0)
                waiting.append(event)
            waiting.extend(self.world.handed)
            self.world.handed.clear()

    def deliver_again(self, seconds: int) -> None:
        """Deliver the latest request again, after its stack has finished."""
        self.world.clock.now += seconds
        self.stack.undone_at = None
        self.services.faults.clear()
        self.services.lost.clear()
        self.world.statuses.clear()
        self.stack.refusals = 0
        self.stack.shown.clear()
        self.world.stack.status = f"{self.made['RequestType']}_COMPLETE".upper()
        self.services.calls.clear()
        self.run(self.made)
        # A young one asks for the same run again, and gets it.
        assert not self.services.acts() or seconds <= SETTLED_SECONDS


SETUP: dict[str, Any] = {
    "faults": FAULT,
    "lost": LOST,
    "seconds": st.integers(0, 200),
    "hidden": st.integers(0, 20),
    "limit": st.sampled_from([40, 200, 900]),
    "lag": st.sampled_from([0, 0, 5, 25]),
    # CloudFormation takes no answer, or answers no query, or one with an old status.
    "deaf": st.sampled_from([0, 0, 1, 40]),
    "unread": st.integers(0, 4),
    "stale": st.lists(st.sampled_from(["UPDATE_COMPLETE", "CREATE_COMPLETE"]), max_size=1),
    "undone": st.none() | st.integers(0, 60),
}


class AnyRun(AnyWorld):
    """A run starts at most once for each request that asks for it."""

    @initialize(make=st.sampled_from([execution, job, crawler]), cancels=st.booleans())
    def declare(self, make: Any, cancels: bool) -> None:
        self.make = make
        self.more = {"OnDelete": "CANCEL"} if cancels and make is not crawler else {}
        self.trigger = 0

    def declared(self, timeout: int) -> dict[str, Any]:
        made: dict[str, Any] = self.make(
            Triggers=str(self.trigger), TimeoutSeconds=str(timeout), **self.more
        )
        return made

    @precondition(lambda self: not self.physical_id)
    @rule(timeout=st.integers(1, 400), end=st.sampled_from(ENDS), again=WHEN, **SETUP)
    def create(self, timeout: int, end: str, again: int, **setup: Any) -> None:
        self.ask("Create", "CREATE_IN_PROGRESS", timeout, end, again, setup, runs=True)

    @precondition(lambda self: self.physical_id)
    @rule(
        timeout=st.integers(1, 400),
        end=st.sampled_from(ENDS),
        again=WHEN,
        changes=st.booleans(),
        rolls_back=st.booleans(),
        forgotten=st.booleans(),
        **SETUP,
    )
    def update(
        self,
        timeout: int,
        end: str,
        again: int,
        changes: bool,
        rolls_back: bool,
        forgotten: bool,
        **setup: Any,
    ) -> None:
        status = ROLLBACK if rolls_back else "UPDATE_IN_PROGRESS"
        given = self.physical_id
        self.trigger += changes
        runs = changes and not rolls_back
        answer = self.ask(
            "Update", status, timeout, end, again, setup, runs=runs, forgotten=forgotten
        )
        if not runs:
            assert answer["PhysicalResourceId"] == given
            assert not self.services.acts()
        if rolls_back:
            assert answer["Status"] == "SUCCESS" or self.is_unread(answer)

    def ask(
        self,
        kind: str,
        status: str,
        timeout: int,
        end: str,
        again: int,
        setup: dict[str, Any],
        *,
        runs: bool,
        forgotten: bool = False,
    ) -> dict[str, Any]:
        self.prepare(**setup)
        self.services.ends = deque([end if end in {"SUCCEEDED", "FAILED"} else "SUCCEEDED"])
        if end == "READY":
            # Somebody else's run of the same target is in flight.
            self.services.crawler = Thing("RUNNING", self.world.clock.now + 50, "READY")
            self.services.runs["other"] = Thing("RUNNING", self.world.clock.now + 50, "SUCCEEDED")
        self.services.started.clear()
        self.services.forgotten = forgotten
        properties = self.declared(timeout)
        answer = self.send(kind, status, properties, self.properties or None)
        started = [*self.services.started]
        assert len(started) <= runs
        if answer["Status"] == "SUCCESS" and runs and not self.is_void(answer):
            assert [answer["PhysicalResourceId"]] == started
        if started and answer["Status"] == "FAILED" and not setup["lost"]:
            assert answer["PhysicalResourceId"] in started
        self.properties, self.physical_id = properties, answer["PhysicalResourceId"]
        # Without a token, nothing tells a young second delivery from the first.
        if again > SETTLED_SECONDS or self.make is execution:
            self.deliver_again(again)
            assert self.services.started == started
        self.services.forgotten = False
        return answer

    @precondition(lambda self: self.physical_id)
    @rule(status=st.sampled_from(["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"]), **SETUP)
    def delete(self, status: str, **setup: Any) -> None:
        self.prepare(**setup)
        self.services.runs["other"] = Thing("RUNNING", self.world.clock.now + 9999, "SUCCEEDED")
        self.services.hidden = 0
        answer = self.send("Delete", status, self.properties)
        assert answer["PhysicalResourceId"] == self.physical_id
        cancelled = {
            value
            for name, parameters in self.services.calls
            if name in {"StopExecution", "BatchStopJobRun"}
            for value in (parameters.get("executionArn"), *parameters.get("JobRunIds", []))
            if value
        }
        assert cancelled <= ({self.physical_id} if self.more else set())
        run = self.services.runs.get(self.physical_id)
        if answer["Status"] == "SUCCESS" and self.more and run:
            assert run.state in ENDED
        del self.services.runs["other"]
        self.physical_id, self.properties = "", {}


class AnyThing(AnyWorld):
    """A thing is started by deployments, stopped only by its own Delete, and never otherwise."""

    @initialize(stops=st.booleans())
    def declare(self, stops: bool) -> None:
        self.more = {"OnDelete": "STOP" if stops else "RETAIN"}

    @rule(
        status=st.sampled_from(
            ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", ROLLBACK, "DELETE_IN_PROGRESS", CLEANUP]
        ),
        held=st.booleans(),
        state=st.sampled_from(["", "STOPPED", "RUNNING", "ABSENT", "BROKEN", "PATCHING"]),
        timeout=st.integers(1, 300),
        retry=st.booleans(),
        again=WHEN,
        **SETUP,
    )
    def ask(
        self,
        status: str,
        held: bool,
        state: str,
        timeout: int,
        retry: bool,
        again: int,
        **setup: Any,
    ) -> None:
        self.prepare(**setup)
        if state:
            self.services.fleet = Thing(state, since=self.world.clock.now)
        self.services.ends = deque(["BROKEN"] * retry)
        kind = "Update" if status == ROLLBACK else status.partition("_")[0].capitalize()
        kind = "Delete" if status == CLEANUP else kind
        holder = {**HOLDER, "PhysicalResourceId": "studio", "ResourceStatus": "CREATE_COMPLETE"}
        self.stack.resources = [holder] if held else []
        more = {**self.more, "TimeoutSeconds": str(timeout), "Retry": ["BROKEN"] if retry else []}
        found, self.physical_id = self.services.fleet.state, "studio"
        answer = self.send(kind, status, fleet(**more))
        acts = {*self.services.acts()}
        if kind == "Delete":
            stops = self.more["OnDelete"] == "STOP" and not (held and status == CLEANUP)
            assert acts <= ({"StopFleet"} if stops else set())
        else:
            assert acts <= (set() if status == ROLLBACK else {"StartFleet"})
        if status == ROLLBACK and found != "ABSENT":
            assert answer["Status"] == "SUCCESS" or self.is_unread(answer)
        if kind in {"Create", "Update"} and answer["Status"] == "SUCCESS" and status != ROLLBACK:
            assert self.services.calls[-1][0] == "DescribeFleets"
        if again > SETTLED_SECONDS:
            self.deliver_again(again)


class AnyWork(AnyWorld):
    """A certificate is only read, never changed."""

    @rule(
        status=st.sampled_from(["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", ROLLBACK]),
        state=st.sampled_from(["PENDING_VALIDATION", "ISSUED", "FAILED", "ABSENT", "ODD"]),
        following=st.sampled_from(["ISSUED", "FAILED"]),
        timeout=st.integers(1, 300),
        again=WHEN,
        **SETUP,
    )
    def ask(
        self, status: str, state: str, following: str, timeout: int, again: int, **setup: Any
    ) -> None:
        self.prepare(**setup)
        faults = self.services.faults["GetJobRun"]
        self.services.faults = {"DescribeCertificate": faults}
        due = self.world.clock.now + self.services.seconds
        self.services.certificate = Thing(state, due if state == "ODD" else None, following)
        if state == "PENDING_VALIDATION":
            self.services.certificate.due = due
        kind = "Update" if status == ROLLBACK else status.partition("_")[0].capitalize()
        self.physical_id = certificate()["Id"]
        answer = self.send(kind, status, certificate(TimeoutSeconds=str(timeout)))
        assert not self.services.acts()
        if answer["Status"] == "SUCCESS" and status != ROLLBACK and not self.is_void(answer):
            assert self.services.certificate.state == "ISSUED"
        if status == ROLLBACK:
            failed = answer["Status"] == "FAILED" and not self.is_unread(answer)
            assert failed is ("#absent" in answer["Reason"])
        if again > SETTLED_SECONDS:
            self.deliver_again(again)


QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much]
MANY = settings().max_examples
TestAnyRun = AnyRun.TestCase
TestAnyRun.settings = settings(
    max_examples=MANY, stateful_step_count=5, deadline=None, suppress_health_check=QUIET
)
TestAnyThing = AnyThing.TestCase
TestAnyThing.settings = settings(
    max_examples=MANY // 2, stateful_step_count=4, deadline=None, suppress_health_check=QUIET
)
TestAnyWork = AnyWork.TestCase
TestAnyWork.settings = settings(
    max_examples=MANY // 4, stateful_step_count=4, deadline=None, suppress_health_check=QUIET
)
