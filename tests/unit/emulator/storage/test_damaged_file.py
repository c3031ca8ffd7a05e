"""Damaged state files: the error names the file, the damage and the remedy."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from nimble_local.cli import main
from nimble_local.emulator.backend import Backend
from nimble_local.emulator.seed.default_seed import (
    LAUNCH_PROFILE_ID,
    SESSION_ID,
    STUDIO_ID,
    add_session,
)
from nimble_local.emulator.state.file_store import FileStore, StateFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ADVICE = ". Restore a copy of the file, or name another file to begin a new world."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a closed state file with some of everything in it."""
    made = tmp_path / "state.sqlite"
    backend = Backend(store=FileStore(made))
    backend.seed()
    for number in range(40):
        add_session(backend.context, f"desk-{number}", "READY", {"tags": {"a": "x" * 200}})
    backend.add_fault({"kind": "latency", "seconds": 1})
    backend.add_fault(
        {"kind": "external-act", "act": "stop", "seconds": 60, "sessionId": SESSION_ID}
    )
    backend.perform(
        "CreateStreamingSessionStream", {"studioId": STUDIO_ID, "sessionId": "desk-1"}, "somebody"
    )
    backend.set_clock(factor=2)
    backend.world.close()
    return made


def change(path: Path, kind: str, edit: Callable[[dict[str, Any]], object]) -> None:
    """Edit the document of the first row of a kind."""
    with closing(sqlite3.connect(path)) as database:
        row_id, text = database.execute(
            "SELECT id, document FROM entity WHERE kind = ? ORDER BY position", (kind,)
        ).fetchone()
        document = json.loads(text)
        edit(document)
        database.execute(
            "UPDATE entity SET document = ? WHERE kind = ? AND id = ?",
            (json.dumps(document), kind, row_id),
        )
        database.commit()


def run(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()


def overwrite_pages(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xa5" * (len(content) - 8192)
    path.write_bytes(content)


def overwrite_index(path: Path) -> None:
    """Damage a page that only a change would touch."""
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT rootpage FROM sqlite_master WHERE type = 'index'"
        (page,) = database.execute(query).fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : (page - 1) * size + 64] = b"\xa5" * 64
    path.write_bytes(content)


def truncate(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "bad pages": ("", overwrite_pages),
    "a bad page of the index": ("", overwrite_index),
    "the second half is missing": ("", truncate),
    "no table": ("no such table: entity", lambda p: run(p, "ALTER TABLE entity RENAME TO e")),
    "an unknown kind of row": (
        "it has a row of the unknown kind 'desk'",
        lambda p: run(p, "UPDATE entity SET kind = 'desk' WHERE kind = 'profile'"),
    ),
    "no JSON": (
        f"its session '{SESSION_ID}' is not a JSON object",
        lambda p: run(p, f"UPDATE entity SET document = '{{' WHERE id = '{SESSION_ID}'"),  # noqa: S608
    ),
    "brackets": (
        f"its session '{SESSION_ID}' is not a JSON object",
        lambda p: run(
            p,
            f"UPDATE entity SET document = '{'[' * 100_000}' WHERE id = '{SESSION_ID}'",  # noqa: S608
        ),
    ),
    "a number in place of a document": (
        f"its session '{SESSION_ID}' is not a JSON object",
        lambda p: run(p, f"UPDATE entity SET document = 5 WHERE id = '{SESSION_ID}'"),  # noqa: S608
    ),
    "bytes": (
        f"its session '{SESSION_ID}' is not",
        lambda p: run(p, f"UPDATE entity SET document = x'ff00' WHERE id = '{SESSION_ID}'"),  # noqa: S608
    ),
    "a session without a state": (
        f"its session '{SESSION_ID}' is damaged: 'state' is missing",
        lambda p: change(p, "session", lambda document: document.pop("state")),
    ),
    "an unknown state": (
        "'state' can't be 'UP'",
        lambda p: change(p, "session", lambda document: document.update(state="UP")),
    ),
    "no launch profile": (
        f"its session '{SESSION_ID}' has no launch profile",
        lambda p: run(p, "DELETE FROM entity WHERE kind = 'profile'"),
    ),
    "an unknown member": (
        "'color' is not a member",
        lambda p: change(p, "session", lambda document: document.update(color=1)),
    ),
    "no rules": (
        "stream_configuration.clipboardMode' must not be null",
        lambda p: change(p, "profile", lambda document: document.update(stream_configuration={})),
    ),
    "an unknown kind of fault": (
        "'kind' can't be 'fire'",
        lambda p: change(p, "fault", lambda document: document.update(kind="fire")),
    ),
    "a fault without its parameter": (
        "A fault of kind 'latency' needs seconds",
        lambda p: change(p, "fault", lambda document: document.update(parameters={})),
    ),
    "an unknown act": (
        "'act' can't be 'fly'",
        lambda p: change(p, "act", lambda document: document.update(act="fly")),
    ),
    "a damaged clock": (
        "'factor' can't be '1'",
        lambda p: change(p, "clock", lambda document: document.update(factor="1")),
    ),
}
VALUES = [
    ("session", "created_at", "yesterday"),
    ("session", "created_at", float("nan")),
    ("session", "created_at", 1e300),
    ("session", "created_at", True),
    ("session", "created_at", -1),
    ("session", "created_at", None),
    ("session", "tags", []),
    ("session", "tags", {"a": 1}),
    ("session", "history", [["READY"]]),
    ("session", "history", [["READY", "now", "code", "by"]]),
    ("session", "history", "READY"),
    ("session", "failure", ["INTERNAL_ERROR"]),
    ("session", "max_backups_to_retain", 1.5),
    ("session", "owned_by", 5),
    ("stream", "ready_at", None),
    ("profile", "ec2_subnet_ids", "subnet"),
    ("fault", "left", "many"),
    ("studio", "display_name", None),
]


def complaint(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Serve from an unusable file, and return the single line of standard error."""
    capsys.readouterr()
    assert main(["serve", "--port", "0", "--state", str(path)]) == 1
    output, complaints = capsys.readouterr()
    assert output == ""
    assert complaints.count("\n") == 1
    return complaints.rstrip("\n")


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_reported_in_one_sentence(
    file: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    words, damage = DAMAGE[name]
    damage(file)
    before = file.read_bytes()
    line = complaint(file, capsys)
    assert line.startswith(f"nimble-local: The state can't be kept in {file}: ")
    assert words in line
    assert line.endswith(ADVICE)
    assert file.read_bytes() == before


@pytest.mark.parametrize(("kind", "member", "value"), VALUES)
def test_values_of_the_wrong_type_count_as_damage(
    file: Path, kind: str, member: str, value: object
) -> None:
    change(file, kind, lambda document: document.update({member: value}))
    with closing(FileStore(file)) as store, pytest.raises(StateFileError) as raised:
        Backend(store=store)
    assert f"{member!r} can't be" in str(raised.value)
    assert str(file) in str(raised.value)


def test_the_undamaged_file_is_valid(file: Path) -> None:
    with closing(FileStore(file)) as store:
        backend = Backend(store=store)
        assert len(backend.world.sessions) == 41
        assert LAUNCH_PROFILE_ID in backend.world.profiles


def test_documents_of_older_releases_may_lack_members_with_a_default(file: Path) -> None:
    change(file, "session", lambda document: [document.pop(n) for n in ("history", "stop_at")])
    with closing(FileStore(file)) as store:
        session = Backend(store=store).world.sessions.find(SESSION_ID)
    assert (session.history, session.stop_at) == ((), None)
