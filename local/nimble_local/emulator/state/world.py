"""The tables of all entities; every change is noted for the store."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nimble_local.emulator.service.exceptions import NotFoundError
from nimble_local.emulator.state.entities import (
    Backup,
    ClockState,
    Entity,
    LaunchProfile,
    PlannedAct,
    RememberedRequest,
    Session,
    Stream,
    Studio,
)
from nimble_local.emulator.state.store import NotKeptError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nimble_local.emulator.state.store import Key, Store

T = TypeVar("T", bound=Entity)
F = TypeVar("F", bound=Entity)

MAX_VERSIONS = 32
"""The number of versions of a session that are kept for stale reads."""

MAX_REMOVED = 1000
"""The number of removed sessions that are remembered for followers of the changes."""


class Table(Generic[T]):
    """The entities of one kind by their ids, the oldest first."""

    def __init__(self, name: str, kind: type[T], noun: str, changes: dict[Key, Any]) -> None:
        self.name = name
        self.kind = kind
        self._noun = noun
        self._changes = changes
        self._rows: dict[str, T] = {}

    def __contains__(self, row_id: str) -> bool:
        """Return whether an entity has this id."""
        return row_id in self._rows

    def __len__(self) -> int:
        """Return the number of entities."""
        return len(self._rows)

    def __iter__(self) -> Iterator[T]:
        """Iterate over the entities as they are now; the table may change meanwhile."""
        return iter(list(self._rows.values()))

    def get(self, row_id: str) -> T | None:
        """Return an entity, or None."""
        return self._rows.get(row_id)

    def find(self, row_id: str) -> T:
        """Return an entity.

        Raises
        ------
        NotFoundError
            No entity has this id.
        """
        row = self._rows.get(row_id)
        if row is None:
            raise self.missing(row_id)
        return row

    def missing(self, row_id: str) -> NotFoundError:
        """Return the error for an entity that doesn't exist."""
        return NotFoundError.of(self._noun, row_id)

    def items(self) -> list[tuple[str, T]]:
        """Return the ids with their entities, as they are now."""
        return list(self._rows.items())

    def oldest(self) -> T | None:
        """Return the entity that was added first, None if the table is empty."""
        return next(iter(self._rows.values()), None)

    def put(self, row_id: str, row: T) -> None:
        """Add an entity or replace it by its newer version."""
        self._rows[row_id] = row
        self._changes[self.name, row_id] = row

    def remove(self, row_id: str) -> None:
        """Remove an existing entity."""
        del self._rows[row_id]
        self._changes[self.name, row_id] = None

    def restored(self, row_id: str, document: dict[str, Any]) -> T:
        """Return the entity that a stored document describes.

        Raises
        ------
        ValueError
            The document is damaged; the message says how.
        """
        try:
            return self.kind.restored(document)
        except ValueError as error:
            raise ValueError(f"its {self.name} {row_id!r} is damaged: {error}") from error

    def replace(self, rows: dict[str, T]) -> None:
        """Replace all entities by those of the store."""
        self._rows = rows

    def clear(self) -> None:
        """Remove all."""
        for row_id in list(self._rows):
            self.remove(row_id)


class World(Generic[F]):
    """The tables, and earlier versions of the sessions.

    Parameters
    ----------
    store
        Gets every change; the state that it has kept is loaded.
    fault
        The entity of a fault, which is defined in a layer above this one.
    """

    def __init__(self, store: Store, fault: type[F]) -> None:
        self._store = store
        self._changes: dict[Key, Any] = {}
        self.studios: Table[Studio] = Table("studio", Studio, "studio", self._changes)
        self.profiles: Table[LaunchProfile] = Table(
            "profile", LaunchProfile, "launch profile", self._changes
        )
        self.sessions: Table[Session] = Table(
            "session", Session, "streaming session", self._changes
        )
        self.backups: Table[Backup] = Table(
            "backup", Backup, "streaming session backup", self._changes
        )
        self.streams: Table[Stream] = Table(
            "stream", Stream, "streaming session stream", self._changes
        )
        self.tokens: Table[RememberedRequest] = Table(
            "token", RememberedRequest, "client token", self._changes
        )
        self.faults: Table[F] = Table("fault", fault, "fault", self._changes)
        self.acts: Table[PlannedAct] = Table("act", PlannedAct, "planned act", self._changes)
        self.clocks: Table[ClockState] = Table("clock", ClockState, "clock", self._changes)
        self.revision = 0
        self._trimmed = 0
        self._changed_at: dict[str, int] = {}
        self._versions: dict[str, deque[tuple[float, Session]]] = {}
        tables: tuple[Table[Any], ...] = (
            *(self.studios, self.profiles, self.sessions),
            *(self.backups, self.streams, self.tokens, self.faults),
            *(self.acts, self.clocks),
        )
        self._tables = {table.name: table for table in tables}
        self._load()

    def _load(self) -> None:
        """Load the state that the store has kept, and discard any other."""
        found: dict[str, dict[str, Any]] = {name: {} for name in self._tables}
        with self._store.reading() as rows:
            for name, row_id, document in rows:
                if name not in self._tables:
                    raise ValueError(f"it has a row of the unknown kind {name!r}")
                found[name][row_id] = self._tables[name].restored(row_id, document)
            for session in found["session"].values():
                if session.launch_profile_id not in found["profile"]:
                    raise ValueError(f"its session {session.session_id!r} has no launch profile")
        for name, table in self._tables.items():
            table.replace(found[name])
        self._versions = {}
        for session in self.sessions:
            self._note(session, session.updated_at)

    def put_session(self, session: Session, at: float) -> None:
        """Add a session or replace it by its newer version, and keep the earlier versions."""
        self.sessions.put(session.session_id, session)
        self._note(session, at)

    def remove_session(self, session_id: str) -> None:
        """Forget a session."""
        self.sessions.remove(session_id)
        del self._versions[session_id]
        self.touch(session_id)

    def touch(self, session_id: str) -> None:
        """Note a change to a session, for followers."""
        self.revision += 1
        # Removed and added again, so that the newest changes come last in the mapping.
        self._changed_at.pop(session_id, None)
        self._changed_at[session_id] = self.revision
        if len(self._changed_at) > 2 * len(self.sessions) + MAX_REMOVED:
            for gone in [known for known in self._changed_at if known not in self.sessions]:
                self._trimmed = max(self._trimmed, self._changed_at.pop(gone))

    def changed_since(self, revision: int) -> list[str] | None:
        """Return the ids of the sessions that changed after a revision, including removed ones.

        Returns None if changes that old have been forgotten.
        """
        if revision < self._trimmed:
            return None
        found = []
        for session_id in reversed(self._changed_at):
            if self._changed_at[session_id] <= revision:
                break
            found.append(session_id)
        return found

    def session_as_of(self, session: Session, at: float) -> Session:
        """Return the version of a session at a time, or the oldest known, without its history."""
        versions = self._versions[session.session_id]
        return next((old for since, old in reversed(versions) if since <= at), versions[0][1])

    def _note(self, session: Session, at: float) -> None:
        versions = self._versions.setdefault(session.session_id, deque(maxlen=MAX_VERSIONS))
        # Without the history, which reads don't show and 32 versions would repeat.
        versions.append((at, replace(session, history=())))
        self.touch(session.session_id)

    def commit(self) -> None:
        """Write all changes since the last commit to the store; undo them if that fails.

        Raises
        ------
        NotKeptError
            The changes couldn't be kept. The world is as it was after the last commit, without
            earlier versions for stale reads.
        """
        if not self._changes:
            return
        rows = self._changes.items()
        try:
            self._store.commit({k: None if row is None else row.document() for k, row in rows})
        except OSError as error:
            self._load()
            # Followers may have seen changes that are undone.
            self.revision += 1
            self._trimmed = self.revision
            self._changes.clear()
            raise NotKeptError(
                f"The state can't be kept in {error.filename}: {error.strerror}. Nothing was "
                "changed. Try again once the file can be written."
            ) from error
        self._changes.clear()

    def close(self) -> None:
        """Commit, and close the store; raises as `commit` does."""
        try:
            self.commit()
        finally:
            self._store.close()

    def clear(self) -> None:
        """Remove everything except the clock's state."""
        for session in self.sessions:
            self.remove_session(session.session_id)
        for name in ("studio", "profile", "backup", "stream", "token", "fault", "act"):
            self._tables[name].clear()
