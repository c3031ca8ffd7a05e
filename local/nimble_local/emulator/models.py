"""The state of the emulated service, what happens in it by itself, and the way in for requests.

The rules of the operations are in `sessions`, `backups`, `streams`, `tags` and `studios`; those of
a session's life in `lifecycle`.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nimble_local.emulator import backups, sessions, streams, studios, tags
from nimble_local.emulator.clock import Clock
from nimble_local.emulator.exceptions import NimbleError, ValidationError
from nimble_local.emulator.ids import new_id
from nimble_local.emulator.journal import Entry, Journal
from nimble_local.emulator.lifecycle import Limits, next_change
from nimble_local.emulator.service import error_status
from nimble_local.emulator.settings import Settings
from nimble_local.emulator.store import MemoryStore
from nimble_local.emulator.timeline import Timeline
from nimble_local.emulator.trouble import Trouble
from nimble_local.emulator.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nimble_local.emulator.entities import Session
    from nimble_local.emulator.faults import Fault
    from nimble_local.emulator.store import Store

FOREIGN_USER = "somebody-else"
"""The caller of a foreign act."""

ACTS = {
    "start": "StartStreamingSession",
    "stop": "StopStreamingSession",
    "delete": "DeleteStreamingSession",
}
"""The operations that somebody else, or a person at the page, can be made to call."""


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
        self._held: set[str] = set()
        for session in self.world.sessions:
            self.timeline.plan("session", session.session_id, next_change(session))
        for stream in self.world.streams:
            self.timeline.plan("stream", stream.stream_id, streams.next_change(stream))
        for fault in self.trouble:
            self._plan_fault(fault)

    # Requests

    def perform(self, operation: str, call: Call) -> dict[str, Any]:
        """Carry out an operation and return the members of its output.

        Raises
        ------
        NimbleError
            The operation is refused.
        """
        rule = OPERATIONS.get(operation)
        if rule is None:
            raise ValidationError(
                f"{operation} is not emulated. nimble-local emulates {', '.join(OPERATIONS)}.",
                code="NOT_EMULATED",
            )
        self.settle()
        return rule(self, call)

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
                self._plan_act(fault, session.session_id, at)

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
        self._plan_fault(fault)
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

    def _plan_fault(self, fault: Fault) -> None:
        self.timeline.plan("fault", fault.fault_id, fault.until)
        if fault.kind == "foreign" and "state" not in fault.parameters and fault.session_id:
            self._plan_act(fault, fault.session_id, fault.created_at)

    def _plan_act(self, fault: Fault, session_id: str, after: float) -> None:
        key = f"{fault.fault_id}/{session_id}/{fault.parameters['act']}"
        self.timeline.plan("act", key, after + fault.parameters["seconds"])

    # What happens by itself

    def settle(self) -> None:
        """Let everything happen that is due by now, each thing at its own time."""
        now = self.clock.now()
        while (due := self.timeline.pop(now)) is not None:
            match due.kind:
                case "session":
                    self._session_due(due.key, due.at)
                case "stream":
                    streams.change(self, due.key, due.at)
                case "act":
                    self._act_due(due.key, due.at)
                case _:
                    self.trouble.remove(due.key)

    def _session_due(self, session_id: str, at: float) -> None:
        session = self.world.sessions.find(session_id)
        until = self.trouble.held_until(session_id, session.state, at)
        if until is None:
            sessions.change(self, session, at)
        elif math.isinf(until):
            self._held.add(session_id)
        else:
            self.timeline.plan("session", session_id, until)

    def _act_due(self, key: str, at: float) -> None:
        fault_id, session_id, act = key.split("/")
        self.trouble.done(fault_id)
        session = self.world.sessions.get(session_id)
        studio_id = session.studio_id if session else ""
        self.act(ACTS[act], studio_id, session_id, FOREIGN_USER, at)

    def act(
        self, operation: str, studio_id: str, session_id: str, caller: str, at: float
    ) -> NimbleError | None:
        """Carry out an operation on a session for somebody who does not come over the API.

        Returns
        -------
        NimbleError | None
            Why it was refused, None when it was not.
        """
        request = {"studioId": studio_id, "sessionId": session_id}
        refused: NimbleError | None = None
        try:
            OPERATIONS[operation](self, Call(request, caller, at=at))
        except NimbleError as error:
            refused = error
        entry = Entry(
            at=at,
            operation=operation,
            studio_id=studio_id,
            session_id=session_id,
            caller=caller,
            status=error_status(refused.shape) if refused else 200,
            outcome=refused.shape if refused else "OK",
            faults=("foreign",) if caller == FOREIGN_USER else (),
        )
        self.journal.add(entry)
        return refused
