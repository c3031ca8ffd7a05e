"""The base of all stories: the steps of one stack, with the faults during them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from random import Random

LONG_FUNCTION, SHORT_FUNCTION = 900, 30
SETTLED_SECONDS = 60.0
"""The age of a request from which a finished status of its stack makes it void."""


@dataclass(frozen=True)
class Step:
    """One deployment, or the deletion.

    Attributes
    ----------
    trigger, timeout
        The resource's triggers and timeout.
    after
        Whether the stack adds a resource that fails.
    kill_after, unavailable
        When the function's processes are killed, and for how long CloudFormation takes no answer,
        in seconds.
    retried
        Whether a request whose first invocation was killed is delivered again, as Lambda does it
        after a minute.
    stack_fault, stack_fault_seconds
        The fault of queries about the stack, and its duration.
    age
        The age of requests at their arrival, in seconds.
    again
        Whether the first answered request is delivered a second time at once.
    again_after, again_state
        If not 0, the age of the requests that are delivered again after the stack has settled, and
        the state that their things get before.
    cancel_after
        When the update is cancelled, in seconds.
    """

    kind: str
    trigger: int = 0
    timeout: int = 30
    after: bool = False
    kill_after: float | None = None
    retried: bool = False
    unavailable: float = 0.0
    stack_fault: str = ""
    stack_fault_seconds: float = 0.0
    age: float = 0.0
    again: bool = False
    again_after: float = 0.0
    again_state: str = ""
    cancel_after: float | None = None


TROUBLES = (
    *("kill_after", "retried", "unavailable", "stack_fault", "stack_fault_seconds"),
    *("age", "again", "again_after", "again_state", "cancel_after"),
)
"""The members of a step that aren't in its template."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """A stack from its creation to its deletion."""

    seed: int
    number: int
    function_seconds: int
    steps: tuple[Step, ...]
    prefix: ClassVar[str] = ""

    @property
    def name(self) -> str:
        """The value of STORY that repeats it."""
        return f"{self.prefix}{self.number}"

    @property
    def stack(self) -> str:
        """The name of its stack."""
        return f"story-{self.seed}-{self.name}"


def seconds_up_to(random: Random, most: float) -> float:
    """Draw a number of seconds from half a second on."""
    return round(random.uniform(0.5, most), 1)
