"""What a wait takes along when a fresh invocation goes on with it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .model import Act, Phase, Progress

KEY = "Continuation"
"""The event's key that carries it."""

MAX_INVOCATIONS = 12
"""Five are enough for an hour; Lambda's detection of recursive loops ends a chain at 16."""


@dataclass
class WaitState:
    """A wait so far; holds nothing secret.

    ``started_at``, when CloudFormation sent the request, is in seconds since the epoch; all other
    times are in seconds from then on. ``queued`` is how long the request was in Lambda's queue,
    ``left_at`` when it was handed over, ``called_at`` when the service was first asked, and
    ``answered`` whether a response has come since. ``stretch`` is how many times the poll interval
    is doubled at most, ``uncertain`` whether a start may have reached the service unanswered. Since
    ``mute_since`` the operation ``mute`` is forbidden, or without a response. ``asked`` tells that
    the stack has said what it is in, ``agreed`` what it said last about a stop or a restoring
    start, first at ``agreed_at``. The last ones are what the service said; since ``fault_since`` it
    has answered no question.
    """

    started_at: float
    invocation: int = 1
    queued: float = 0.0
    left_at: float = 0.0
    called_at: float = 0.0
    answered: bool = False
    progress: Progress = field(default_factory=Progress)
    polls: int = 0
    stretch: float = 0.0
    uncertain: bool = False
    mute: str = ""
    mute_since: float = 0.0
    asked: bool = False
    agreed: str = ""
    agreed_at: float = 0.0
    first_failure: str = ""
    first_topic: str = ""
    last_seen: str = ""
    last_fault: str = ""
    last_topic: str = ""
    fault_since: float = 0.0
    last_conflict: str = ""

    @property
    def started_anything(self) -> bool:
        """Whether a start was accepted, or may have been."""
        return self.progress.starts > 0 or self.uncertain

    @property
    def left_stopped(self) -> bool:
        """Whether a stop was accepted and no start after it."""
        return self.progress.last_act is Act.STOP and not self.uncertain


def pack(state: WaitState) -> dict[str, Any]:
    """Return the state as JSON values."""
    return asdict(state)


def unpack(packed: Mapping[str, Any]) -> WaitState:
    """Return the state that `pack` packed, perhaps in another version of this function."""
    state, progress = _known(WaitState, packed), _known(Progress, packed["progress"])
    for name, kind in (("last_act", Act), ("acted_on", Phase)):
        progress[name] = kind(progress[name]) if progress.get(name) else None
    return WaitState(**{**state, "progress": Progress(**progress)})


def _known(kind: type[WaitState | Progress], packed: Mapping[str, Any]) -> dict[str, Any]:
    return {f.name: packed[f.name] for f in fields(kind) if f.name in packed}
