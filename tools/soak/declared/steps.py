"""The rules that every step about a declared resource must follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from soak.checks.steps import (
    AGREE_SECONDS,
    CALL_SECONDS,
    MUTE,
    STARTED_MARGIN_SECONDS,
    StepResult,
    later,
    time_of,
)
from soak.declared.services import key_of
from soak.declared.shown import IN_FLIGHT, READY
from soak.story import SETTLED_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soak.cloud.invocations import Invocation
    from soak.declared.services import Call
    from soak.declared.story import DeclaredStep, DeclaredStory

NOT_STARTED = ":not-started"
STARTS = {"StartInstances", "StartExecution", "StartCrawler"}
_HAND_OVER = 0.5
"""The seconds in which an invocation ends once the next one has begun."""
_CLOCK = 1.0
"""Tolerance for times from two processes, in seconds."""


@dataclass(frozen=True)
class DeclaredStepResult(StepResult):
    """A step of a story of a declared resource.

    ``things`` are the story's two, and ``calls`` are the function's about them. ``states`` has the
    final state of each instance and execution by its id, and ``launched`` the time of each
    instance's last start in seconds since the epoch.
    """

    story: DeclaredStory
    step: DeclaredStep
    before: DeclaredStep | None
    things: tuple[str, str]
    calls: list[Call]
    states: dict[str, str]
    launched: dict[str, float]

    def violations(self) -> Iterator[str]:
        """Yield a sentence for each rule that the step breaks."""
        yield from self.silences()
        for answer in self.answers:
            yield from self.forms(answer)
            yield from self._answer(answer)
        for call in self.calls:
            if not call.reads:
                yield from self._act(call)
        yield from self._runs()
        yield from self._ends()

    def reason(self, failed: Invocation) -> str:
        """See `StepResult.reason`."""
        if self.story.runs:
            return super().reason(failed)
        seen = [call.shown for call in self._calls_of(failed) if call.reads and call.answered]
        gone = bool(seen) and seen[-1] in {"", "terminated", "shutting-down"}
        return "gone" if gone else super().reason(failed)

    # Answers

    def _answer(self, answer: dict[str, Any]) -> Iterator[str]:
        own = self.own(answer)
        given, physical = own.physical, answer["PhysicalResourceId"]
        if own.kind == "Delete":
            if physical != given:
                yield f"a Delete of {given} with the id {physical}"
            if answer["Status"] == "SUCCESS":
                yield from self._deleted(own, answer)
            return
        if answer["Status"] == "FAILED":
            if self.is_revert(own) and self.story.runs and not self.reason(own):
                yield f"a rollback that failed: {answer['Reason']}"
            return
        if self._may_run(own) and not self.is_void(answer):
            yield from self._ran(own, answer)
        elif self.story.runs:
            if physical != given and not self._started(own):
                yield f"an Update without a run with the id {physical} instead of {given}"
        elif physical != own.thing:
            yield f"SUCCESS for {own.thing} with the id {physical}"
        elif not self.is_void(answer):
            yield from self._truth(own, answer, own.thing)

    def _ran(self, own: Invocation, answer: dict[str, Any]) -> Iterator[str]:
        """Check a SUCCESS of a request that had to run."""
        physical, started = answer["PhysicalResourceId"], self._started(own)
        if not started:
            yield f"SUCCESS of a {own.kind} without a run"
        elif self.story.what != "crawl" and physical not in {call.run for call in started}:
            yield f"SUCCESS with the run {physical}, which the {own.kind} hasn't started"
        yield from self._truth(own, answer, physical)

    def _truth(self, own: Invocation, answer: dict[str, Any], about: str) -> Iterator[str]:
        """Compare a SUCCESS with the state that the function's last read showed."""
        reads = [
            call
            for call in self._calls_of(own, until=answer["At"])
            if call.reads and call.answered and (call.run or own.thing) == about
        ]
        reads = reads if self._is_accompanied(own, answer) else reads[-1:]
        ready = READY[self.story.what]
        if not reads:
            yield f"SUCCESS without a read of {about}"
        elif ready not in {call.shown for call in reads}:
            shown = sorted({call.shown for call in reads})
            yield f"SUCCESS, and {about} was {' or '.join(shown)} when it was read"
        elif self.story.what == "crawl":
            began = min((time_of(call.at).timestamp() for call in self._started(own)), default=0.0)
            if max(call.since for call in reads) < began - _CLOCK:
                yield f"SUCCESS of {about} with the result of an earlier crawl"

    def _deleted(self, own: Invocation, answer: dict[str, Any]) -> Iterator[str]:
        """Check a SUCCESS of a Delete."""
        acts = own.event["ResourceProperties"].get("OnDelete") in {"STOP", "CANCEL"}
        reads = [
            call
            for call in self._calls_of(own, until=answer["At"])
            if call.reads and call.answered and (call.run or own.thing) == own.physical
        ]
        left = answer.get("Reason", "")
        if not acts or left or own.physical.endswith(NOT_STARTED) or self.story.what == "crawl":
            return
        if self.story.runs and ":execution:" not in own.physical:
            return
        if not reads:
            yield f"a Delete of {own.physical} without a read"
        elif not self._is_accompanied(own, answer) and reads[-1].shown in {"running", IN_FLIGHT}:
            yield f"a Delete with SUCCESS, and {own.physical} was {reads[-1].shown}"

    # Acts

    def _act(self, call: Call) -> Iterator[str]:
        if self.story.what == "certificate":
            yield f"{call.operation} of a certificate"
            return
        starts = call.operation in STARTS
        makers = [each for each in self._makers(call) if (each.kind != "Delete") is starts]
        if not makers:
            yield f"{call.operation} of {call.run or call.thing} that no request made"
            return
        wrong = [list(self._wrong(call, maker)) for maker in makers]
        # With several invocations at a time, one that may is enough.
        yield from min(wrong, key=len)

    def _wrong(self, call: Call, maker: Invocation) -> Iterator[str]:
        """Yield why an invocation mustn't have made a call."""
        late = (time_of(call.at) - maker.deadline).total_seconds()
        if late > CALL_SECONDS:
            yield f"{call.operation} {late:.0f} s after its deadline"
        # An invocation hands over what it was told.
        first = min(each.began for each in self.invocations if each.request == maker.request)
        statuses = [
            time_of(query["At"])
            for query in self.queries
            if query["Action"] == "DescribeStacks"
            and query["Fault"] in ("", "stale")
            and first <= query["At"] <= call.at
        ]
        # The times are cut to milliseconds.
        agree = bool(statuses) and statuses[-1] - statuses[0] >= timedelta(
            seconds=AGREE_SECONDS - 0.1
        )
        if call.operation in STARTS:
            yield from self._wrong_start(call, maker, statuses=len(statuses), agree=agree)
        elif self.story.runs:
            yield from self._wrong_cancel(call, maker)
        else:
            yield from self._wrong_stop(call, maker, agree=agree)

    def _wrong_start(
        self, call: Call, maker: Invocation, *, statuses: int, agree: bool
    ) -> Iterator[str]:
        if self.is_revert(maker):
            yield f"{call.operation} by a rollback"
        elif self.story.runs and not self._may_run(maker):
            yield f"{call.operation} by a request that mustn't run"
        elif self.rolled_back_at and call.at > self.rolled_back_at:
            # A Create that is less than a minute old starts without a query.
            young = maker.kind == "Create" and self.step.age < SETTLED_SECONDS
            since = time_of(call.at) - time_of(self.rolled_back_at)
            stale = self.step.stack_fault == "stale" and since < timedelta(seconds=AGREE_SECONDS)
            # It may have asked just before, and been on its way.
            on_its_way = since < timedelta(seconds=_CLOCK)
            if not (young or stale or on_its_way):
                yield f"{call.operation} after the rollback began"
        if maker.kind == "Update" and self.story.runs and not agree:
            yield f"{call.operation} without two answers about the stack"
        elif maker.kind == "Update" and not statuses and self.step.stack_fault not in MUTE:
            yield f"{call.operation} without an answer about the stack"

    def _wrong_cancel(self, call: Call, maker: Invocation) -> Iterator[str]:
        if maker.event["ResourceProperties"].get("OnDelete") != "CANCEL":
            yield f"{call.operation} without CANCEL"
        if call.run != maker.physical:
            yield f"{call.operation} of {call.run} by the Delete of {maker.physical}"
        reads = [
            each
            for each in self._calls_of(maker, until=call.at)
            if each.reads and each.answered and each.run == call.run
        ]
        if not reads or reads[-1].shown != IN_FLIGHT:
            shown = reads[-1].shown if reads else "never read"
            yield f"{call.operation} of a run that was {shown}"

    def _wrong_stop(self, call: Call, maker: Invocation, *, agree: bool) -> Iterator[str]:
        if maker.event["ResourceProperties"].get("OnDelete") != "STOP":
            yield f"{call.operation} without STOP"
        if maker.thing != maker.physical:
            yield f"{call.operation} of {maker.thing} by the Delete of {maker.physical}"
        if not agree:
            yield f"{call.operation} without two answers about the stack"
        if self.step.kind == "update" and self._is_held(maker):
            yield f"{call.operation} of {maker.thing}, which another resource holds"
        reverts = self.rolled_back_at and maker.began >= self.rolled_back_at
        launched = self.launched.get(maker.thing, 0.0)
        margin = STARTED_MARGIN_SECONDS - 1
        if reverts and launched < time_of(self.events[0].at).timestamp() + margin:
            yield f"{call.operation} of {maker.thing}, which the rollback had found running"

    def _is_held(self, deleting: Invocation) -> bool:
        """Tell whether another resource of the stack has the thing that a Delete is about."""
        reverts = self.rolled_back_at and deleting.began >= self.rolled_back_at
        step = self.before if reverts and self.before else self.step
        if key_of(self.things[step.other]) != key_of(deleting.thing):
            return False
        holders = {f"Instance{'Moved' * step.moved}", *(("Second",) * step.pair)}
        return bool(holders - {deleting.resource})

    def _runs(self) -> Iterator[str]:
        """Compare the runs that the service has started with the requests that may run."""
        if not self.story.runs:
            return
        started = [call for call in self.calls if call.operation in STARTS and call.accepted]
        may = {each.request: each for each in self.invocations if self._may_run(each)}
        if len(started) > len(may):
            yield f"{len(started)} runs for {len(may)} requests that may run"

    # Who did what

    def _may_run(self, invocation: Invocation) -> bool:
        """Tell whether a request may start a run."""
        if not self.story.runs or invocation.kind == "Delete" or self.is_revert(invocation):
            return False
        new = invocation.event["ResourceProperties"]
        old = invocation.event.get("OldResourceProperties")
        if invocation.kind == "Create" or old is None:
            return invocation.kind == "Create"
        return any(new.get(name) != old.get(name) for name in ("Start", "Triggers"))

    def _started(self, invocation: Invocation) -> list[Call]:
        """Return the starts of a request that the service accepted."""
        own = [each for each in self.invocations if each.request == invocation.request]
        return [
            call
            for call in self.calls
            if call.operation in STARTS
            and call.accepted
            and any(call in self._calls_of(each) for each in own)
        ]

    def _makers(self, call: Call) -> list[Invocation]:
        """Return the invocations that may have made a call."""
        return [each for each in self.invocations if call in self._calls_of(each)]

    def _calls_of(self, invocation: Invocation, until: str = "") -> list[Call]:
        """Return the calls about an invocation's thing while it ran."""
        end = until or invocation.ended
        return [
            call
            for call in self.calls
            if call.thing == key_of(invocation.thing)
            and invocation.began <= call.at
            and (not end or call.at <= end)
        ]

    def _is_accompanied(self, own: Invocation, answer: dict[str, Any]) -> bool:
        """Tell whether another invocation called the service about the same thing meanwhile."""
        # One that hands over calls no service after that, and ends a moment later.
        began = later(own.began, _HAND_OVER)
        return any(
            each.thing == own.thing and each.began <= answer["At"] and not ("" < each.ended < began)
            for each in self.invocations
            if each is not own
        )

    def _ends(self) -> Iterator[str]:
        if self.status == "UPDATE_ROLLBACK_FAILED" and not self.undoable:
            yield f"UPDATE_ROLLBACK_FAILED, and the last states are {self.states}"
        if not self.well or self.step.kind == "delete":
            return
        thing, troubled = self.things[self.step.other], bool(self.step.faults)
        asked = {invocation.thing for invocation in self.invocations if invocation.kind != "Delete"}
        if (
            self.story.what == "instance"
            and thing in asked
            and not troubled
            and self.states[thing] != "running"
        ):
            yield f"{self.status}, and {thing} is {self.states[thing]!r}"
        run = self.outputs.get("Id", "")
        if ":execution:" in run and self.states.get(run, "SUCCEEDED") != "SUCCEEDED":
            yield f"{self.status}, and {run} is {self.states[run]!r}"
