"""The page's data as JSON; times are in seconds since 1970 on the emulated clock."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.control import views
from nimble_local.emulator.faults.kinds import KINDS, Choice, Number, limits, rule
from nimble_local.emulator.rules import backups
from nimble_local.emulator.rules.lifecycle import following, next_change

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nimble_local.emulator.backend import Backend
    from nimble_local.emulator.state.entities import Backup, Session

HISTORY_SHOWN = 25
"""The number of entries of a session's history for the page, the newest."""


def sessions(backend: Backend, found: Iterable[Session]) -> list[dict[str, Any]]:
    """Return sessions with their backups."""
    # One pass over all backups: a pass per session would take minutes with thousands.
    taken = backups.by_session(backend.context)
    return [_session(session, taken.get(session.session_id, ())) for session in found]


def _session(session: Session, taken: Sequence[Backup]) -> dict[str, Any]:
    return {
        **views.session(session, taken, float, HISTORY_SHOWN),
        "since": session.history[-1].at if session.history else session.created_at,
        "next": next_change(session),
        "following": following(session),
        "moments": len(session.history),
    }


def faults(backend: Backend) -> list[dict[str, Any]]:
    """Return the faults that are switched on."""
    return [
        {
            **views.fault(fault),
            "until": fault.until,
            "probability": fault.probability,
        }
        for fault in backend.faults
    ]


def profiles(backend: Backend) -> list[dict[str, Any]]:
    """Return the launch profiles."""
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
    """Return each kind of fault with its description, parameters and limits."""
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
