"""The operations on backups, and when backups are created and removed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.rules.lifecycle import status_code
from nimble_local.emulator.rules.lookup import find_studio
from nimble_local.emulator.service.exceptions import ConflictError, ValidationError
from nimble_local.emulator.service.pagination import page
from nimble_local.emulator.state.entities import Backup, Session
from nimble_local.emulator.state.ids import arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.emulator.rules.context import Call, Context

_MESSAGES = {
    "CREATE_IN_PROGRESS": "The backup is being taken.",
    "READY": "The backup is ready.",
    "CREATE_FAILED": "The backup could not be taken: the streaming session did not stop.",
}


def get(context: Context, call: Call) -> dict[str, Any]:
    """GetStreamingSessionBackup."""
    studio = find_studio(context, call.request["studioId"])
    backup = context.world.backups.find(call.request["backupId"])
    if backup.studio_id != studio.studio_id:
        raise context.world.backups.missing(backup.backup_id)
    return {"streamingSessionBackup": backup.wire()}


def list_all(context: Context, call: Call) -> dict[str, Any]:
    """ListStreamingSessionBackups: by owner, one page."""
    studio = find_studio(context, call.request["studioId"])
    owned_by = call.request.get("ownedBy")
    found = [
        backup
        for backup in context.world.backups
        if backup.studio_id == studio.studio_id and owned_by in (None, backup.owned_by)
    ]
    shown, token = page(
        found, lambda b: (b.created_at, b.backup_id), context.settings.page_size, call.request
    )
    return {"streamingSessionBackups": [backup.wire() for backup in shown], "nextToken": token}


def of_session(context: Context, session_id: str) -> list[Backup]:
    """Return the backups of a session, the oldest first."""
    found = [backup for backup in context.world.backups if backup.session_id == session_id]
    return sorted(found, key=lambda backup: backup.created_at)


def by_session(context: Context) -> dict[str, list[Backup]]:
    """Return all backups by the ids of their sessions, the oldest of each first."""
    found: dict[str, list[Backup]] = {}
    for backup in sorted(context.world.backups, key=lambda each: each.created_at):
        found.setdefault(backup.session_id, []).append(backup)
    return found


def build(
    session: Session,
    backup_id: str,
    at: float,
    state: str,
    tags: Mapping[str, str] | None = None,
) -> Backup:
    """Return a backup of a session."""
    return Backup(
        arn=arn(session.studio_id, "streaming-session-backup", backup_id),
        backup_id=backup_id,
        session_id=session.session_id,
        studio_id=session.studio_id,
        launch_profile_id=session.launch_profile_id,
        owned_by=session.owned_by,
        created_at=at,
        state=state,
        status_code=status_code(state),
        status_message=_MESSAGES[state],
        tags=dict(tags or {}),
    )


def begin(context: Context, session: Session, at: float) -> None:
    """Begin a backup when a session begins to stop, if its launch profile asks for one.

    A volume that will be deleted isn't backed up.
    """
    if (
        session.backup_mode == "AUTOMATIC"
        and session.volume_retention_mode == "RETAIN"
        and session.max_backups_to_retain > 0
    ):
        backup = build(session, context.new_id(), at, "CREATE_IN_PROGRESS")
        context.world.backups.put(backup.backup_id, backup)


def end(context: Context, session: Session) -> None:
    """Update the backups of a session when it has stopped or is deleted."""
    if session.state in {"STOPPED", "STOP_FAILED"}:
        ended = "READY" if session.state == "STOPPED" else "CREATE_FAILED"
        for backup in of_session(context, session.session_id):
            if backup.state == "CREATE_IN_PROGRESS":
                done = replace(
                    backup,
                    state=ended,
                    status_code=status_code(ended),
                    status_message=_MESSAGES[ended],
                )
                context.world.backups.put(done.backup_id, done)
        # Failed backups don't displace usable ones.
        for state in ("READY", "CREATE_FAILED"):
            taken = [b for b in of_session(context, session.session_id) if b.state == state]
            for oldest in taken[: max(0, len(taken) - session.max_backups_to_retain)]:
                context.world.backups.remove(oldest.backup_id)
    elif session.state == "DELETED" and not context.settings.keep_backups:
        for backup in of_session(context, session.session_id):
            context.world.backups.remove(backup.backup_id)
    context.world.touch(session.session_id)


def check_restorable(context: Context, session: Session, backup_id: str) -> None:
    """Check that a session can be started from a backup.

    Raises
    ------
    NotFoundError
        The backup doesn't exist.
    ValidationError
        It belongs to another session.
    ConflictError
        It isn't ready.
    """
    backup = context.world.backups.find(backup_id)
    if backup.studio_id != session.studio_id:
        raise context.world.backups.missing(backup_id)
    if backup.session_id != session.session_id:
        raise ValidationError(
            f"The backup {backup_id!r} is not one of the streaming session {session.session_id!r}.",
            reason="BACKUP_OF_ANOTHER_SESSION",
        )
    if backup.state != "READY":
        raise ConflictError(
            f"The backup {backup_id!r} is in the state {backup.state} and can't be restored.",
            reason="INVALID_STATE",
            context={"resourceId": backup_id, "state": backup.state},
        )
