"""What the wait needs of a service; a module like `nimble` provides it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streaming_session.plan import Do, Observation


@dataclass(frozen=True, slots=True)
class Sighting:
    """One read of the thing that is waited for.

    Attributes
    ----------
    observation
        What there is to decide with.
    label
        The same for people: state, code and message in the words of the service.
    topic
        With a failure: the entry of docs/operations.md that explains it.
    attributes
        What CloudFormation gets; empty where there is nothing.
    """

    observation: Observation
    label: str
    topic: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


class Lifecycle(Protocol):
    """Something that can be started, waited for and stopped."""

    def look(self) -> Sighting:
        """Read it.

        Raises
        ------
        ServiceError
            When that did not work. Its absence is a sighting, not an error.
        """

    def do(self, step: Do, token: str) -> None:
        """Start or stop it; ``token`` makes a repeated call harmless.

        Raises
        ------
        ServiceError
            When the service did not accept that, or did not answer.
        """
