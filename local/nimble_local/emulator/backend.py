"""The emulated service without HTTP: carries out requests, and what is due before them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from nimble_local.emulator.faults.external_acts import EXTERNAL_CALLER, OPERATIONS
from nimble_local.emulator.faults.kinds import EXTERNAL_ACT
from nimble_local.emulator.rules import operations, streams, transitions
from nimble_local.emulator.rules.context import Call, Context
from nimble_local.emulator.rules.lifecycle import next_change
from nimble_local.emulator.seed import default_seed
from nimble_local.emulator.seed.apply import apply_seed
from nimble_local.emulator.service.exceptions import NimbleError
from nimble_local.emulator.service.model import error_status
from nimble_local.emulator.state.journal import Entry, Journal
from nimble_local.emulator.state.store import NotKeptError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.emulator.faults.kinds import Fault
    from nimble_local.emulator.state.clock import EmulatedClock
    from nimble_local.emulator.state.entities import PlannedAct
    from nimble_local.emulator.state.settings import Settings
    from nimble_local.emulator.state.store import Store
    from nimble_local.emulator.state.timeline import Due

_CLOCK: Final = "clock"
"""The id of the one clock in its table."""


class Backend:
    """The emulated service without HTTP.

    Parameters
    ----------
    settings
        Durations, limits and choices.
    clock
        The emulated clock.
    store
        Where the state is kept beyond this process.
    journal
        Where requests are noted.

    Attributes
    ----------
    context
        What the rules of the operations may use.
    clock, world, timeline, faults
        The parts of the context.
    seeds
        What a new world holds besides the default seed, also after a reset.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        clock: EmulatedClock | None = None,
        store: Store | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.context = context = Context.create(settings, clock, store)
        self.clock, self.world = context.clock, context.world
        self.timeline, self.faults = context.timeline, context.faults
        self.runaway = context.external_acts.runaway
        self.journal = journal if journal is not None else Journal()
        self.seeds: list[object] = []
        self._plan()
        saved = self.world.clocks.get(_CLOCK)
        if saved is not None:
            self.clock.restore(saved)

    def _plan(self) -> None:
        """Plan everything in the world that changes on its own, and nothing else."""
        self.timeline.clear()
        for session in self.world.sessions:
            self.timeline.plan("session", session.session_id, next_change(session))
        for stream in self.world.streams:
            self.timeline.plan("stream", stream.stream_id, streams.next_change(stream))
        self.context.external_acts.resume()

    def commit(self) -> None:
        """Keep all changes since the last commit, or undo them.

        Raises
        ------
        NotKeptError
            The changes couldn't be kept, and are undone.
        """
        try:
            self.world.commit()
        except NotKeptError:
            # Everything that was due is due again.
            self._plan()
            raise

    # Requests

    def perform(
        self, operation: str, request: Mapping[str, Any], caller: str, stale: float = 0.0
    ) -> dict[str, Any]:
        """Carry out an operation, after everything that is due before it.

        Parameters
        ----------
        operation
            The name of an operation of the service model.
        request
            Its input, parsed and checked.
        caller
            The access key id that signed the request.
        stale
            The age in seconds of the sessions that reads show.

        Returns
        -------
        dict[str, Any]
            The members of the operation's output.

        Raises
        ------
        NimbleError
            The operation is refused.
        """
        self.settle()
        return operations.perform(self.context, operation, Call(request, caller, stale))

    # Seeds

    def seed(self) -> None:
        """Fill an empty world with the default seed and ``seeds``; leave any other as it is.

        Raises
        ------
        ValueError
            One of ``seeds`` is wrong; the message says where.
        """
        if len(self.world.studios):
            return
        default_seed.apply(self.context)
        for seed in self.seeds:
            self.add_seed(seed)

    def add_seed(self, seed: object) -> dict[str, int]:
        """Put everything in a seed into the world; see `apply_seed`."""
        self.settle()
        return apply_seed(self.context, seed)

    def clear(self) -> None:
        """Forget everything in the world and everything planned."""
        self.world.clear()
        self.timeline.clear()

    # The clock

    def set_clock(self, *, factor: float | None = None, advance: float = 0.0) -> None:
        """Run the clock at a factor, or set it forward, and keep the change.

        Events that are due then happen with the next `settle`.

        Raises
        ------
        ValueError
            A value is out of range; the clock is as it was.
        NotKeptError
            The change couldn't be kept; the clock is as it was.
        """
        self.settle()
        before = self.clock.state()
        try:
            if factor is not None:
                self.clock.run(factor)
            self.clock.advance(advance)
            self.world.clocks.put(_CLOCK, self.clock.state())
            self.commit()
        except (ValueError, NotKeptError):
            self.clock.restore(before)
            raise

    # Faults

    def add_fault(self, wanted: Mapping[str, Any]) -> Fault:
        """Switch a fault on; see `parse_fault`.

        Raises
        ------
        ValueError
            The fault is wrong; the message says why.
        """
        self.settle()
        fault = self.faults.add(wanted, self.clock.now())
        self.context.external_acts.begin(fault)
        return fault

    def remove_fault(self, fault_id: str) -> bool:
        """Switch a fault off, and return whether it was on."""
        self.settle()
        fault = self.faults.get(fault_id)
        removed = self.faults.remove(fault_id)
        self.timeline.plan("fault", fault_id, None)
        if fault is not None and fault.kind == "stuck":
            self._release(fault)
        self.settle()
        return removed

    def _release(self, stuck: Fault) -> None:
        """Let the sessions that a fault held continue from now on."""
        now = self.clock.now()
        for session in self.world.sessions:
            due = next_change(session)
            if session.state == stuck.parameters["state"] and due is not None:
                self.timeline.plan("session", session.session_id, max(due, now))

    # Events

    def settle(self, most: int | None = None) -> bool:
        """Carry out everything that is due by now, each event at its own time.

        Parameters
        ----------
        most
            The maximum number of events; None for no limit.

        Returns
        -------
        bool
            False when more is due.
        """
        now = self.clock.now()
        count = 0
        try:
            while count != most:
                due = self.timeline.pop(now)
                if due is None:
                    self.runaway.forget()
                    return True
                self.context.moment = due.at
                self._happen(due)
                count += 1
        finally:
            self.context.moment = None
        return False

    def _happen(self, due: Due) -> None:
        match due.kind:
            case "session":
                self._session_due(due.key, due.at)
            case "stream":
                streams.change(self.context, due.key)
            case "act":
                planned = self.context.external_acts.take(due.key)
                if planned is not None:
                    self._act(planned)
            case _:
                self.faults.remove(due.key)

    def _session_due(self, session_id: str, at: float) -> None:
        session = self.world.sessions.find(session_id)
        until = self.faults.held_until(session_id, session.state, at)
        if until is None:
            transitions.change(self.context, session, at)
        elif not math.isinf(until):
            self.timeline.plan("session", session_id, until)

    def _act(self, planned: PlannedAct) -> None:
        """Carry out an external act, and note it in the journal whether or not it's refused."""
        operation, session_id = OPERATIONS[planned.act], planned.session_id
        session = self.world.sessions.get(session_id)
        studio_id = session.studio_id if session else ""
        request = {"studioId": studio_id, "sessionId": session_id}
        status, outcome = 200, "OK"
        try:
            operations.perform(self.context, operation, Call(request, EXTERNAL_CALLER))
        except NimbleError as error:
            status, outcome = error_status(error.shape), error.shape
        self.journal.add(
            Entry(
                at=self.context.now(),
                operation=operation,
                studio_id=studio_id,
                session_id=session_id,
                caller=EXTERNAL_CALLER,
                status=status,
                outcome=outcome,
                faults=(EXTERNAL_ACT,),
            )
        )
