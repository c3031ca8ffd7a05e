"""A simple second implementation of the rules in docs/emulator.md, to compare the emulator with."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEVER = float("inf")
MINUTE = 60.0
LONGEST = 690 * MINUTE
READABLE = 60 * MINUTE
PROGRESS = {
    "CREATE_IN_PROGRESS": (5.0, "READY", "CREATE_FAILED"),
    "START_IN_PROGRESS": (5.0, "READY", "START_FAILED"),
    "STOP_IN_PROGRESS": (5.0, "STOPPED", "STOP_FAILED"),
    "DELETE_IN_PROGRESS": (2.0, "DELETED", "DELETE_FAILED"),
}
FAILED = {failed for _, _, failed in PROGRESS.values()}


@dataclass(frozen=True)
class Profile:
    """The limits of a launch profile."""

    stoppable: bool
    stopped: float
    backups: int


PROFILES = {
    "keeping": Profile(stoppable=True, stopped=NEVER, backups=2),
    "terminating": Profile(stoppable=True, stopped=60 * MINUTE, backups=0),
    "unstoppable": Profile(stoppable=False, stopped=NEVER, backups=1),
}


@dataclass
class Backup:
    """A backup. Its name is known once the emulator has listed it."""

    state: str = "CREATE_IN_PROGRESS"
    name: str = ""


@dataclass
class ReferenceSession:
    """A session of the reference."""

    profile: Profile
    tags: dict[str, str]
    state: str = ""
    ends: float = NEVER
    well: bool = True
    restored: str | None = None
    backups: list[Backup] = field(default_factory=list)


class Reference:
    """A studio by the rules. Each operation returns ``OK`` or the name of the error."""

    def __init__(self, now: float, quota: int) -> None:
        self.now = now
        self.quota = quota
        self.sessions: dict[str, ReferenceSession] = {}
        self.failures = dict.fromkeys(("create", "start", "stop", "delete"), 0)
        self.strangers: list[tuple[float, str, str]] = []
        """The acts of somebody else, with their times and sessions."""

    def create(self, profile: str, tags: dict[str, str]) -> tuple[str, ReferenceSession]:
        session = ReferenceSession(PROFILES[profile], tags)
        if sum(other.state != "DELETED" for other in self.sessions.values()) >= self.quota:
            return "ServiceQuotaExceededException", session
        self._begin(session, "create")
        return "OK", session

    def start(self, name: str, backup: str | None = None) -> str:
        session = self.sessions.get(name)
        if session is None:
            return "ResourceNotFoundException"
        if session.state not in ("STOPPED", "START_FAILED"):
            return "ConflictException"
        if backup is not None and (refused := self._not_restorable(session, backup)):
            return refused
        session.restored = backup
        self._begin(session, "start")
        return "OK"

    def _not_restorable(self, session: ReferenceSession, name: str) -> str:
        for other in self.sessions.values():
            for backup in other.backups:
                if backup.name == name and other is not session:
                    return "ValidationException"
                if backup.name == name:
                    return "" if backup.state == "READY" else "ConflictException"
        return "ResourceNotFoundException"

    def stop(self, name: str, mode: str = "RETAIN") -> str:
        session = self.sessions.get(name)
        if session is None:
            return "ResourceNotFoundException"
        if session.state not in ("READY", "STOP_FAILED"):
            return "ConflictException"
        self._stop(session, mode)
        return "OK"

    def _stop(self, session: ReferenceSession, mode: str) -> None:
        self._begin(session, "stop")
        session.well = session.well and session.profile.stoppable
        if mode == "RETAIN" and session.profile.backups:
            session.backups.append(Backup())

    def delete(self, name: str) -> str:
        session = self.sessions.get(name)
        if session is None:
            return "ResourceNotFoundException"
        if session.state not in {"READY", "STOPPED", *FAILED}:
            return "ConflictException"
        self._begin(session, "delete")
        return "OK"

    def stream(self, name: str) -> str:
        session = self.sessions.get(name)
        if session is None:
            return "ResourceNotFoundException"
        return "OK" if session.state == "READY" else "ConflictException"

    def _begin(self, session: ReferenceSession, verb: str) -> None:
        session.state = f"{verb.upper()}_IN_PROGRESS"
        session.ends = self.now + PROGRESS[session.state][0]
        session.well = self.failures[verb] == 0
        self.failures[verb] = max(0, self.failures[verb] - 1)

    def advance(self, seconds: float) -> None:
        """Let time pass, with each event at its own time."""
        until = self.now + seconds
        while True:
            at, happen = min(self._coming(), key=lambda each: each[0], default=(NEVER, None))
            if at > until or happen is None:
                break
            self.now = at
            happen()
        self.now = until

    def _coming(self) -> Iterator[tuple[float, Callable[[], object]]]:
        for name, session in self.sessions.items():
            yield session.ends, partial(self._due, name, session)
        for stranger in self.strangers:
            yield stranger[0], partial(self._strange, stranger)

    def _strange(self, stranger: tuple[float, str, str]) -> None:
        self.strangers.remove(stranger)
        getattr(self, stranger[1])(stranger[2])

    def _due(self, name: str, session: ReferenceSession) -> None:
        if session.state == "DELETED":
            del self.sessions[name]
        elif session.state == "STOPPED" or (
            session.state == "READY" and not session.profile.stoppable
        ):
            self._begin(session, "delete")
        elif session.state == "READY":
            self._stop(session, "RETAIN")
        else:
            _, well, failed = PROGRESS[session.state]
            self._enter(session, well if session.well else failed)

    def _enter(self, session: ReferenceSession, state: str) -> None:
        lasts = {"READY": LONGEST, "STOPPED": session.profile.stopped, "DELETED": READABLE}
        session.state = state
        session.ends = self.now + lasts.get(state, NEVER)
        if state in ("STOPPED", "STOP_FAILED"):
            for backup in session.backups:
                if backup.state == "CREATE_IN_PROGRESS":
                    backup.state = "READY" if state == "STOPPED" else "CREATE_FAILED"
            for ended in ("READY", "CREATE_FAILED"):
                alike = [backup for backup in session.backups if backup.state == ended]
                for oldest in alike[: max(0, len(alike) - session.profile.backups)]:
                    session.backups.remove(oldest)
        elif state == "DELETED":
            session.backups.clear()
