"""What a decision is made of: what is wanted, what was seen, what was done, what comes next.

Nothing here knows a service, a clock or a network. Times are seconds since the request arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Phase(Enum):
    """Where a thing that can be started, waited for and stopped may be."""

    ABSENT = "ABSENT"
    STOPPED = "STOPPED"
    STARTING = "STARTING"
    READY = "READY"
    STOPPING = "STOPPING"
    FAILED = "FAILED"
    GONE = "GONE"


class Act(Enum):
    """What can be done to it."""

    START = "start"
    STOP = "stop"


class Aim(Enum):
    """Where a request wants it to be in the end."""

    READY = "ready"
    STOPPED = "stopped"


class Rule(Enum):
    """Why a wait ends without success."""

    ABSENT = "absent"
    GONE = "gone"
    FAILED = "failed"
    STOP_FAILED = "stop-failed"
    OTHER_BACKUP = "other-backup"
    BACKUP_NOT_RESTORED = "backup-not-restored"
    START_UNHEEDED = "start-unheeded"
    STOP_UNHEEDED = "stop-unheeded"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a request wants.

    Attributes
    ----------
    aim
        Where it shall be.
    backup
        The backup to be restored by the start; empty for none.
    may_restart
        Whether it may be stopped to restore the backup.
    """

    aim: Aim
    backup: str = ""
    may_restart: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """What one read saw.

    Attributes
    ----------
    phase
        Where it is.
    passing
        With FAILED: the failure is one of a start and can pass by itself.
    stop_failed
        With FAILED: it is a stop that failed.
    backup
        The backup it was last started from; empty for none, or where it is not said.
    """

    phase: Phase
    passing: bool = False
    stop_failed: bool = False
    backup: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """What the request has done so far.

    Attributes
    ----------
    attempts
        Calls of a start or a stop, refused ones included; numbers their client tokens.
    starts, stops
        How many of each were accepted, or may have been.
    last_act, acted_at, acted_on
        The newest of them, when it was made, and the phase that it was made from.
    heeded
        Whether another phase was seen since.
    unheeded
        How many acts in a row showed no effect.
    restored
        Whether the newest start carried the goal's backup.
    failures
        How many failed starts were seen.
    retry_at
        When to start again after a failed start; None while that is not settled.
    """

    attempts: int = 0
    starts: int = 0
    stops: int = 0
    last_act: Act | None = None
    acted_at: float = 0.0
    acted_on: Phase | None = None
    heeded: bool = True
    unheeded: int = 0
    restored: bool = False
    failures: int = 0
    retry_at: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The aim is reached."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again after the poll interval."""


@dataclass(frozen=True, slots=True)
class BackOff:
    """A start failed and may work later: settle `Progress.retry_at`.

    Attributes
    ----------
    ceiling
        Longest delay, in seconds; the actual one is drawn evenly from nothing up to it.
    """

    ceiling: float


@dataclass(frozen=True, slots=True)
class Do:
    """Act, then look again.

    Attributes
    ----------
    act
        What to do.
    backup
        With a start: the backup to restore; empty for none.
    """

    act: Act
    backup: str = ""


@dataclass(frozen=True, slots=True)
class Fail:
    """The aim can't be reached."""

    rule: Rule


Step = Done | Wait | BackOff | Do | Fail
