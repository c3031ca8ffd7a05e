"""From what came of a wait to the answer: pure, no network."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fallback import failed
from waiter.wait.model import Cancelled, Failed, RequestType, Succeeded
from waiter.wait.state import WaitState

from .request import Request
from .resource import Resource

_LEFT = {
    "held": "Another resource of the stack holds the session; it was not stopped.",
    "found-running": "The session was not started by what is rolled back; it was not stopped.",
    "moved": "Another stack of the same app may hold the session; it was not stopped.",
}
"""Why a Delete leaves a session running."""
_AS_IT_IS = "the session was left as it is"
RETRY_SECONDS = 60.0
"""Lambda runs an event again a minute after its first run failed, at the earliest."""
_STOPPED = "the session was stopped for the backup and is not started: start it in the studio"


@dataclass(frozen=True)
class Answer:
    """What CloudFormation is told; ``outcome`` is SUCCESS, FAILED or CANCELLED, for the metrics."""

    status: str
    physical_id: str
    reason: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    outcome: str = "SUCCESS"


def advise(hints: Mapping[str, str], topic: str) -> str:
    """Return what to do about ``topic``, and where that is explained."""
    known = topic if topic in hints else "other-failure"
    return f"{hints[known]} See docs/operations.md#{known.lower()}"


def refused(event: Mapping[str, Any], reason: str, *, started: bool) -> Answer:
    """Answer a request that can't be carried out."""
    values = failed(event, reason, started=started)
    return Answer(values["Status"], values["PhysicalResourceId"], reason, outcome="FAILED")


def answer_for(
    event: Mapping[str, Any],
    request: Request,
    outcome: Succeeded | Failed | Cancelled,
    state: WaitState,
    resource: Resource,
) -> Answer:
    """Answer a request whose wait, if there was one, has ended."""
    deletes, started = request.type is RequestType.DELETE, state.started_anything
    if isinstance(outcome, Succeeded):
        if not deletes:
            return Answer("SUCCESS", request.resource_id, data=outcome.snapshot.attributes)
        return Answer("SUCCESS", request.physical_id, _LEFT.get(outcome.left, ""))
    cancelled = isinstance(outcome, Cancelled)
    if isinstance(outcome, Cancelled):
        if request.type is RequestType.UPDATE:
            # After a rollback comes the state before it: nothing starts, nothing fails.
            data = outcome.snapshot.attributes if outcome.snapshot else resource.unread(request)
            left = _STOPPED if state.left_stopped else _AS_IT_IS
            reason = f"The stack is being undone, or waits no more; {left}."
            return Answer("SUCCESS", request.resource_id, reason, data, "CANCELLED")
        outcome = Failed("it was cancelled", "cancelled")
    more = f"; {_STOPPED}" if state.left_stopped and not deletes else ""
    if not (request.physical_id or started or deletes) and state.queued >= RETRY_SECONDS:
        more += "; if Lambda ended an earlier run of this request, what that one started runs on"
    verb = "Stopping" if deletes else "Starting"
    reason = f"{verb} {request.title} did not succeed: {outcome.what}{more}. "
    answer = refused(event, reason + advise(resource.HINTS, outcome.topic), started=started)
    return replace(answer, outcome="CANCELLED") if cancelled else answer
