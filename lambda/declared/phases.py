"""The phase that a service's states mean."""

from collections.abc import Mapping

from waiter.wait.model import Phase

_UNKNOWN = Phase.STOPPING
"""Every decision waits in this phase, and none acts."""
_TO_READY = (
    *(Phase.STOPPING, Phase.STARTING, Phase.STOPPED),
    *(Phase.FAILED, Phase.GONE, Phase.ABSENT, Phase.READY),
)
_TO_STOPPED = (
    *(Phase.STOPPING, Phase.STARTING, Phase.READY),
    *(Phase.FAILED, Phase.STOPPED, Phase.GONE, Phase.ABSENT),
)


def phase_of(
    states: list[str], phases: Mapping[str, Phase], *, stops: bool = False
) -> tuple[Phase, str]:
    """Return the phase that several states mean together, and how to name them.

    Theirs is the phase that has the longest way to the goal. One unknown state means to wait.
    Without any state, there is nothing.
    """
    if not states:
        return Phase.ABSENT, "absent"
    several = list(dict.fromkeys(states))
    named = ", ".join(
        s if s in phases else f"{s} (a state without a phase: add it to phases)" for s in several
    )
    found = {phases.get(state, _UNKNOWN) for state in several}
    order = _TO_STOPPED if stops else _TO_READY
    return min(found, key=order.index), named
