"""State carried from one invocation to the next."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .model import Act, Phase, Progress

KEY = "Continuation"
"""The event's key for this state."""

MAX_INVOCATIONS = 12
"""Five are enough for an hour; Lambda's recursive loop detection ends a chain at 16."""


@dataclass
class WaitState:
    """A wait so far, without secrets.

    ``started_at`` is when CloudFormation sent the request, in seconds since the epoch; all other
    times are in seconds after that. ``queued`` is the time that the request spent in Lambda's
    queue. The wait was handed over at ``left_at`` and first called the service at ``called_at``;
    ``answered`` is true once the service has responded. ``stretch`` is the maximum number of
    doublings of the poll interval; below 0, of its halvings. ``uncertain`` is true if a start may
    have reached the service although no clear answer arrived, and ``start_fault`` says what did.
    Operation ``mute`` has been denied or
    unanswered since ``mute_since``. ``asked`` is true once the stack's status is known; ``agreed``
    is the latest verdict on a stop or a restoring start, first given at ``agreed_at``. The
    remaining fields record what the service said; since ``fault_since``, it has answered no call.
    ``delay`` is the time from the request or the hand-over to the beginning of this invocation.
    ``memory`` belongs to the lifecycle; its ``Run`` is the id of the run.
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
    start_fault: str = ""
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
    delay: float = 0.0
    memory: dict[str, str] = field(default_factory=dict)

    @property
    def started_anything(self) -> bool:
        """True if a start was accepted, or may have been."""
        return self.progress.starts > 0 or self.uncertain

    @property
    def left_stopped(self) -> bool:
        """True if a stop was accepted, and no start after it."""
        return self.progress.last_act is Act.STOP and not self.uncertain


def pack(state: WaitState) -> dict[str, Any]:
    """Return the state as JSON values."""
    return asdict(state)


def unpack(packed: Mapping[str, Any]) -> WaitState:
    """Return the state from `pack`, which may have run in another version of this function."""
    state, progress = _known(WaitState, packed), _known(Progress, packed["progress"])
    for name, kind in (("last_act", Act), ("acted_on", Phase)):
        progress[name] = kind(progress[name]) if progress.get(name) else None
    return WaitState(**{**state, "progress": Progress(**progress)})


def _known(kind: type[WaitState | Progress], packed: Mapping[str, Any]) -> dict[str, Any]:
    return {f.name: packed[f.name] for f in fields(kind) if f.name in packed}
