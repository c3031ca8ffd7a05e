"""Sessions and faults as JSON, for the control interface and for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nimble_local.emulator.faults.kinds import Fault
    from nimble_local.emulator.state.entities import Backup, Session


def session(
    session: Session,
    backups: Sequence[Backup],
    time: Callable[[float], str | float],
    newest: int | None = None,
) -> dict[str, Any]:
    """Return a session with its backups and history.

    Parameters
    ----------
    session
        The session.
    backups
        Its backups, the oldest first.
    time
        Converts a time in seconds since 1970.
    newest
        The number of entries of the history, the newest; None for all.
    """
    history = session.history if newest is None else session.history[-newest:]
    return {
        "studioId": session.studio_id,
        "sessionId": session.session_id,
        "arn": session.arn,
        "launchProfileId": session.launch_profile_id,
        "state": session.state,
        "statusCode": session.status_code,
        "statusMessage": session.status_message,
        "ec2InstanceType": session.ec2_instance_type,
        "ownedBy": session.owned_by,
        "startedFromBackupId": session.started_from_backup_id,
        "tags": dict(session.tags),
        "backups": [
            {"backupId": b.backup_id, "state": b.state, "createdAt": time(b.created_at)}
            for b in backups
        ],
        "history": [
            {"state": m.state, "at": time(m.at), "statusCode": m.status_code, "by": m.by}
            for m in history
        ],
    }


def fault(fault: Fault) -> dict[str, Any]:
    """Return an active fault."""
    return {
        "id": fault.fault_id,
        "kind": fault.kind,
        "operation": fault.operation,
        "sessionId": fault.session_id,
        "left": fault.left,
        "hits": fault.hits,
        **fault.parameters,
    }
