"""The rules hold in any world: hypothesis plays the service, the stack and other users.

A machine's world outlives its requests: each one finds the world as the previous one left it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from outbound import UndeliverableError
from testkit.function.killable import Killed
from testkit.function.simulation import SESSION, Simulation, dated, event
from testkit.function.strategies import (
    INCIDENT,
    UNDONE,
    Call,
    RecordedService,
    RecordedStack,
    RecordedWorld,
)

Incidents: TypeAlias = list[Callable[[RecordedWorld], None]]

# Groups start before single tests, so that the longest tests don't come last.
pytestmark = pytest.mark.xdist_group("anything")

EXAMPLES = 3 * settings().max_examples
STARTABLE = {"STOPPED", "START_FAILED"}
GRACE_SECONDS = 30.0
AGREE_SECONDS = 5.0
UPDATES = {"UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}
GOES_ON = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}
ONE_POLL = 66.0
"""The longest interval, in seconds, with its jitter."""
LAMBDA_RETRIES = (60, 120)
"""Seconds until Lambda retries a failed asynchronous event."""


@dataclass(frozen=True)
class Options:
    """A user's settings."""

    backup: str
    restart: bool
    stop: bool
    timeout: int
    interval: int

    def properties(self) -> dict[str, Any]:
        """Return them as in the template."""
        return {
            "AllowRestart": str(self.restart).lower(),
            "OnDelete": "STOP" if self.stop else "RETAIN",
            "TimeoutSeconds": str(self.timeout),
            "PollIntervalSeconds": str(self.interval),
            **({"BackupId": self.backup} if self.backup else {}),
        }


OPTIONS = st.builds(
    Options,
    backup=st.sampled_from(["", "b1", "b2"]),
    restart=st.booleans(),
    stop=st.booleans(),
    timeout=st.integers(1, 300),
    interval=st.integers(5, 60),
)
INCIDENTS = st.lists(INCIDENT, max_size=5)
AGE = st.sampled_from([None, 0, 0, 20, 90, 290, 7000])
"""Seconds that a request spent in Lambda's queue; None for one without a date."""
AGAIN = st.none() | st.integers(61, 7200)
"""Seconds between a request's answer and its second delivery by Lambda."""
DELETES = (
    "DELETE_IN_PROGRESS",
    "ROLLBACK_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
)


class AnyWorld(RuleBasedStateMachine):
    """One session, one stack, and anything that may happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.world = Simulation()
        self.service = RecordedService(self.world)
        self.world.service = self.service
        self.world.stack = RecordedStack(self.service)
        self.physical_id: str | None = None
        self.options: Options | None = None
        self.requests = 0
        self.forgotten: set[int] = set()
        self.sent_at: float | None = None
        self.made: dict[str, Any] = {}
        self.kills = 0

    @precondition(lambda self: self.physical_id is None)
    @rule(options=OPTIONS, incidents=INCIDENTS, age=AGE, again=AGAIN)
    def create(
        self, options: Options, incidents: Incidents, age: int | None, again: int | None
    ) -> None:
        self.world.stack.changed_at = self.world.clock.now
        self._start("Create", options, options.backup, incidents, age)
        # Without a date, a first start can't be told from one long ago.
        self._deliver_again(None if age is None else again)

    @precondition(lambda self: self.physical_id is not None)
    @rule(options=OPTIONS, incidents=INCIDENTS, age=AGE, again=AGAIN)
    def update(
        self, options: Options, incidents: Incidents, age: int | None, again: int | None
    ) -> None:
        assert self.options is not None
        self.world.stack.changed_at = self.world.clock.now
        new_backup = options.backup if options.backup != self.options.backup else ""
        self._start("Update", options, new_backup, incidents, age)
        self._deliver_again(again)

    def _start(
        self, kind: str, options: Options, new_backup: str, incidents: Incidents, age: int | None
    ) -> None:
        old = self.options.properties() if self.options else None
        made = event(kind, old=old, physical_id=self.physical_id, **options.properties())
        answer = self._carry_out(made, options, incidents, age)
        self.options, self.physical_id = options, answer["PhysicalResourceId"]
        calls = self.service.calls_to_the_session()
        starts = [call for call in calls if call.method == "start"]
        if answer["Status"] == "SUCCESS":
            assert self.physical_id == SESSION
            if kind == "Create" or not self._was_void():
                assert (calls[-1].method, calls[-1].shown) == ("get", "READY")
                assert not new_backup or calls[-1].backup == new_backup
        elif kind == "Create" and not starts:
            assert self.physical_id == f"{SESSION}:not-started"
        assert {call.backup for call in starts} <= {new_backup or None}
        if not (options.restart and new_backup):
            assert not any(call.method == "stop" for call in calls)

    @precondition(lambda self: self.physical_id is not None)
    @rule(incidents=INCIDENTS, age=AGE, again=AGAIN, status=st.sampled_from(DELETES))
    def delete(self, incidents: Incidents, age: int | None, again: int | None, status: str) -> None:
        assert self.options is not None
        properties = self.options.properties()
        made = event("Delete", physical_id=self.physical_id, **properties)
        answer = self._carry_out(made, self.options, incidents, age, status)
        assert answer["PhysicalResourceId"] == self.physical_id
        methods = {call.method for call in self.service.calls_to_the_session()}
        assert "start" not in methods
        if not self.options.stop or self.physical_id != SESSION:
            assert not methods
            assert answer["Status"] == "SUCCESS"
        self.physical_id = self.options = None
        self._deliver_again(again)

    def _carry_out(
        self,
        made: dict[str, Any],
        options: Options,
        incidents: Incidents,
        age: int | None,
        status: str = "",
    ) -> dict[str, Any]:
        self.requests += 1
        made["RequestId"] = f"request-{self.requests}"
        self.world.stack.status = status or f"{made['RequestType'].upper()}_IN_PROGRESS"
        self.sent_at = None if age is None else self.world.clock.now - age
        if self.sent_at is not None:
            made = dated(made, self.sent_at)
        self.made = made
        for happen in incidents:
            happen(RecordedWorld(self.world, self.service))
        self.service.sent.clear()
        self.forgotten.clear()
        self.world.stack.asked.clear()
        self.world.answers.clear()
        self.world.sent_at.clear()
        self._run(made, options)
        (answer,) = self.world.answers
        self._acts_follow_reads()
        self._acts_follow_answers_of_the_stack(made)
        self._nothing_is_done_late(options)
        if made["RequestType"] != "Delete":
            self._nothing_is_done_once_undone()
        return answer

    def _deliver_again(self, seconds: int | None) -> None:
        """Deliver the previous request again, long after its stack has finished."""
        if seconds is None:
            return
        world, service = self.world, self.service
        world.clock.now += seconds
        # What would have happened by now must not happen to a stack that has finished.
        service.agenda.clear()
        service.faults.clear()
        service.lost.clear()
        service.tokens.clear()
        service.sent.clear()
        world.stack.fault, world.stack.refusals, world.stack.shown = None, 0, deque()
        world.stack.status = f"{self.made['RequestType']}_COMPLETE".upper()
        waiting = [self.made]
        while waiting:
            world.invoke_once(waiting.pop())
            waiting.extend(world.handed)
            world.handed.clear()
        assert {call.method for call in service.sent} <= {"get", "describe"}

    def _run(self, made: dict[str, Any], options: Options) -> None:
        """Run a request's invocations like Lambda, including one that is killed."""
        retries, waiting = list(LAMBDA_RETRIES), [made]
        began = self.world.clock.now
        while waiting:
            invocation = waiting.pop()
            try:
                self.world.invoke_once(invocation)
            except (Killed, UndeliverableError):
                # Lambda's retry doesn't know what the previous invocation learned.
                self.forgotten.add(len(self.service.sent))
                self.world.clock.sleep(retries.pop(0) if retries else 0)
                began = self.world.clock.now
                waiting.append(invocation)
            waiting.extend(self.world.handed)
            self.world.handed.clear()
        answered = next(at for at in self.world.sent_at if at >= began)
        deadline = (began if self.sent_at is None else self.sent_at) + options.timeout
        assert answered <= max(deadline, began) + ONE_POLL

    def _acts_follow_reads(self) -> None:
        """Each act follows a read that allowed it, and a second start one that saw the first."""
        newest: Call | None = None
        made_from = ""
        calls = self.service.calls_to_the_session()
        for index, call in enumerate(calls):
            if call.method == "get":
                continue
            before = calls[index - 1]
            assert before.method == "get"
            assert before.shown in (STARTABLE if call.method == "start" else {"READY"})
            if call.method == "start":
                if newest is not None and newest.done and newest.token != call.token:
                    between = calls[calls.index(newest) + 1 : index]
                    took_effect = any(read.shown not in ("", made_from) for read in between)
                    assert took_effect or call.at - newest.at >= GRACE_SECONDS - 1e-6
                newest, made_from = call, before.shown

    def _nothing_is_done_once_undone(self) -> None:
        undone = False
        for index, call in enumerate(self.service.sent):
            undone = undone and index not in self.forgotten
            assert not (undone and call.method in {"start", "stop"})
            undone = undone or (call.method == "describe" and call.shown in UNDONE)

    def _nothing_is_done_late(self, options: Options) -> None:
        for call in self.service.sent:
            if call.method in {"start", "stop"} and self.sent_at is not None:
                assert call.at < self.sent_at + options.timeout

    def _acts_follow_answers_of_the_stack(self, made: dict[str, Any]) -> None:
        """Stops and restoring starts follow two answers, five seconds apart, that allow them."""
        kind, sent = made["RequestType"], self.service.sent
        for index, act in enumerate(sent):
            if act.method != "stop" and not (act.method == "start" and act.backup):
                continue
            asked = [call for call in sent[:index] if call.method == "describe"][::-1]
            allowing = GOES_ON
            if kind == "Delete":
                # Both of these mean the same: stop the session unless another resource holds it.
                allowing = UPDATES if asked[0].shown in UPDATES else {asked[0].shown}
            agreeing = list(takewhile(lambda call: call.shown in allowing, asked))  # noqa: B023
            assert act.at - agreeing[-1].at >= AGREE_SECONDS - 1e-6
            if kind == "Delete":
                reads = [call for call in sent[:index] if call.method == "get" and call.done]
                self._may_be_stopped(asked[0].shown, reads[-1].started_at)

    def _may_be_stopped(self, status: str, started_at: float | None) -> None:
        stack = self.world.stack
        holders = [r for r in stack.resources if not r["ResourceStatus"].startswith("DELETE")]
        assert not (holders and status.startswith("UPDATE_"))
        if "ROLLBACK" in status:
            assert stack.changed_at is not None
            assert (started_at or 0) > stack.changed_at + 60

    def _was_void(self) -> bool:
        asked = [call.shown for call in self.service.sent if call.method == "describe"]
        return bool(asked) and (asked[-1] in UNDONE or asked[-1].endswith("_COMPLETE"))


TestAnyWorld = AnyWorld.TestCase
TestAnyWorld.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
