"""Acts of somebody else: at a time, or after a session has entered a state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nimble_local.emulator.service.exceptions import NimbleError
from nimble_local.emulator.service.model import error_status
from nimble_local.emulator.state.entities import PlannedAct
from nimble_local.emulator.state.ids import new_id
from nimble_local.emulator.state.journal import Entry

if TYPE_CHECKING:
    from nimble_local.emulator.backend import Backend
    from nimble_local.emulator.faults.kinds import Fault

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
        # Such a fault names its session; it is drawn when its time comes.
        _plan(backend, fault, str(fault.session_id), fault.created_at, fault.fault_id)


def resume(backend: Backend) -> None:
    """Plan again what was planned when the state was kept."""
    for fault in backend.trouble:
        backend.timeline.plan("fault", fault.fault_id, fault.until)
    for planned in backend.world.acts:
        backend.timeline.plan("act", planned.act_id, planned.at)


def follow(backend: Backend, fault: Fault, session_id: str, at: float) -> None:
    """Plan the act that follows a session's entering a state at a time."""
    _plan(backend, fault, session_id, at, None)


def _plan(
    backend: Backend, fault: Fault, session_id: str, since: float, fault_id: str | None
) -> None:
    planned = PlannedAct(
        act_id=new_id(),
        at=since + fault.parameters["seconds"],
        act=fault.parameters["act"],
        session_id=session_id,
        fault_id=fault_id,
    )
    backend.world.acts.put(planned.act_id, planned)
    backend.timeline.plan("act", planned.act_id, planned.at)


def act(backend: Backend, act_id: str) -> None:
    """Carry out an act whose time has come, unless its fault is gone or does not strike."""
    planned = backend.world.acts.find(act_id)
    backend.world.acts.remove(act_id)
    if planned.fault_id is not None and backend.trouble.foreign_act(planned.fault_id) is None:
        return
    session = backend.world.sessions.get(planned.session_id)
    studio_id = session.studio_id if session else ""
    perform(backend, planned.act, studio_id, planned.session_id, FOREIGN_USER)


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
