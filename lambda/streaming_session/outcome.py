"""How one invocation's part of a wait ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streaming_session.lifecycle import Sighting


@dataclass(frozen=True, slots=True)
class Reached:
    """The aim is reached, or somebody else needs the session as it is (``spared``)."""

    sighting: Sighting
    spared: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """The aim can't be reached.

    Attributes
    ----------
    what
        What was seen, in words.
    topic
        The entry of docs/operations.md that explains it.
    """

    what: str
    topic: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The request is void: its stack is being undone."""

    sighting: Sighting | None


@dataclass(frozen=True, slots=True)
class HandOver:
    """The wait has to go on in a fresh invocation."""


Outcome = Reached | Lost | Cancelled | HandOver
