"""The control interface: what tests, benchmarks and the command line see and change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.emulator import seed
from nimble_local.emulator.clock import iso
from nimble_local.emulator.service import values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.emulator.entities import Session
    from nimble_local.emulator.models import Backend

_FIELDS = {
    "statusCode": "status_code",
    "statusMessage": "status_message",
    "startedFromBackupId": "started_from_backup_id",
    "tags": "tags",
}


def sessions(backend: Backend) -> dict[str, Any]:
    """Return all sessions with their histories."""
    backend.settle()
    return {"sessions": [shown(session) for session in backend.world.sessions]}


def shown(session: Session) -> dict[str, Any]:
    """Return a session as the control interface shows it."""
    return {
        "studioId": session.studio_id,
        "sessionId": session.session_id,
        "arn": session.arn,
        "state": session.state,
        "statusCode": session.status_code,
        "statusMessage": session.status_message,
        "startedFromBackupId": session.started_from_backup_id,
        "history": [
            {"state": m.state, "at": iso(m.at), "statusCode": m.status_code, "by": m.by}
            for m in session.history
        ],
    }


def add_session(backend: Backend, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Put a session into the world.

    Raises
    ------
    ValueError
        Something is missing, unknown or not one of the states; the message says what.
    """
    known = {"sessionId", "state", *_FIELDS}
    for name in wanted:
        if name not in known:
            raise ValueError(f"A session has no {name!r} here. It may have: {', '.join(known)}.")
    session_id = wanted.get("sessionId")
    if not isinstance(session_id, str) or not session_id:
        raise ValueError(f"sessionId must be a text, not {session_id!r}.")
    state = wanted.get("state", "STOPPED")
    states = values("StreamingSessionState")
    if state not in states:
        raise ValueError(f"state must be one of {', '.join(states)}, not {state!r}.")
    fields = {_FIELDS[name]: value for name, value in wanted.items() if name in _FIELDS}
    backend.settle()
    return shown(seed.add_session(backend, session_id, state, fields))


def journal(backend: Backend, query: Mapping[str, str]) -> dict[str, Any]:
    """Return the requests that were noted, the oldest first.

    Raises
    ------
    ValueError
        ``after`` or ``limit`` is no whole number.
    """
    entries = backend.journal.entries(
        after=int(query.get("after", "0")),
        operation=query.get("operation"),
        session_id=query.get("sessionId"),
        limit=int(query["limit"]) if "limit" in query else None,
    )
    return {"requests": [entry.public() for entry in entries], "total": backend.journal.total}


def reset(backend: Backend) -> None:
    """Go back to the world that the emulator starts with; the clock goes on as it is."""
    backend.clear()
    seed.seed(backend)


def faults(backend: Backend) -> dict[str, Any]:
    """Return the faults that are switched on."""
    backend.settle()
    return {"faults": [fault_shown(fault.document()) for fault in backend.trouble]}


def fault_shown(document: dict[str, Any]) -> dict[str, Any]:
    """Return a fault as the control interface shows it."""
    return {
        "id": document["fault_id"],
        "kind": document["kind"],
        "operation": document["operation"],
        "sessionId": document["session_id"],
        "left": document["left"],
        "hits": document["hits"],
        **document["parameters"],
    }


def clock(backend: Backend, wanted: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Change the clock if asked to, and return how it runs.

    Raises
    ------
    ValueError, TypeError
        A factor or a step is out of range, or no number.
    """
    wanted = wanted or {}
    for name, value in wanted.items():
        if name not in {"factor", "advanceSeconds"}:
            raise ValueError(f"The clock has no {name!r}. It has: factor, advanceSeconds.")
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise TypeError(f"{name} must be a number, not {value!r}.")
    if wanted:
        backend.set_clock(factor=wanted.get("factor"), advance=wanted.get("advanceSeconds", 0.0))
    backend.settle()
    return {"now": iso(backend.clock.now()), "factor": backend.clock.factor}
