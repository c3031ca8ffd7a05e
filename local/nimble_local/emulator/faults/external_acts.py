"""Acts of somebody else: at a time, or after a session has entered a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nimble_local.emulator.faults.kinds import EXTERNAL_ACT
from nimble_local.emulator.faults.runaway import Runaway
from nimble_local.emulator.state.entities import PlannedAct
from nimble_local.emulator.state.ids import new_id

if TYPE_CHECKING:
    from nimble_local.emulator.faults.active import ActiveFaults
    from nimble_local.emulator.faults.kinds import Fault
    from nimble_local.emulator.state.timeline import Timeline
    from nimble_local.emulator.state.world import Table

EXTERNAL_CALLER: Final = "somebody-else"
"""The caller of an external act."""

OPERATIONS: Final = {
    "start": "StartStreamingSession",
    "stop": "StopStreamingSession",
    "delete": "DeleteStreamingSession",
}
"""The operation of each act."""


class ExternalActs:
    """Plans the acts that the active faults bring.

    Parameters
    ----------
    faults
        The active faults.
    table
        The acts that are planned.
    timeline
        When they are due.

    Attributes
    ----------
    runaway
        Ends faults that follow each other without end.
    """

    def __init__(self, faults: ActiveFaults, table: Table[PlannedAct], timeline: Timeline) -> None:
        self.runaway = Runaway(faults)
        self._faults = faults
        self._table = table
        self._timeline = timeline

    def begin(self, fault: Fault) -> None:
        """Plan the end of a new fault, and its act if it names a time."""
        self._timeline.plan("fault", fault.fault_id, fault.until)
        if fault.kind == EXTERNAL_ACT and "state" not in fault.parameters:
            # Such a fault names its session; it is drawn when its time comes.
            self._plan(fault, str(fault.session_id), fault.created_at, fault.fault_id)

    def resume(self) -> None:
        """Plan again what was planned when the state was kept."""
        for fault in self._faults:
            self._timeline.plan("fault", fault.fault_id, fault.until)
        for planned in self._table:
            self._timeline.plan("act", planned.act_id, planned.at)

    def follow(self, session_id: str, state: str, at: float) -> None:
        """Plan the acts that follow when a session enters a state."""
        for fault in self._faults.acts_following(session_id, state, at):
            self._plan(fault, session_id, at, None)
            self.runaway.count(fault)

    def take(self, act_id: str) -> PlannedAct | None:
        """Take out an act that is due; None if its fault is gone or the draw fails."""
        planned = self._table.find(act_id)
        self._table.remove(act_id)
        if planned.fault_id is not None and not self._faults.draw_act(planned.fault_id):
            return None
        return planned

    def _plan(self, fault: Fault, session_id: str, since: float, fault_id: str | None) -> None:
        planned = PlannedAct(
            act_id=new_id(),
            at=since + fault.parameters["seconds"],
            act=fault.parameters["act"],
            session_id=session_id,
            fault_id=fault_id,
        )
        self._table.put(planned.act_id, planned)
        self._timeline.plan("act", planned.act_id, planned.at)
