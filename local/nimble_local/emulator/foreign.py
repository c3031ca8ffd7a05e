"""Acts of somebody else: at a time, or after a session has entered a state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nimble_local.emulator.exceptions import NimbleError
from nimble_local.emulator.journal import Entry
from nimble_local.emulator.service import error_status

if TYPE_CHECKING:
    from nimble_local.emulator.faults import Fault
    from nimble_local.emulator.models import Backend

FOREIGN_USER = "somebody-else"
"""The caller of a foreign act."""

ACTS = {
    "start": "StartStreamingSession",
    "stop": "StopStreamingSession",
    "delete": "DeleteStreamingSession",
}
"""The operations that somebody else, or a person at the page, can be made to call."""


def begin(backend: Backend, fault: Fault) -> None:
    """Plan what a fault that was switched on brings by itself: its end, and its act."""
    backend.timeline.plan("fault", fault.fault_id, fault.until)
    if fault.kind == "foreign" and "state" not in fault.parameters:
        # The act is drawn when its time comes, so the key says which fault to ask then.
        key = f"{fault.fault_id} {fault.parameters['act']} {fault.session_id}"
        backend.timeline.plan("act", key, fault.created_at + fault.parameters["seconds"])


def plan(backend: Backend, fault: Fault, session_id: str, at: float) -> None:
    """Plan the act that follows a session's entering a state at a time."""
    key = f"- {fault.parameters['act']} {session_id}"
    backend.timeline.plan("act", key, at + fault.parameters["seconds"])


def act(backend: Backend, key: str) -> None:
    """Carry out an act whose time has come, unless its fault is gone or does not strike."""
    fault_id, name, session_id = key.split(" ", 2)
    if fault_id != "-" and backend.trouble.foreign_act(fault_id) is None:
        return
    session = backend.world.sessions.get(session_id)
    perform(backend, name, session.studio_id if session else "", session_id, FOREIGN_USER)


def perform(
    backend: Backend, name: str, studio_id: str, session_id: str, caller: str
) -> NimbleError | None:
    """Start, stop or delete a session for somebody who does not come over the API.

    Parameters
    ----------
    backend
        The emulated service.
    name
        A key of ``ACTS``.
    studio_id, session_id
        Which session.
    caller
        For whom.

    Returns
    -------
    NimbleError | None
        Why it was refused, None when it was not. The journal has it either way.
    """
    operation = ACTS[name]
    refused: NimbleError | None = None
    try:
        backend.apply(operation, {"studioId": studio_id, "sessionId": session_id}, caller)
    except NimbleError as error:
        refused = error
    backend.journal.add(
        Entry(
            at=backend.now(),
            operation=operation,
            studio_id=studio_id,
            session_id=session_id,
            caller=caller,
            status=error_status(refused.shape) if refused else 200,
            outcome=refused.shape if refused else "OK",
            faults=("foreign",) if caller == FOREIGN_USER else (),
        )
    )
    return refused
