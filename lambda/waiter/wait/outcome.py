"""How one invocation's part of a wait ends."""

from dataclasses import dataclass

from .lifecycle import Sighting


@dataclass(frozen=True)
class Reached:
    """The aim is reached, or must not be: ``left`` says why the session was left running."""

    sighting: Sighting
    left: str = ""


@dataclass(frozen=True)
class Lost:
    """The aim can't be reached: what was seen, and its entry of docs/operations.md."""

    what: str
    topic: str


@dataclass(frozen=True)
class Cancelled:
    """The request is void: its stack is being undone, or has finished without it."""

    sighting: Sighting | None


@dataclass(frozen=True)
class HandOver:
    """The wait has to go on in a fresh invocation."""


Outcome = Reached | Lost | Cancelled | HandOver
