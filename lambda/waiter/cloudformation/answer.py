"""From what came of a wait to the answer: pure, no network."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streaming_session import attributes
from streaming_session.advice import advice
from waiter.wait.model import Cancelled, Failed, Goal, RequestType, Succeeded, Target
from waiter.wait.state import WaitState

from .request import NOT_STARTED, Request, named_session

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


def goal(request: Request) -> Goal | None:
    """Return what the request wants; None for a Delete that has nothing to do."""
    pace = request.timeout, request.poll_interval
    if request.type is not RequestType.DELETE:
        backup = request.backup_id if request.restore else ""
        return Goal(Target.READY, backup, request.allow_restart, *pace)
    stops = request.stop_on_delete and not request.physical_id.endswith(NOT_STARTED)
    return Goal(Target.STOPPED, "", False, *pace) if stops else None  # noqa: FBT003 - may_restart


def answer_for(
    request: Request, outcome: Succeeded | Failed | Cancelled, state: WaitState
) -> Answer:
    """Answer a request whose wait, if there was one, has ended."""
    deletes, kind = request.type is RequestType.DELETE, "FAILED"
    if isinstance(outcome, Succeeded):
        if not deletes:
            return Answer("SUCCESS", request.session_id, data=outcome.snapshot.attributes)
        return Answer("SUCCESS", request.physical_id, _LEFT.get(outcome.left, ""))
    if isinstance(outcome, Cancelled):
        if request.type is RequestType.UPDATE:
            # What comes after a rollback is the state before it: nothing starts, nothing fails.
            unread = attributes.unread(request.session_id, request.stack_id)
            data = outcome.snapshot.attributes if outcome.snapshot else unread
            left = _STOPPED if state.left_stopped else _AS_IT_IS
            reason = f"The stack is being undone, or waits no more; {left}."
            return Answer("SUCCESS", request.session_id, reason, data, "CANCELLED")
        outcome, kind = Failed("it was cancelled", "cancelled"), "CANCELLED"
    # CloudFormation sends a Delete for a new id: this one has to do no harm.
    physical_id = request.physical_id or request.session_id + NOT_STARTED
    if state.started_anything and not deletes:
        physical_id = request.session_id
    asked = f"{'Stopping' if deletes else 'Starting'} streaming session {request.session_id}"
    backup = f" from backup {request.backup_id}" if request.restore else ""
    asked += f" of studio {request.studio_id}{backup} did not succeed"
    more = f"; {_STOPPED}" if state.left_stopped and not deletes else ""
    if physical_id.endswith(NOT_STARTED) and not deletes and state.queued >= RETRY_SECONDS:
        more += "; if Lambda ended an earlier run of this request, what that one started runs on"
    reason = f"{asked}: {outcome.what}{more}. {advice(outcome.topic)}"
    return Answer("FAILED", physical_id, reason, outcome=kind)


def refused(event: Mapping[str, object], what: str, topic: str) -> Answer:
    """Answer a request that could not be carried out at all."""
    physical_id = event.get("PhysicalResourceId") or named_session(event) + NOT_STARTED
    status = "SUCCESS" if event.get("RequestType") == "Delete" else "FAILED"
    return Answer(status, str(physical_id), f"{what}. {advice(topic)}", outcome="FAILED")
