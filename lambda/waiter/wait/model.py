"""What a decision is made of. Times are seconds since the request arrived."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Protocol


class RequestType(StrEnum):
    """The three requests of CloudFormation."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


class Phase(StrEnum):
    """Where something that is started, waited for and stopped may be."""

    ABSENT = auto()
    STOPPED = auto()
    STARTING = auto()
    READY = auto()
    STOPPING = auto()
    FAILED = auto()
    GONE = auto()


class Act(StrEnum):
    """What can be done to it."""

    START = auto()
    STOP = auto()


class Target(StrEnum):
    """The phase that a request asks for."""

    READY = "ready"
    STOPPED = "stopped"


class Rule(StrEnum):
    """Why a wait ends without success; the value is an entry of docs/operations.md."""

    ABSENT = "absent"
    GONE = "gone"
    FAILED = "failed"
    STOP_FAILED = "stop-failed"
    OTHER_BACKUP = "other-backup"
    BACKUP_NOT_RESTORED = "backup-not-restored"
    START_INEFFECTIVE = "start-unheeded"
    STOP_INEFFECTIVE = "stop-unheeded"


@dataclass(frozen=True)
class Goal:
    """What a request wants, within ``timeout``; ``may_restart`` allows a stop for the backup.

    ``interval`` is the longest between two reads, unless the stack has too many ``sessions``.
    """

    target: Target
    backup: str = ""
    may_restart: bool = False
    timeout: float = 1800.0
    interval: float = 5.0
    sessions: int = 1


@dataclass(frozen=True)
class Observation:
    """What one read saw.

    A failed start is ``passing`` when another one may work without anything being changed;
    ``backup`` is what it was started from.
    """

    phase: Phase
    passing: bool = False
    stop_failed: bool = False
    backup: str = ""
    start_failed: bool = False


@dataclass(frozen=True)
class Progress:
    """What the request has done so far.

    ``attempts`` counts all acts, refused ones too, and numbers their client tokens; ``starts`` and
    ``stops`` count the accepted ones. ``took_effect`` is true once a phase other than ``acted_on``
    was seen after the newest act; ``ineffective`` counts the newest acts in a row without effect.
    ``failures`` counts failed starts; the next start is due at ``retry_at``. After ``conflicts`` in
    a row nothing is done until ``held_until``.
    """

    attempts: int = 0
    starts: int = 0
    stops: int = 0
    last_act: Act | None = None
    acted_at: float = 0.0
    acted_on: Phase | None = None
    took_effect: bool = True
    ineffective: int = 0
    failures: int = 0
    retry_at: float | None = None
    conflicts: int = 0
    held_until: float = 0.0


@dataclass(frozen=True)
class Done:
    """The target has been reached."""


@dataclass(frozen=True)
class Wait:
    """Read again after the poll interval."""


@dataclass(frozen=True)
class BackOff:
    """Start again after ``ceiling`` seconds at most."""

    ceiling: float


@dataclass(frozen=True)
class Do:
    """Act, then read again. A start restores ``backup``, if one is given."""

    act: Act
    backup: str = ""


@dataclass(frozen=True)
class Fail:
    """The target can't be reached."""

    rule: Rule


Step = Done | Wait | BackOff | Do | Fail


@dataclass(frozen=True)
class Snapshot:
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

    def read(self) -> Snapshot:
        """Read it, or raise ServiceError. Its absence is a snapshot."""

    def perform(self, step: Do, token: str) -> None:
        """Start or stop it, or raise ServiceError; ``token`` makes a repeated call harmless."""


@dataclass(frozen=True)
class Succeeded:
    """The target is reached, or must not be: ``left`` says why the session was left running."""

    snapshot: Snapshot
    left: str = ""


@dataclass(frozen=True)
class Failed:
    """The target can't be reached: what was seen, and its entry of docs/operations.md."""

    what: str
    topic: str


@dataclass(frozen=True)
class Cancelled:
    """The request is void: its stack is being undone, or has finished without it."""

    snapshot: Snapshot | None


@dataclass(frozen=True)
class HandOver:
    """The wait has to go on in a fresh invocation."""


Outcome = Succeeded | Failed | Cancelled | HandOver
