"""The lifecycle of a session as pure functions: transitions, times and messages.

CREATE_IN_PROGRESS ─► READY | CREATE_FAILED
START_IN_PROGRESS  ─► READY | START_FAILED
STOP_IN_PROGRESS   ─► STOPPED | STOP_FAILED
DELETE_IN_PROGRESS ─► DELETED | DELETE_FAILED
READY   ─(stopAt)─► STOP_IN_PROGRESS, ─(terminateAt)─► DELETE_IN_PROGRESS
STOPPED ─(terminateAt)─► DELETE_IN_PROGRESS
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.state.entities import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.emulator.state.entities import Session

SERVICE_USER = "nimble.amazonaws.com"
"""The caller that stops and deletes sessions whose time is over (inferred)."""

MAX_HISTORY = 200
"""The number of entries in a session's history, the newest."""

DEFAULT_SESSION_MINUTES = 690
"""The default of a launch profile's maxSessionLengthInMinutes (service model)."""

ENDS = {
    "CREATE_IN_PROGRESS": ("READY", "CREATE_FAILED"),
    "START_IN_PROGRESS": ("READY", "START_FAILED"),
    "STOP_IN_PROGRESS": ("STOPPED", "STOP_FAILED"),
    "DELETE_IN_PROGRESS": ("DELETED", "DELETE_FAILED"),
}
"""The outcomes of each state in progress: success, and failure."""

MESSAGES = {
    "CREATE_IN_PROGRESS": "The streaming session is being created.",
    "START_IN_PROGRESS": "The streaming session is being started.",
    "READY": "The streaming session is ready.",
    "STOP_IN_PROGRESS": "The streaming session is being stopped.",
    "STOPPED": "The streaming session is stopped.",
    "DELETE_IN_PROGRESS": "The streaming session is being deleted.",
    "DELETED": "The streaming session is deleted.",
    "CREATE_FAILED": "The streaming session could not be created.",
    "START_FAILED": "The streaming session could not be started.",
    "STOP_FAILED": "The streaming session could not be stopped.",
    "DELETE_FAILED": "The streaming session could not be deleted.",
}
"""The status message of each state (inferred: the service's own words are not published)."""

NO_STOPPED_TIME = (
    "The launch profile's maxStoppedSessionLengthInMinutes is 0: its sessions can't be stopped."
)
NO_PERSISTENCE = (
    "The launch profile's sessionPersistenceMode is DEACTIVATED: its sessions can't be stopped."
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that a launch profile sets for its sessions; durations in seconds."""

    ready_seconds: float
    unstoppable: str | None
    """The reason why a session can't be stopped (inferred wording); None if it can."""
    stopped_seconds: float | None

    @classmethod
    def of(cls, configuration: Mapping[str, Any]) -> Limits:
        """Read the limits from a launch profile's stream configuration.

        `maxStoppedSessionLengthInMinutes` decides whether a session can be stopped. It's allowed
        only if the service terminates stopped sessions automatically; otherwise a session with
        persistent storage may stay stopped for any time (inferred).
        """
        persistent = configuration.get("sessionPersistenceMode") == "ACTIVATED"
        terminated = configuration.get("automaticTerminationMode") == "ACTIVATED"
        stopped = 60.0 * configuration.get("maxStoppedSessionLengthInMinutes", 0)
        ready = configuration.get("maxSessionLengthInMinutes", DEFAULT_SESSION_MINUTES)
        unstoppable = NO_STOPPED_TIME if terminated and stopped == 0 else None
        return cls(
            ready_seconds=60.0 * ready,
            unstoppable=unstoppable if persistent else NO_PERSISTENCE,
            stopped_seconds=stopped if terminated else None,
        )


@cache
def status_code(state: str) -> str:
    """Return the default status code of a state."""
    return "INTERNAL_ERROR" if state.endswith("_FAILED") else f"STREAMING_SESSION_{state}"


def enter(session: Session, state: str, at: float, *, by: str, **fields: Any) -> Session:
    """Return the session in another state.

    Parameters
    ----------
    session
        The session before.
    state
        The new state.
    at
        The time, in seconds since 1970.
    by
        The caller whose request causes the transition.
    fields
        Other changes. Status code and message default to those of the state; fields that belong
        to one state (when it ends, stops or terminates; how it fails) are reset.
    """
    changes = {
        "state": state,
        "status_code": status_code(state),
        "status_message": MESSAGES[state],
        "updated_at": at,
        "updated_by": by,
        "due": None,
        "failure": None,
        "stop_at": None,
        "terminate_at": None,
        **fields,
    }
    moment = Moment(state, at, changes["status_code"], by)
    changes["history"] = (*session.history, moment)[-MAX_HISTORY:]
    return replace(session, **changes)


def next_change(session: Session) -> float | None:
    """Return when the session changes on its own, None for never."""
    match session.state:
        case "READY":
            return session.terminate_at if session.stop_at is None else session.stop_at
        case "STOPPED":
            return session.terminate_at
    return session.due


def following(session: Session) -> str:
    """Return the service's action on a READY or STOPPED session whose time is over.

    ``stops``, ``deletes``, or an empty string for neither.
    """
    if session.state not in ("READY", "STOPPED") or next_change(session) is None:
        return ""
    stops = session.state == "READY" and session.stop_at is not None
    return "stops" if stops else "deletes"


def settled(session: Session, at: float, limits: Limits, deleted_seconds: float) -> Session:
    """Return the session after the end of its state in progress.

    Parameters
    ----------
    session
        A session in a state in progress.
    at
        When the state ends.
    limits
        The limits of the launch profile.
    deleted_seconds
        The time for which a deleted session stays readable.
    """
    well, failed = ENDS[session.state]
    by = session.updated_by
    if session.failure is not None:
        code, message = session.failure
        return enter(session, failed, at, by=by, status_code=code, status_message=message)
    return enter(session, well, at, by=by, **timers(well, at, limits, deleted_seconds))


def timers(state: str, at: float, limits: Limits, deleted_seconds: float) -> dict[str, float]:
    """Return the fields that define when a state, entered at a time, ends on its own."""
    match state:
        case "READY":
            field = "terminate_at" if limits.unstoppable else "stop_at"
            return {field: at + limits.ready_seconds}
        case "STOPPED" if limits.stopped_seconds is not None:
            return {"terminate_at": at + limits.stopped_seconds}
        case "DELETED":
            return {"due": at + deleted_seconds}
    return {}


def entered(state: str, at: float, by: str) -> dict[str, Any]:
    """Return the fields of the states that a session has passed before its current one.

    A STOPPED session has been in STOP_IN_PROGRESS, and only a STOPPED session is started.
    """
    fields: dict[str, Any] = {}
    if state.startswith(("STOP", "START")):
        fields |= {"stopped_at": at, "stopped_by": by}
    if state.startswith("START"):
        fields |= {"started_at": at, "started_by": by}
    return fields
