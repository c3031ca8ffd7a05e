"""A store in an SQLite file, with one transaction per request."""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from nimble_local.emulator.state.store import Key, Row

APPLICATION_ID = 0x4E4D424C
"""The application id of the emulator's SQLite files: "NMBL"."""

VERSION = 1
"""The version of the tables and documents; files of other versions are refused."""

_SCHEMA = """
CREATE TABLE entity (
  position INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (kind, id)
)
"""
# An update keeps the position: entities are loaded in the order in which they were added.
_KEEP = (
    "INSERT INTO entity (kind, id, document) VALUES (?, ?, ?) "
    "ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document"
)
_REMOVE = "DELETE FROM entity WHERE kind = ? AND id = ?"


_DAMAGED = "Restore a copy of the file, or name another file to begin a new world."


class StateFileError(Exception):
    """The file can't be used for the state; the message is a sentence for the person who named it.

    Parameters
    ----------
    path
        The file.
    why
        The problem, and what to do.
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"The state can't be kept in {path}: {why}")


class FileStore:
    """Keeps the state in an SQLite file, which this process locks while it's open.

    A request's changes are written in one transaction before the request is answered, so a killed
    process leaves all changes of a request in the file, or none. SQLite doesn't wait for the disk:
    a power cut may lose the last requests, but doesn't damage the file.

    Parameters
    ----------
    path
        The file; it's created if it doesn't exist.

    Raises
    ------
    StateFileError
        The file can't be opened, is not one of the emulator's, or another process uses it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            # Don't wait for a lock: another emulator holds it until it ends.
            self._database = sqlite3.connect(
                path, timeout=0, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise StateFileError(path, f"{error}. Name a file in a folder that exists.") from error
        try:
            self._open()
        except sqlite3.OperationalError as error:
            self._database.close()
            raise StateFileError(path, _explained(error)) from error
        except sqlite3.DatabaseError as error:
            self._database.close()
            foreign = error.sqlite_errorcode == sqlite3.SQLITE_NOTADB
            what_to_do = "Name another file." if foreign else _DAMAGED
            raise StateFileError(path, f"{error}. {what_to_do}") from error
        except StateFileError:
            self._database.close()
            raise

    def _open(self) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        # Read first, so that another program's file isn't changed.
        mark, version = self._number("application_id"), self._number("user_version")
        new = not run("SELECT EXISTS (SELECT 1 FROM sqlite_master)").fetchone()[0]
        if not new and mark != APPLICATION_ID:
            raise StateFileError(self._path, "it is another program's database. Name another file.")
        if not new and version != VERSION:
            raise StateFileError(
                self._path,
                f"it has the layout {version}, this release reads {VERSION}. Name a new file.",
            )
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        # Takes the lock, which EXCLUSIVE keeps until the process ends.
        run("BEGIN IMMEDIATE")
        if new:
            run(_SCHEMA)
            run(f"PRAGMA application_id = {APPLICATION_ID}")
            run(f"PRAGMA user_version = {VERSION}")
        run("COMMIT")

    def _number(self, pragma: str) -> int:
        return int(self._database.execute(f"PRAGMA {pragma}").fetchone()[0])

    @contextmanager
    def reading(self) -> Iterator[Iterable[Row]]:
        """Open everything kept, the oldest first.

        Raises
        ------
        StateFileError
            The file is damaged, or the block raised a ValueError because of what is in it.
        """
        try:
            self._check()
            yield self._rows()
        except (sqlite3.Error, ValueError) as error:
            why = " ".join(str(error).split()).removesuffix(".")
            raise StateFileError(self._path, f"{why}. {_DAMAGED}") from error

    def _check(self) -> None:
        # Damage in an index would otherwise show only at a write.
        found = self._database.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise ValueError(found)

    def _rows(self) -> Iterator[Row]:
        rows = self._database.execute("SELECT kind, id, document FROM entity ORDER BY position")
        for kind, row_id, text in rows:
            try:
                document = dict(json.loads(text).items())
            except (ValueError, TypeError, AttributeError, RecursionError) as error:
                raise ValueError(f"its {kind} {row_id!r} is not a JSON object") from error
            yield kind, row_id, document

    def commit(self, changes: Mapping[Key, dict[str, Any] | None]) -> None:
        """Keep all the changes or none; None in place of a document means removed.

        Raises
        ------
        OSError
            They could not be kept.
        """
        run = self._database.execute
        removed = [key for key, document in changes.items() if document is None]
        kept = [
            (*key, json.dumps(document, separators=(",", ":")))
            for key, document in changes.items()
            if document is not None
        ]
        try:
            run("BEGIN IMMEDIATE")
            self._database.executemany(_REMOVE, removed)
            self._database.executemany(_KEEP, kept)
            run("COMMIT")
        except sqlite3.Error as error:
            if self._database.in_transaction:
                with suppress(sqlite3.Error):
                    run("ROLLBACK")
            raise OSError(0, str(error), str(self._path)) from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _explained(error: sqlite3.OperationalError) -> str:
    if "locked" in str(error):
        return "another process uses it. End that one, or name another file."
    return f"{error}. Name a file in a folder that exists and can be written to."
