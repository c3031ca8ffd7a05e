"""From what came of a wait to the answer: pure, no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streaming_session import attributes
from streaming_session.outcome import Cancelled, Lost, Reached
from streaming_session.plan import Aim, Goal
from streaming_session.request import NOT_STARTED, OnDelete, RequestType
from streaming_session.text import printable
from streaming_session.topics import advice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streaming_session.request import Request


@dataclass(frozen=True, slots=True)
class Answer:
    """What CloudFormation is told.

    Attributes
    ----------
    success
        Whether the request succeeded.
    physical_id
        The resource's PhysicalResourceId from now on.
    reason
        For the person at the terminal; always given for a failure.
    data
        The attributes for ``Fn::GetAtt``.
    outcome
        SUCCESS, FAILED or CANCELLED; for the metrics.
    """

    success: bool
    physical_id: str
    reason: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    outcome: str = "SUCCESS"


def goal(request: Request) -> Goal | None:
    """Return what the request wants; None for a Delete that has nothing to do."""
    if request.type is not RequestType.DELETE:
        backup = request.backup_id if request.restore else ""
        return Goal(Aim.READY, backup, may_restart=request.allow_restart)
    stops = request.on_delete is OnDelete.STOP and not request.physical_id.endswith(NOT_STARTED)
    return Goal(Aim.STOPPED) if stops else None


def left_alone(request: Request) -> Answer:
    """Answer a Delete that touches nothing."""
    return Answer(success=True, physical_id=request.physical_id)


def concluded(
    request: Request, outcome: Reached | Lost | Cancelled, *, started_anything: bool
) -> Answer:
    """Answer a request whose wait has ended.

    Parameters
    ----------
    request
        What was asked for.
    outcome
        What came of it.
    started_anything
        Whether a start was accepted, or may have been.
    """
    if isinstance(outcome, Reached):
        return _reached(request, outcome)
    if isinstance(outcome, Cancelled) and request.type is RequestType.UPDATE:
        # What comes after a rollback is the state before it: nothing is started, nothing fails.
        unread = attributes.unread(request.session_id, request.stack_id)
        data = outcome.sighting.attributes if outcome.sighting else unread
        reason = "The stack is being undone; the session was left as it is."
        return Answer(
            success=True,
            physical_id=request.session_id,
            reason=reason,
            data=data,
            outcome="CANCELLED",
        )
    if isinstance(outcome, Cancelled):
        outcome = Lost("it was cancelled", "cancelled")
    return Answer(
        success=False,
        physical_id=_failed_id(request, started_anything=started_anything),
        reason=f"{_asked(request)}: {outcome.what}. {advice(outcome.topic)}",
        outcome="CANCELLED" if outcome.topic == "cancelled" else "FAILED",
    )


def refused(event: Mapping[str, object], what: str, topic: str) -> Answer:
    """Answer a request that could not be carried out at all."""
    properties = event.get("ResourceProperties")
    session = properties.get("SessionId", "") if isinstance(properties, dict) else ""
    known = event.get("PhysicalResourceId")
    return Answer(
        success=event.get("RequestType") == "Delete",
        physical_id=str(known) if known else printable(session, 128) + NOT_STARTED,
        reason=f"{what}. {advice(topic)}",
        outcome="FAILED",
    )


def _reached(request: Request, outcome: Reached) -> Answer:
    if request.type is RequestType.DELETE:
        reason = "Another resource of the stack holds the session; it was not stopped."
        return Answer(
            success=True,
            physical_id=request.physical_id,
            reason=reason if outcome.spared else "",
        )
    return Answer(success=True, physical_id=request.session_id, data=outcome.sighting.attributes)


def _failed_id(request: Request, *, started_anything: bool) -> str:
    """Return an id whose Delete, which CloudFormation sends for a new one, does no harm."""
    if request.type is RequestType.DELETE:
        return request.physical_id
    if started_anything:
        return request.session_id
    if request.type is RequestType.UPDATE:
        return request.physical_id
    return request.session_id + NOT_STARTED


def _asked(request: Request) -> str:
    verb = "Stopping" if request.type is RequestType.DELETE else "Starting"
    backup = f" from backup {request.backup_id}" if request.restore else ""
    return (
        f"{verb} streaming session {request.session_id} of studio {request.studio_id}{backup} "
        "did not succeed"
    )
