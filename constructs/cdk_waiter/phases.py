"""The states of a service, by what they mean for a wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cdk_waiter._private import validation as rules

if TYPE_CHECKING:
    from collections.abc import Sequence

_STATES: Final = rules.sequence(rules.literal)


class Phases:
    """The names of a service's states, by phase.

    A state in no phase means that its service is still busy: the wait goes on, and a failure at the
    deadline names the state.

    Parameters
    ----------
    ready
        The wait is over. For a run: it succeeded.
    stopped
        A start is needed. `Started` starts from these states.
    starting
        On the way to ready. For a run: in flight.
    stopping
        On the way to stopped.
    failed
        The wait is over without success.
    gone
        It was deleted, or is being deleted.

    Raises
    ------
    ValueError
        When ``ready`` is empty, or a state is in two phases.
    TypeError
        When a phase isn't a list of strings.
    """

    @rules.validated(
        ready=_STATES,
        stopped=_STATES,
        starting=_STATES,
        stopping=_STATES,
        failed=_STATES,
        gone=_STATES,
    )
    def __init__(
        self,
        *,
        ready: Sequence[str],
        stopped: Sequence[str] = (),
        starting: Sequence[str] = (),
        stopping: Sequence[str] = (),
        failed: Sequence[str] = (),
        gone: Sequence[str] = (),
    ) -> None:
        if not ready:
            raise ValueError("ready is []: it must name at least one state")
        self._by_phase = {
            "Ready": tuple(ready),
            "Stopped": tuple(stopped),
            "Starting": tuple(starting),
            "Stopping": tuple(stopping),
            "Failed": tuple(failed),
            "Gone": tuple(gone),
        }
        phases: dict[str, str] = {}
        for phase, states in self._by_phase.items():
            for state in states:
                if state in phases:
                    raise ValueError(
                        f"{phase.lower()} has {state!r}, and so has {phases[state]}: a state must "
                        "be in one phase, once"
                    )
                phases[state] = phase.lower()

    @property
    def states(self) -> dict[str, str]:
        """The phase of each state, such as ``ready``, by the state's name."""
        return {
            state: phase.lower() for phase, states in self._by_phase.items() for state in states
        }

    def to_properties(self) -> dict[str, list[str]]:
        """Return the property of the custom resource: the states of each phase that has any."""
        return {phase: list(states) for phase, states in self._by_phase.items() if states}
