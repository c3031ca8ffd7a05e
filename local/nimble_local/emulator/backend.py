"""The state of the emulated service, what happens in it by itself, and the way in for requests.

The rules of the operations are in `sessions`, `backups`, `streams`, `tags` and `studios`; those of
a session's life in `lifecycle`.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.faults import external_acts
from nimble_local.emulator.faults.active import Trouble
from nimble_local.emulator.faults.runaway import Runaway
from nimble_local.emulator.rules import backups, sessions, streams, studios, tags, transitions
from nimble_local.emulator.rules.lifecycle import Limits, next_change
from nimble_local.emulator.service.exceptions import ValidationError
from nimble_local.emulator.state.clock import Clock
from nimble_local.emulator.state.ids import new_id
from nimble_local.emulator.state.journal import Journal
from nimble_local.emulator.state.settings import Settings
from nimble_local.emulator.state.store import MemoryStore, NotKeptError
from nimble_local.emulator.state.timeline import Timeline
from nimble_local.emulator.state.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nimble_local.emulator.faults.kinds import Fault
    from nimble_local.emulator.state.entities import Session
    from nimble_local.emulator.state.store import Store
    from nimble_local.emulator.state.timeline import Due


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was parsed and checked."""

    request: Mapping[str, Any]
    caller: str
    stale: float = 0.0
    """How many seconds ago reads look."""
    at: float | None = None
    """When it happens, where that is not now: what is due is carried out a little late."""


OPERATIONS: dict[str, Callable[[Backend, Call], dict[str, Any]]] = {
    "CreateStreamingSession": sessions.create,
    "GetStreamingSession": sessions.get,
    "ListStreamingSessions": sessions.list_all,
    "StartStreamingSession": sessions.start,
    "StopStreamingSession": sessions.stop,
    "DeleteStreamingSession": sessions.delete,
    "CreateStreamingSessionStream": streams.create,
    "GetStreamingSessionStream": streams.get,
    "GetStreamingSessionBackup": backups.get,
    "ListStreamingSessionBackups": backups.list_all,
    "TagResource": tags.tag,
    "UntagResource": tags.untag,
    "ListTagsForResource": tags.list_all,
    "GetStudio": studios.get,
    "GetLaunchProfile": studios.get_profile,
}
"""The operations that are emulated."""


_CLOCK = "clock"
"""The id of the one clock in its table."""


class Backend:
    """The emulated service without HTTP.

    Parameters
    ----------
    settings
        Durations, limits and choices.
    clock
        What time it is.
    store
        Where the state is kept beyond this process.
    journal
        Where requests are noted.

    Attributes
    ----------
    seeds
        What puts more into the world that it starts with, each time that it starts.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Clock | None = None,
        store: Store | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.clock = clock or Clock()
        self.journal = journal if journal is not None else Journal()
        self.timeline = Timeline()
        self.world = World(store or MemoryStore())
        self.trouble = Trouble(self.world.faults, time.monotonic, new_id)
        self.seeds: list[Callable[[Backend], object]] = []
        self.runaway = Runaway(self.trouble)
        self._held: set[str] = set()
        self._moment: float | None = None
        self._plan()
        saved = self.world.clocks.get(_CLOCK)
        if saved is not None:
            self.clock.restore(saved)

    def _plan(self) -> None:
        """Plan what happens by itself, and nothing else."""
        self.timeline.clear()
        self._held.clear()
        for session in self.world.sessions:
            self.timeline.plan("session", session.session_id, next_change(session))
        for stream in self.world.streams:
            self.timeline.plan("stream", stream.stream_id, streams.next_change(stream))
        external_acts.resume(self)

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
            # What was due is due again.
            self._plan()
            raise

    def now(self) -> float:
        """Return the time of what happens just now: past, when the clock was set forward."""
        return self.clock.now() if self._moment is None else self._moment

    # Requests

    def perform(
        self, operation: str, request: Mapping[str, Any], caller: str, stale: float = 0.0
    ) -> dict[str, Any]:
        """Carry out an operation, after all that is due before it.

        Parameters
        ----------
        operation
            The name of an operation of the service model.
        request
            Its input, parsed and checked.
        caller
            Whose request it is.
        stale
            How many seconds ago reads look.

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
        return self.apply(operation, request, caller, stale)

    def apply(
        self, operation: str, request: Mapping[str, Any], caller: str, stale: float = 0.0
    ) -> dict[str, Any]:
        """Carry out an operation at the time that `now` tells; else as `perform`."""
        rule = OPERATIONS.get(operation)
        if rule is None:
            raise ValidationError(
                f"{operation} is not emulated. nimble-local emulates {', '.join(OPERATIONS)}.",
                reason="NOT_EMULATED",
            )
        return rule(self, Call(request, caller, stale))

    def limits(self, session: Session) -> Limits:
        """Return what a session's launch profile allows it."""
        return Limits.of(self.world.profiles.find(session.launch_profile_id).stream_configuration)

    def put(self, session: Session, at: float) -> None:
        """Take over a session that has changed, and plan what follows."""
        before = self.world.sessions.get(session.session_id)
        self.world.put_session(session, at)
        self._held.discard(session.session_id)
        self.timeline.plan("session", session.session_id, next_change(session))
        if before is None or before.state != session.state:
            for fault in self.trouble.foreign_acts(session.session_id, session.state, at):
                external_acts.follow(self, fault, session.session_id, at)
                self.runaway.count(fault)

    def clear(self) -> None:
        """Forget everything in the world and everything planned."""
        self.world.clear()
        self.timeline.clear()
        self._held.clear()

    def set_clock(self, *, factor: float | None = None, advance: float = 0.0) -> None:
        """Let the clock run at a factor, or set it forward, and keep that.

        What is due then happens with the next `settle`.

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
        """Switch a fault on.

        Raises
        ------
        ValueError
            It is not a fault that there is.
        """
        self.settle()
        fault = self.trouble.add(wanted, self.clock.now())
        external_acts.begin(self, fault)
        return fault

    def remove_fault(self, fault_id: str) -> bool:
        """Switch a fault off, and tell whether it was on."""
        self.settle()
        removed = self.trouble.remove(fault_id)
        self.timeline.plan("fault", fault_id, None)
        # What was stuck goes on from now.
        for session_id in self._held:
            self.timeline.plan("session", session_id, self.clock.now())
        self._held.clear()
        self.settle()
        return removed

    # What happens by itself

    def settle(self, most: int | None = None) -> bool:
        """Let everything happen that is due by now, each thing at its own time.

        Parameters
        ----------
        most
            How many things happen at most; None for no limit.

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
                self._moment = due.at
                self._happen(due)
                count += 1
        finally:
            self._moment = None
        return False

    def _happen(self, due: Due) -> None:
        match due.kind:
            case "session":
                self._session_due(due.key, due.at)
            case "stream":
                streams.change(self, due.key)
            case "act":
                external_acts.act(self, due.key)
            case _:
                self.trouble.remove(due.key)

    def _session_due(self, session_id: str, at: float) -> None:
        session = self.world.sessions.find(session_id)
        until = self.trouble.held_until(session_id, session.state, at)
        if until is None:
            transitions.change(self, session, at)
        elif math.isinf(until):
            self._held.add(session_id)
        else:
            self.timeline.plan("session", session_id, until)
