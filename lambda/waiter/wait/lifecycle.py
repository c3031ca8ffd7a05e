"""What the wait needs of a service; a module like `nimble` provides it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from .model import Do, Observation


@dataclass(frozen=True)
class Sighting:
    """One read: for `decide`, in the service's words, as entry of docs/operations.md, as answer.

    ``started_at`` is when it was last started, in seconds since the epoch; None if unknown.
    """

    observation: Observation
    label: str
    topic: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    started_at: float | None = None


class Lifecycle(Protocol):
    """Something that can be started, waited for and stopped.

    ``silence`` is the entry of docs/operations.md for a service that has not responded once in a
    minute; empty where it is waited for until the deadline.
    """

    silence: str

    def look(self) -> Sighting:
        """Read it, or raise ServiceError. Its absence is a sighting."""

    def do(self, step: Do, token: str) -> None:
        """Start or stop it, or raise ServiceError; ``token`` makes a repeated call harmless."""
