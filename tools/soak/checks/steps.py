"""The result of one step as observed from outside, and the rules for every kind of story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soak.cloud.invocations import Invocation, Kill
    from soak.story import Step, Story
    from testkit.cloud.deployer import StackEvent

MAX_ANSWER = 4096
NOT_ANSWERED = "waiting for ResponseURL callback"
STACK = "AWS::CloudFormation::Stack"
NOT_READ = "the stack's status is unknown"
AGREE_SECONDS = 5.0
"""The time between two answers about a stack that must agree."""
STARTED_MARGIN_SECONDS = 60.0
CALL_SECONDS = 10.0
"""Maximum time of a call that was made just before the deadline."""
MUTE = {"forbidden", "silent"}
"""Stack faults. After a minute of one of them, a plain start goes ahead."""


@dataclass(frozen=True)
class StepResult:
    """One step as observed from outside.

    ``before`` is the previous step, None for a create. ``answers`` are the ones that CloudFormation
    took; ``queries`` are the function's, about the stack. ``invocations`` are the function's, and
    ``kills`` the times at which its processes were killed.
    """

    story: Story
    step: Step
    before: Step | None
    status: str
    outputs: dict[str, str]
    events: list[StackEvent]
    answers: list[dict[str, Any]]
    queries: list[dict[str, str]]
    invocations: list[Invocation]
    kills: list[Kill]

    @property
    def well(self) -> bool:
        """True if it ended as requested."""
        return self.status == f"{self.step.kind.upper()}_COMPLETE"

    @property
    def rolled_back_at(self) -> str:
        """The time at which its rollback began; empty without one."""
        return next((e.at for e in self.events if e.status.endswith("ROLLBACK_IN_PROGRESS")), "")

    def topics(self) -> list[str]:
        """Return the entries of docs/operations.md that the failures point to."""
        return [a["Reason"].rpartition("#")[2] for a in self.answers if a["Status"] == "FAILED"]

    @property
    def undoable(self) -> str:
        """The reason why the rollback was bound to fail; empty if there is none."""
        if self.status != "UPDATE_ROLLBACK_FAILED":
            return ""
        went_well = {a["RequestId"] for a in self.answers if a["Status"] == "SUCCESS"}
        reverts = [invocation for invocation in self.invocations if self.is_revert(invocation)]
        reasons = {
            self.reason(invocation) for invocation in reverts if invocation.request not in went_well
        }
        return "" if "" in reasons else ", ".join(sorted(reasons))

    def is_revert(self, invocation: Invocation) -> bool:
        """Tell whether a rollback sent a request, an Update."""
        # MiniStack's events run ahead of the clock when there are many, so their order decides.
        first = next(
            (
                each.request
                for each in self.invocations
                if each.kind == "Update" and each.resource == invocation.resource
            ),
            invocation.request,
        )
        updates = bool(self.rolled_back_at) and invocation.kind == "Update"
        return updates and invocation.request != first

    def reason(self, failed: Invocation) -> str:
        """Return why a rollback's request had to fail; empty if it had not."""
        reasons = [a.get("Reason", "") for a in self.answers if a["RequestId"] == failed.request]
        if self.step.stack_fault and any(NOT_READ in reason for reason in reasons):
            return "not read"
        same = [
            invocation for invocation in self.invocations if invocation.request == failed.request
        ]
        return "killed" if any(invocation.was_killed(self.kills) for invocation in same) else ""

    def is_void(self, answer: dict[str, Any]) -> bool:
        """Tell whether an answer says that the stack no longer waits, when it may say so."""
        if "rolling back" not in answer.get("Reason", ""):
            return False
        own = self.own(answer)
        reverts = self.is_revert(own) and own.began <= answer["At"]
        rolls_back = bool(self.rolled_back_at) and answer["At"] >= self.rolled_back_at
        return rolls_back or reverts or bool(answer.get("Again", False))

    def own(self, answer: dict[str, Any]) -> Invocation:
        """Return the invocation that sent an answer."""
        invocations = [
            invocation
            for invocation in self.invocations
            if invocation.request == answer["RequestId"]
        ]
        return next(
            (
                invocation
                for invocation in reversed(invocations)
                if invocation.began <= answer["At"]
            ),
            invocations[0],
        )

    def silences(self) -> Iterator[str]:
        """Yield the requests that have no answer and should have one."""
        # Lambda retries a handed-over wait if it was killed, so it has to answer.
        killed = [
            invocation
            for invocation in self.invocations
            if invocation.was_killed(self.kills) and not invocation.onward
        ]
        for event in self.events:
            unanswered = event.kind != STACK and NOT_ANSWERED in event.reason
            if unanswered and event.resource not in {invocation.resource for invocation in killed}:
                yield f"a request of {event.resource} has no answer"

    def forms(self, answer: dict[str, Any]) -> Iterator[str]:
        """Yield what is wrong with the form of an answer."""
        reason = answer.get("Reason", "")
        if answer["Status"] == "FAILED" and "docs/operations.md#" not in reason:
            yield f"a failure without its entry: {reason}"
        if not reason.isprintable():
            yield f"a reason that is not printable: {reason!r}"
        if answer["Size"] > MAX_ANSWER:
            yield f"an answer of {answer['Size']} bytes"


def time_of(moment: str) -> datetime:
    """Return a moment of an event as a time."""
    return datetime.fromisoformat(moment)


def later(moment: str, seconds: float) -> str:
    """Return the moment some seconds after another, in the format of events."""
    at = time_of(moment) + timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds")[:23] + "Z"
