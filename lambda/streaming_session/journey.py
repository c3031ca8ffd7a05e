"""What a wait takes along when a fresh invocation goes on with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from streaming_session.plan import Act, Phase, Progress

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "Continuation"
"""The key of the event that carries it, beside those of CloudFormation."""

MAX_INVOCATIONS = 12
"""Longest chain of invocations for one request.

Five are enough for an hour. Lambda's detection of recursive loops ends a chain at 16.
"""


@dataclass(frozen=True, slots=True)
class Journey:
    """A wait so far. Holds nothing secret.

    Attributes
    ----------
    started_at
        When the request first arrived, in seconds since the epoch; the deadline counts from it.
    invocation
        The number of the invocation in the chain, from 1.
    progress
        What was done.
    polls
        How often the session was read.
    stretch
        How many times the poll interval is doubled.
    uncertain
        Whether a start may have reached the service without an answer.
    first_failure, first_topic
        The label of the first failed start, and its entry of docs/operations.md.
    denied, denied_since
        What IAM refuses at the moment (``look``, ``start``, ``stop``), and since when.
    last_seen, last_fault
        The label of the newest sighting, and the newest fault while reads fail.
    """

    started_at: float
    invocation: int = 1
    progress: Progress = field(default_factory=Progress)
    polls: int = 0
    stretch: int = 0
    uncertain: bool = False
    first_failure: str = ""
    first_topic: str = ""
    denied: str = ""
    denied_since: float = 0.0
    last_seen: str = ""
    last_fault: str = ""

    @property
    def started_anything(self) -> bool:
        """Whether a start was accepted, or may have been."""
        return self.progress.starts > 0 or self.uncertain


def pack(journey: Journey) -> dict[str, Any]:
    """Return the journey as JSON values."""
    packed = asdict(journey)
    progress = packed["progress"]
    progress["last_act"] = progress["last_act"] and progress["last_act"].value
    progress["acted_on"] = progress["acted_on"] and progress["acted_on"].value
    return packed


def unpack(packed: Mapping[str, Any]) -> Journey:
    """Return the journey that `pack` packed.

    A key that this version does not know is left out: the function may have been replaced while
    it waited.
    """
    values = {f.name: packed[f.name] for f in fields(Journey) if f.name in packed}
    known = {f.name for f in fields(Progress)}
    progress = {key: value for key, value in values.get("progress", {}).items() if key in known}
    if progress.get("last_act"):
        progress["last_act"] = Act(progress["last_act"])
    if progress.get("acted_on"):
        progress["acted_on"] = Phase(progress["acted_on"])
    return Journey(**{**values, "progress": Progress(**progress)})
