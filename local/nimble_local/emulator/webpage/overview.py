"""What the page shows, as JSON; times are in seconds since 1970 of the emulated clock."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.control.actions import fault_shown
from nimble_local.emulator.faults.kinds import KINDS, Choice, Number, limits, rule
from nimble_local.emulator.rules import backups
from nimble_local.emulator.rules.lifecycle import following, next_change

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nimble_local.emulator.backend import Backend
    from nimble_local.emulator.state.entities import Backup, Session

HISTORY_SHOWN = 25
"""Entries of a session's history that the page gets, the newest."""


def sessions(backend: Backend, found: Iterable[Session]) -> list[dict[str, Any]]:
    """Return sessions with their backups, the newest of these first."""
    # One walk over all backups, where one for each session would take minutes with thousands.
    taken = backups.by_session(backend)
    return [_session(session, taken.get(session.session_id, ())) for session in found]


def _session(session: Session, taken: Sequence[Backup]) -> dict[str, Any]:
    return {
        "studioId": session.studio_id,
        "sessionId": session.session_id,
        "arn": session.arn,
        "state": session.state,
        "statusCode": session.status_code,
        "statusMessage": session.status_message,
        "since": session.history[-1].at if session.history else session.created_at,
        "next": next_change(session),
        "following": following(session),
        "launchProfileId": session.launch_profile_id,
        "ec2InstanceType": session.ec2_instance_type,
        "ownedBy": session.owned_by,
        "startedFromBackupId": session.started_from_backup_id,
        "tags": dict(session.tags),
        "backups": [
            {"backupId": b.backup_id, "state": b.state, "createdAt": b.created_at}
            for b in reversed(taken)
        ],
        "moments": len(session.history),
        "history": [moment._asdict() for moment in session.history[-HISTORY_SHOWN:]],
    }


def faults(backend: Backend) -> list[dict[str, Any]]:
    """Return the faults that are switched on."""
    return [
        {
            **fault_shown(fault.document()),
            "until": fault.until,
            "probability": fault.probability,
        }
        for fault in backend.trouble
    ]


def profiles(backend: Backend) -> list[dict[str, Any]]:
    """Return the launch profiles that a session can be made of."""
    return [
        {
            "studioId": profile.studio_id,
            "launchProfileId": profile.launch_profile_id,
            "name": profile.name,
            "ec2InstanceTypes": profile.stream_configuration["ec2InstanceTypes"],
        }
        for profile in backend.world.profiles
    ]


def kinds() -> list[dict[str, Any]]:
    """Return each kind of fault with what it does, its parameters and its limits."""
    return [
        {
            "kind": kind,
            "description": description,
            "parameters": [_parameter(kind, name) for name in own],
            "limits": [_parameter(kind, name) for name in limits(kind)],
        }
        for kind, (description, own) in KINDS.items()
    ]


def _parameter(kind: str, name: str) -> dict[str, Any]:
    known = rule(kind, name)
    match known:
        case Number():
            form = "number"
        case Choice():
            form = "choice"
        case _:
            form = "text"
    return {"name": name, "form": form, **asdict(known)}
