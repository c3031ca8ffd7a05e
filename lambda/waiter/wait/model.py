"""The values that decisions are made of. Times are in seconds since the request arrived."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any, Protocol, TypeAlias


class RequestType(StrEnum):
    """CloudFormation's three types of request."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


class Phase(StrEnum):
    """The phases of a resource that can be started, waited for and stopped."""

    ABSENT = auto()
    STOPPED = auto()
    STARTING = auto()
    READY = auto()
    STOPPING = auto()
    FAILED = auto()
    GONE = auto()


class Act(StrEnum):
    """The acts that change a resource's phase."""

    START = auto()
    STOP = auto()
    CANCEL = auto()


class Target(StrEnum):
    """The phase that a request asks for."""

    READY = auto()
    STOPPED = auto()


class Rule(StrEnum):
    """Reasons for a wait to fail; each value is a heading in docs/operations.md."""

    ABSENT = "absent"
    GONE = "gone"
    FAILED = "failed"
    STOP_FAILED = "stop-failed"
    OTHER_BACKUP = "other-backup"
    BACKUP_NOT_RESTORED = "backup-not-restored"
    START_NO_EFFECT = "start-no-effect"
    STOP_NO_EFFECT = "stop-no-effect"


@dataclass(frozen=True)
class Goal:
    """A target to reach within ``timeout``; ``may_restart`` allows a stop to restore the backup.

    ``interval`` is the longest time between two reads, unless the stack has too many ``sessions``.
    ``rules`` decide in place of those of a resource that is started and stopped; the target is then
    anything whose ``name`` says in a message what wasn't reached, and ``topic`` where that's
    explained.
    """

    target: Any
    backup: str = ""
    may_restart: bool = False
    timeout: float = 1800.0
    interval: float = 5.0
    sessions: int = 1
    rules: Callable[[Any, Any, Any, float], Any] | None = None


@dataclass(frozen=True)
class Observation:
    """The result of one read.

    A failed start is ``transient`` if a new start may work without any change. ``backup`` is the
    one that the resource was started from.
    """

    phase: Phase
    transient: bool = False
    stop_failed: bool = False
    backup: str = ""
    start_failed: bool = False


@dataclass(frozen=True)
class Progress:
    """The progress of a request so far.

    ``attempts`` counts all acts, even refused ones, and numbers their client tokens; ``starts`` and
    ``stops`` count the accepted ones. ``took_effect`` becomes true when a read after the newest act
    shows a phase other than ``acted_on``; ``ineffective`` counts the newest acts in a row without
    effect. ``failures`` counts failed starts; the next start is due at ``retry_at``. After
    ``conflicts`` in a row, acts wait until ``held_until``.
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
    """The target is reached."""


@dataclass(frozen=True)
class Wait:
    """Read again after the poll interval."""


@dataclass(frozen=True)
class BackOff:
    """Start again after ``ceiling`` seconds at most."""

    ceiling: float


@dataclass(frozen=True)
class Do:
    """Act, then read again. A start restores ``backup`` if there is one.

    If ``sure``, two answers about the stack must agree first, as for a stop.
    """

    act: Act
    backup: str = ""
    sure: bool = False


@dataclass(frozen=True)
class Fail:
    """The target can't be reached."""

    rule: Rule


Step: TypeAlias = Done | Wait | BackOff | Do | Fail


@dataclass(frozen=True)
class Snapshot:
    """One read of a resource.

    ``label`` says in the service's words what was seen, and ``topic`` is its heading in
    docs/operations.md. ``started_at`` is the time of the last start in seconds since the epoch;
    None if unknown. ``if_void`` makes the read to answer with if the request turns out to be void.
    """

    observation: Observation
    label: str
    topic: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    started_at: float | None = None
    if_void: Callable[[], Any] | None = None


class Lifecycle(Protocol):
    """A resource that can be started, waited for and stopped.

    ``silence`` is the heading in docs/operations.md for a service that hasn't responded at all in a
    minute. If it's empty, the wait goes on until the deadline.
    """

    silence: str

    def read(self) -> Snapshot:
        """Read it, or raise ServiceError. An absent resource also has a snapshot."""

    def perform(self, step: Do, token: str) -> None:
        """Start or stop it, or raise ServiceError; ``token`` makes a repeated call harmless."""


@dataclass(frozen=True)
class Succeeded:
    """The target is reached, or ``left`` says why the session was deliberately left running."""

    snapshot: Snapshot
    left: str = ""


@dataclass(frozen=True)
class Failed:
    """The target can't be reached: the reason and its heading in docs/operations.md."""

    what: str
    topic: str


@dataclass(frozen=True)
class Cancelled:
    """The request is void: its stack is rolling back or being deleted, or finished without it."""

    snapshot: Snapshot | None


@dataclass(frozen=True)
class HandOver:
    """The wait must continue in a new invocation."""


Outcome: TypeAlias = Succeeded | Failed | Cancelled | HandOver
