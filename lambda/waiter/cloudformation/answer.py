"""Turn the outcome of a wait into an answer: pure, without a network."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fallback import failed, properties
from waiter.wait.model import Cancelled, Failed, RequestType, Succeeded
from waiter.wait.state import WaitState

from .request import Request
from .resource import Resource

_LEFT = {
    "held": "another resource of the stack holds it",
    "found-running": "it may have been running before this deployment",
    "moved": "another stack of the app may hold it",
}
"""Reasons for a Delete to leave its resource running."""
RETRY_SECONDS = 60.0
"""Minimum time before Lambda retries an event whose first invocation failed."""
_STOPPED = "was stopped for the backup and not started again: start it yourself"


@dataclass(frozen=True)
class Answer:
    """An answer to CloudFormation. For the metrics, ``outcome`` is SUCCESS, FAILED or CANCELLED."""

    status: str
    physical_id: str
    reason: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    outcome: str = "SUCCESS"


def advise(hints: Mapping[str, str], topic: str) -> str:
    """Return the advice on ``topic``, and where it's explained."""
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
    """Answer a request whose wait, if any, has ended."""
    deletes, started = request.type is RequestType.DELETE, state.started_anything
    resource_id = state.memory.get("Run", request.resource_id)
    noun = f"the {properties(event).get('Noun', resource.NOUN)}"
    if isinstance(outcome, Succeeded):
        if not deletes:
            return Answer("SUCCESS", resource_id, data=outcome.snapshot.attributes)
        left = f"{noun} was not stopped: {_LEFT[outcome.left]}." if outcome.left else ""
        return Answer("SUCCESS", request.physical_id, left.capitalize())
    if isinstance(outcome, Cancelled) and request.type is RequestType.UPDATE:
        # A rollback restores what was there, so it starts nothing and mustn't fail.
        data = outcome.snapshot.attributes if outcome.snapshot else resource.unread(request)
        left = _STOPPED if state.left_stopped else "was left as it is"
        reason = f"The stack is rolling back, or no longer waits; {noun} {left}."
        return Answer("SUCCESS", resource_id, reason, data, "CANCELLED")
    cause = outcome if isinstance(outcome, Failed) else Failed("it was cancelled", "cancelled")
    more = f"; {noun} {_STOPPED}" if state.left_stopped and not deletes else ""
    if not (request.physical_id or started or deletes) and state.queued >= RETRY_SECONDS:
        more += "; an earlier invocation may have started it"
    reason = f"{request.title} failed: {cause.what}{more}. "
    answer = refused(event, reason + advise(resource.HINTS, cause.topic), started=started)
    return answer if cause is outcome else replace(answer, outcome="CANCELLED")
