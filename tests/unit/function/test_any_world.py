"""Any world at all: hypothesis plays the service, the stack and foreign hands, and the rules hold.

A machine's world outlives its requests: what one leaves behind is what the next one finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from happenings import HAPPENINGS, UNDONE, Call, Played, RecordedService, RecordedStack
from mortal import Killed
from simulation import SESSION, Simulation, event
from streaming_session.exceptions import UndeliverableError

if TYPE_CHECKING:
    from collections.abc import Callable

# A group begins before single tests: what takes longest is not to be what the run ends with.
pytestmark = pytest.mark.xdist_group("anything")

EXAMPLES = 2000
STARTABLE = {"STOPPED", "START_FAILED"}
GRACE_SECONDS = 30.0
ONE_POLL = 66.0
"""The longest interval, in seconds, with its jitter."""
LAMBDA_RETRIES = (60, 120)
"""Seconds until Lambda runs an asynchronous event again that failed."""


@dataclass(frozen=True)
class Options:
    """What a user may set."""

    backup: str
    restart: bool
    stop: bool
    timeout: int
    interval: int

    def properties(self) -> dict[str, Any]:
        """Return them as the template has them."""
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
HAPPENING = st.lists(HAPPENINGS, max_size=5)


class AnyWorld(RuleBasedStateMachine):
    """One session, one stack, and whatever may happen to both."""

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
        self.kills = 0

    @precondition(lambda self: self.physical_id is None)
    @rule(options=OPTIONS, happenings=HAPPENING)
    def create(self, options: Options, happenings: list[Callable[[Played], None]]) -> None:
        self._start("Create", options, options.backup, happenings)

    @precondition(lambda self: self.physical_id is not None)
    @rule(options=OPTIONS, happenings=HAPPENING)
    def update(self, options: Options, happenings: list[Callable[[Played], None]]) -> None:
        assert self.options is not None
        anew = options.backup if options.backup != self.options.backup else ""
        self._start("Update", options, anew, happenings)

    def _start(
        self, kind: str, options: Options, anew: str, happenings: list[Callable[[Played], None]]
    ) -> None:
        old = self.options.properties() if self.options else None
        made = event(kind, old=old, physical_id=self.physical_id, **options.properties())
        answer = self._carry_out(made, options, happenings)
        self.options, self.physical_id = options, answer["PhysicalResourceId"]
        calls = self.service.calls_to_the_session()
        starts = [call for call in calls if call.method == "start"]
        if answer["Status"] == "SUCCESS":
            assert self.physical_id == SESSION
            if kind == "Create" or not self._asked_undone():
                assert (calls[-1].method, calls[-1].shown) == ("get", "READY")
                assert not anew or calls[-1].backup == anew
        elif kind == "Create" and not starts:
            assert self.physical_id == f"{SESSION}:not-started"
        assert {call.backup for call in starts} <= {anew or None}
        if not (options.restart and anew):
            assert not any(call.method == "stop" for call in calls)

    @precondition(lambda self: self.physical_id is not None)
    @rule(happenings=HAPPENING)
    def delete(self, happenings: list[Callable[[Played], None]]) -> None:
        assert self.options is not None
        properties = self.options.properties()
        made = event("Delete", physical_id=self.physical_id, **properties)
        answer = self._carry_out(made, self.options, happenings)
        assert answer["PhysicalResourceId"] == self.physical_id
        methods = {call.method for call in self.service.calls_to_the_session()}
        assert "start" not in methods
        if not self.options.stop or self.physical_id != SESSION:
            assert not methods
            assert answer["Status"] == "SUCCESS"
        if self._held():
            assert "stop" not in methods
        self.physical_id = self.options = None

    def _carry_out(
        self, made: dict[str, Any], options: Options, happenings: list[Callable[[Played], None]]
    ) -> dict[str, Any]:
        self.requests += 1
        made["RequestId"] = f"request-{self.requests}"
        self.world.stack.status = f"{made['RequestType'].upper()}_IN_PROGRESS"
        for happen in happenings:
            happen(Played(self.world, self.service))
        self.service.sent.clear()
        self.forgotten.clear()
        self.world.stack.asked.clear()
        self.world.answers.clear()
        self.world.sent_at.clear()
        self._run(made, options)
        (answer,) = self.world.answers
        self._acts_follow_reads()
        if made["RequestType"] != "Delete":
            self._nothing_is_done_once_undone()
        return answer

    def _run(self, made: dict[str, Any], options: Options) -> None:
        """Run a request's invocations as Lambda does, one that is killed included."""
        retries, waiting = list(LAMBDA_RETRIES), [made]
        began = self.world.clock.now
        while waiting:
            invocation = waiting.pop()
            try:
                self.world.invoke_once(invocation)
            except (Killed, UndeliverableError):
                # Lambda's retry knows nothing of what the invocation before it was told.
                self.forgotten.add(len(self.service.sent))
                self.world.clock.sleep(retries.pop(0) if retries else 0)
                began = self.world.clock.now
                waiting.append(invocation)
            waiting.extend(self.world.handed)
            self.world.handed.clear()
        answered = next(at for at in self.world.sent_at if at >= began)
        assert answered - began <= options.timeout + ONE_POLL

    def _acts_follow_reads(self) -> None:
        """Each act follows a read that allowed it; a further start, a read that saw the former."""
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
                    heeded = any(read.shown not in ("", made_from) for read in between)
                    assert heeded or call.at - newest.at >= GRACE_SECONDS - 1e-6
                newest, made_from = call, before.shown

    def _nothing_is_done_once_undone(self) -> None:
        undone = False
        for index, call in enumerate(self.service.sent):
            undone = undone and index not in self.forgotten
            assert not (undone and call.method in {"start", "stop"})
            undone = undone or (call.method == "describe" and call.shown in UNDONE)

    def _asked_undone(self) -> bool:
        return bool(self.world.stack.asked) and self.world.stack.status in UNDONE

    def _held(self) -> bool:
        stack = self.world.stack
        holds = [r for r in stack.resources if not r["ResourceStatus"].startswith("DELETE")]
        return bool(holds) and stack.fault is None


TestAnyWorld = AnyWorld.TestCase
TestAnyWorld.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
