"""What a decision is made of. Times are seconds since the request arrived."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Protocol


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


class Aim(StrEnum):
    """Where a request wants it to be."""

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
    START_UNHEEDED = "start-unheeded"
    STOP_UNHEEDED = "stop-unheeded"


@dataclass(frozen=True)
class Goal:
    """What a request wants, within ``timeout``; ``may_restart`` allows a stop for the backup.

    ``interval`` is the longest between two reads, unless the stack has too many ``sessions``.
    """

    aim: Aim
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

    ``attempts`` counts acts, refused ones too, and numbers their client tokens; ``starts`` and
    ``stops`` those accepted. Of the newest: ``heeded`` says whether another phase than
    ``acted_on`` was seen since, ``unheeded`` how many in a row were not. ``failures`` counts failed
    starts; at ``retry_at`` comes the next. After ``conflicts`` in a row nothing is done until
    ``held_until``.
    """

    attempts: int = 0
    starts: int = 0
    stops: int = 0
    last_act: Act | None = None
    acted_at: float = 0.0
    acted_on: Phase | None = None
    heeded: bool = True
    unheeded: int = 0
    failures: int = 0
    retry_at: float | None = None
    conflicts: int = 0
    held_until: float = 0.0


@dataclass(frozen=True)
class Done:
    """The aim is reached."""


@dataclass(frozen=True)
class Wait:
    """Look again after the poll interval."""


@dataclass(frozen=True)
class BackOff:
    """Start again after ``ceiling`` seconds at most."""

    ceiling: float


@dataclass(frozen=True)
class Do:
    """Act, then look again. A start restores ``backup``, if one is given."""

    act: Act
    backup: str = ""


@dataclass(frozen=True)
class Fail:
    """The aim can't be reached."""

    rule: Rule


Step = Done | Wait | BackOff | Do | Fail


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
