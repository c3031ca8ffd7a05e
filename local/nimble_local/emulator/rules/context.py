"""The context of a rule: everything that it may read and change."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from nimble_local.emulator.faults.active import ActiveFaults
from nimble_local.emulator.faults.external_acts import ExternalActs
from nimble_local.emulator.faults.kinds import Fault
from nimble_local.emulator.rules.lifecycle import Limits, next_change
from nimble_local.emulator.state.clock import EmulatedClock
from nimble_local.emulator.state.ids import new_id
from nimble_local.emulator.state.settings import Settings
from nimble_local.emulator.state.store import MemoryStore
from nimble_local.emulator.state.timeline import Timeline
from nimble_local.emulator.state.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nimble_local.emulator.state.entities import Session
    from nimble_local.emulator.state.store import Store


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was parsed and checked.

    Attributes
    ----------
    request
        The members of the operation's input.
    caller
        The access key id that signed it.
    stale
        The age in seconds of the sessions that reads show.
    """

    request: Mapping[str, Any]
    caller: str
    stale: float = 0.0


@dataclass(slots=True)
class Context:
    """The state and the services that rules use.

    Attributes
    ----------
    settings
        Durations, limits and choices.
    clock
        The emulated clock.
    world
        The tables of studios, sessions, backups and the rest.
    timeline
        When sessions and streams change on their own.
    faults
        The active faults.
    external_acts
        Plans the acts that follow a session's change of state.
    new_id
        Makes ids.
    moment
        The time of an event that is carried out late; None for the time of the clock.
    """

    settings: Settings
    clock: EmulatedClock
    world: World[Fault]
    timeline: Timeline
    faults: ActiveFaults
    external_acts: ExternalActs
    new_id: Callable[[], str]
    moment: float | None = None

    @classmethod
    def create(
        cls,
        settings: Settings | None = None,
        clock: EmulatedClock | None = None,
        store: Store | None = None,
    ) -> Self:
        """Return the context of a world, with the state that the store has kept."""
        world, timeline = World(store or MemoryStore(), Fault), Timeline()
        faults = ActiveFaults(world.faults, time.monotonic, new_id)
        return cls(
            settings=settings or Settings(),
            clock=clock or EmulatedClock(),
            world=world,
            timeline=timeline,
            faults=faults,
            external_acts=ExternalActs(faults, world.acts, timeline),
            new_id=new_id,
        )

    def now(self) -> float:
        """Return the time of the event in hand, which is past after the clock was set forward."""
        return self.clock.now() if self.moment is None else self.moment

    def limits(self, session: Session) -> Limits:
        """Return the limits that a session's launch profile sets."""
        return Limits.of(self.world.profiles.find(session.launch_profile_id).stream_configuration)

    def put(self, session: Session, at: float) -> None:
        """Store a new or changed session, and plan what follows."""
        before = self.world.sessions.get(session.session_id)
        self.world.put_session(session, at)
        self.timeline.plan("session", session.session_id, next_change(session))
        if before is None or before.state != session.state:
            self.external_acts.follow(session.session_id, session.state, at)
