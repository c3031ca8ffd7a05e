"""Decide whether a request's stack allows a step: pure functions of the stack's status."""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Protocol

from .model import Act, BackOff, Do, RequestType, Wait

NOT_READ = "stack-not-read"
SETTLED_SECONDS = 60.0
"""Age of a request from which a finished status is current rather than a stale read."""
AGREE_SECONDS = 5.0
"""The time between two answers that must agree, and the longest time that one may be stale."""


class Verdict(StrEnum):
    """The stack's verdict on a request; the last four are about the stop of a Delete."""

    GO = auto()
    VOID = auto()
    UNSURE = auto()
    UNLESS_HELD = auto()
    IF_STARTED = auto()
    IF_STARTED_UNLESS_HELD = auto()
    LEAVE = auto()


class Need(Enum):
    """The knowledge of the stack that a step requires."""

    # None, one answer in the whole wait, an answer for this step, two that agree.
    NOTHING, ONCE, ANSWER, TWO = range(4)


@dataclass(frozen=True)
class Standing:
    """An answer of DescribeStacks.

    ``changed_at`` is the later of CreationTime and LastUpdatedTime, in seconds since the epoch;
    ``root`` is the status of the root stack if this one is nested and being deleted.
    """

    status: str
    changed_at: float = float("inf")
    root: str = ""


_DELETES = {
    "DELETE_IN_PROGRESS": Verdict.GO,
    "ROLLBACK_IN_PROGRESS": Verdict.IF_STARTED,
    # No Delete happens in this status, so it's a stale read.
    "CREATE_IN_PROGRESS": Verdict.IF_STARTED,
}


def judge(kind: RequestType, standing: Standing, age: float) -> Verdict:
    """Return what a stack's standing means for a request that is ``age`` seconds old.

    A stack can roll back or finish while a request still waits, and only its status shows that.
    """
    status, deletes = standing.status, kind is RequestType.DELETE
    if not status.endswith("_IN_PROGRESS") or ("CLEANUP" in status and not deletes):
        return Verdict.VOID if age >= SETTLED_SECONDS else Verdict.UNSURE
    if not deletes:
        if "ROLLBACK" in status or status.startswith("DELETE"):
            # At first, it may be the rollback before this deployment.
            return Verdict.VOID if age >= AGREE_SECONDS else Verdict.UNSURE
        return Verdict.GO
    if standing.root:
        # The parent may have failed, or the session may have moved to another nested stack.
        return _DELETES.get(standing.root, Verdict.LEAVE)
    reverts = Verdict.IF_STARTED_UNLESS_HELD if "ROLLBACK" in status else Verdict.UNLESS_HELD
    return _DELETES.get(status, reverts)


def need(kind: RequestType, step: Do | BackOff | Wait, *, at_once: bool) -> Need:
    """Return what must be known of the stack before a step.

    ``at_once`` is true on the first read. A start that a Create decides then is as recent as the
    request, so the stack needn't be read.
    """
    if isinstance(step, Do):
        if step.act is Act.STOP or step.backup or step.sure:
            return Need.TWO
        return Need.NOTHING if at_once and kind is RequestType.CREATE else Need.ANSWER
    return Need.ONCE if kind is RequestType.UPDATE else Need.NOTHING


class Stack(Protocol):
    """The stack of a request. Both methods raise ServiceError without a readable answer."""

    def read(self) -> Standing:
        """Return the stack's standing."""

    def is_held_elsewhere(self) -> bool:
        """Tell whether another resource of the stack holds what a Delete would stop."""
