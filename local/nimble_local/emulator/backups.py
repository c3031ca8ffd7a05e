"""The backups of sessions: taken by a stop, the oldest goes when there are too many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.emulator.entities import Backup
from nimble_local.emulator.exceptions import NotFoundError
from nimble_local.emulator.ids import arn, new_id
from nimble_local.emulator.pages import page
from nimble_local.emulator.studios import require_studio

if TYPE_CHECKING:
    from nimble_local.emulator.entities import Session
    from nimble_local.emulator.models import Backend, Call


def find(backend: Backend, studio_id: str, backup_id: str) -> Backup:
    """Return a backup of a studio.

    Raises
    ------
    NotFoundError
        There is none with this id there.
    """
    backup = backend.world.backups.find(backup_id)
    if backup.studio_id != studio_id:
        raise NotFoundError.of("streaming session backup", backup_id)
    return backup


def get(backend: Backend, call: Call) -> dict[str, Any]:
    """Return a backup."""
    studio = require_studio(backend, call.request["studioId"])
    backup = find(backend, studio.studio_id, call.request["backupId"])
    return {"streamingSessionBackup": backup.wire()}


def list_all(backend: Backend, call: Call) -> dict[str, Any]:
    """Return the backups of a studio, a page at a time."""
    studio = require_studio(backend, call.request["studioId"])
    owner = call.request.get("ownedBy")
    found = [
        backup
        for backup in backend.world.backups
        if backup.studio_id == studio.studio_id and owner in (None, backup.owned_by)
    ]
    rows, token = page(found, call.request.get("nextToken"), backend.settings.page_size)
    return {"streamingSessionBackups": [row.wire() for row in rows], "nextToken": token}


def take(backend: Backend, session: Session, at: float) -> None:
    """Take a backup of a session that has stopped, if its mode says so."""
    if session.backup_mode != "AUTOMATIC" or session.max_backups_to_retain < 1:
        return
    backup_id = new_id()
    backup = Backup(
        arn=arn(session.studio_id, "streaming-session-backup", backup_id),
        backup_id=backup_id,
        session_id=session.session_id,
        studio_id=session.studio_id,
        launch_profile_id=session.launch_profile_id,
        owned_by=session.owned_by,
        created_at=at,
        state="READY",
        status_code="STREAMING_SESSION_READY",
        status_message="The backup is ready.",
    )
    backend.world.backups.put(backup_id, backup)
    kept = of_session(backend, session.session_id)
    for old in kept[: max(0, len(kept) - session.max_backups_to_retain)]:
        backend.world.backups.remove(old.backup_id)


def of_session(backend: Backend, session_id: str) -> list[Backup]:
    """Return the backups of a session, the oldest first."""
    return [backup for backup in backend.world.backups if backup.session_id == session_id]


def forget(backend: Backend, session_id: str) -> None:
    """Remove the backups of a session."""
    for backup in of_session(backend, session_id):
        backend.world.backups.remove(backup.backup_id)
