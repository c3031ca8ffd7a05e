"""The transitions of a session: stop, deletion, and those that are due on their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nimble_local.emulator.rules import backups, streams
from nimble_local.emulator.rules.lifecycle import ENDS, SERVICE_USER, enter, settled

if TYPE_CHECKING:
    from nimble_local.emulator.rules.context import Context
    from nimble_local.emulator.state.entities import Session

MAX_DELETED = 1000
"""The maximum number of readable DELETED sessions beyond the quota."""


def stop(context: Context, session: Session, now: float, by: str, mode: str) -> Session:
    """Begin to stop a session, and its backup; return the changed session."""
    failure = context.faults.failure("stop-failure", session.session_id, now)
    unstoppable = context.limits(session).unstoppable
    if unstoppable:
        failure = ("INTERNAL_ERROR", unstoppable)
    session = enter(
        session,
        "STOP_IN_PROGRESS",
        now,
        by=by,
        due=now + context.settings.stop_seconds,
        failure=failure,
        stopped_at=now,
        stopped_by=by,
        volume_retention_mode=mode,
    )
    context.put(session, now)
    backups.begin(context, session, now)
    streams.end_all(context, session.session_id)
    return session


def delete(context: Context, session: Session, now: float, by: str) -> Session:
    """Begin to delete a session; return the changed session."""
    session = enter(
        session,
        "DELETE_IN_PROGRESS",
        now,
        by=by,
        due=now + context.settings.delete_seconds,
        failure=context.faults.failure("delete-failure", session.session_id, now),
    )
    context.put(session, now)
    streams.end_all(context, session.session_id)
    return session


def change(context: Context, session: Session, at: float) -> None:
    """Carry out the transition that is due at the time of `next_change`."""
    if session.state in ENDS:
        seconds = context.settings.deleted_seconds
        session = settled(session, at, context.limits(session), seconds)
        context.put(session, at)
        backups.end(context, session)
        if session.state == "DELETED":
            _forget_the_oldest(context)
    elif session.state == "DELETED":
        _forget(context, session.session_id)
    elif session.stop_at is not None:
        stop(context, session, at, SERVICE_USER, "RETAIN")
    else:
        delete(context, session, at, SERVICE_USER)


def _forget(context: Context, session_id: str) -> None:
    streams.remove_all(context, session_id)
    context.timeline.plan("session", session_id, None)
    context.world.remove_session(session_id)


def _forget_the_oldest(context: Context) -> None:
    """Limit the memory that DELETED sessions take."""
    if len(context.world.sessions) <= context.settings.session_quota + MAX_DELETED:
        return
    gone = [s.session_id for s in context.world.sessions if s.state == "DELETED"]
    # Removes some more, so that this doesn't run again for the next deletion.
    for session_id in gone[: max(0, len(gone) - MAX_DELETED + MAX_DELETED // 10)]:
        _forget(context, session_id)
