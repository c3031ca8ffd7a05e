"""A full disk: the answers, the changes that are rolled back, and the state afterwards."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from nimble_local.control_client import Control, RefusedError
from nimble_local.emulator.backend import Backend
from nimble_local.emulator.control import actions
from nimble_local.emulator.in_process import Served
from nimble_local.emulator.seed.default_seed import (
    LAUNCH_PROFILE_ID,
    SESSION_ID,
    STUDIO_ID,
    add_session,
)
from nimble_local.emulator.state.file_store import FileStore
from nimble_local.emulator.state.store import NotKeptError
from nimble_local.emulator.webpage.events import Follower
from testkit.emulator.in_process import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

IDS = {"studioId": STUDIO_ID, "sessionId": SESSION_ID}
PROFILE = {"studioId": STUDIO_ID, "launchProfileId": LAUNCH_PROFILE_ID}
UNCHANGED = "database or disk is full. Nothing was changed. Try again once the file can be written."


class Disk:
    """A backend whose file can't grow while the disk is full."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._store = FileStore(file)
        self.backend = Backend(store=self._store)
        self.backend.clock.run(0)
        self.backend.seed()
        self.backend.add_fault({"kind": "latency", "seconds": 0, "count": 1_000_000})
        self.backend.perform("StartStreamingSession", IDS, "tester")
        self.backend.commit()

    def fill(self) -> None:
        """Leave no room, not even in the file's existing pages."""
        run = self._store._database.execute
        pages = run("PRAGMA page_count").fetchone()[0]
        run(f"PRAGMA max_page_count = {pages}")
        for number in range(1000):
            add_session(
                self.backend.context, f"filler-{number}", "READY", {"tags": {"a": "x" * 100}}
            )
            try:
                self.backend.commit()
            except NotKeptError:
                return
        raise AssertionError

    def make_room(self) -> None:
        """Let the file grow again."""
        self._store._database.execute("PRAGMA max_page_count = 100000")

    def close(self) -> None:
        self._store.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with closing(Disk(tmp_path / "state.sqlite")) as made:
        yield made


def everything(backend: Backend) -> Any:
    """Return the complete state of a backend as JSON."""
    world = backend.world
    tables: tuple[Any, ...] = (
        *(world.studios, world.profiles, world.sessions, world.backups),
        *(world.streams, world.tokens, world.faults, world.acts, world.clocks),
    )
    rows = {table.name: [(k, row.document()) for k, row in table.items()] for table in tables}
    clock = (backend.clock.now(), backend.clock.factor)
    return json.loads(json.dumps([rows, clock, backend.timeline.next()]))


BIG = {"tags": {str(number): "x" * 250 for number in range(40)}}


def act(disk: Disk) -> None:
    sessions = [{"sessionId": f"big-{number}", **BIG} for number in range(50)]
    disk.backend.add_seed({"sessions": sessions})
    disk.backend.commit()


CHANGES: dict[str, Callable[[Backend], object]] = {
    "nothing": Backend.settle,
    "a fault": lambda backend: backend.add_fault({"kind": "error"}),
    "a fault that is switched off": lambda backend: backend.remove_fault(
        next(iter(backend.faults)).fault_id
    ),
    "all there was": lambda backend: (backend.clear(), backend.seed()),  # type: ignore[func-returns-value]
}
"""Changes before a request that adds more than fits."""


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_cannot_be_kept_is_undone(disk: Disk, name: str) -> None:
    disk.fill()
    before = everything(disk.backend)
    for _ in range(2):
        CHANGES[name](disk.backend)
        with pytest.raises(NotKeptError, match=re.escape(UNCHANGED)) as raised:
            act(disk)
        assert str(disk.file) in str(raised.value)
        assert everything(disk.backend) == before
    disk.make_room()
    CHANGES[name](disk.backend)
    act(disk)
    changed = everything(disk.backend)
    assert changed != before
    disk.close()
    with closing(FileStore(disk.file)) as store:
        again = everything(Backend(store=store))
    assert again[0] == changed[0]


def test_api_answers_are_true_on_a_full_disk(disk: Disk) -> None:
    disk.fill()
    before = everything(disk.backend)
    for token in ("first", "second"):
        outcome, body = ask(
            disk.backend, "CreateStreamingSession", **PROFILE, **BIG, clientToken=token
        )
        assert outcome == "InternalServerErrorException"
        assert body["message"].endswith(UNCHANGED)
        # Even the fault that hit the request was not used up.
        assert everything(disk.backend) == before
    assert [entry.outcome for entry in disk.backend.journal.entries()] == [outcome] * 2
    disk.make_room()
    outcome, body = ask(
        disk.backend, "CreateStreamingSession", **PROFILE, **BIG, clientToken="first"
    )
    assert outcome == "OK"
    assert body["session"]["sessionId"] in disk.backend.world.sessions


def test_events_that_could_not_be_kept_are_due_again(disk: Disk) -> None:
    disk.fill()
    disk.backend.clock.advance(5)
    for _ in range(2):
        act_and_fail(disk)
        assert disk.backend.world.sessions.find(SESSION_ID).state == "START_IN_PROGRESS"
    disk.make_room()
    act(disk)
    assert disk.backend.world.sessions.find(SESSION_ID).state == "READY"


def test_a_reset_that_cannot_be_kept_also_keeps_the_journal(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_store: FileStore, _changes: object) -> None:
        raise OSError(0, "database or disk is full", str(disk.file))

    ask(disk.backend, "GetStudio", studioId=STUDIO_ID)
    before = everything(disk.backend)
    monkeypatch.setattr(FileStore, "commit", fail)
    with pytest.raises(NotKeptError):
        actions.reset(disk.backend)
    assert everything(disk.backend) == before
    assert len(disk.backend.journal.entries()) == 1
    monkeypatch.undo()
    actions.reset(disk.backend)
    assert disk.backend.journal.entries() == []


def act_and_fail(disk: Disk) -> None:
    with pytest.raises(NotKeptError):
        act(disk)


def test_a_clock_change_that_cannot_be_kept_is_undone(disk: Disk) -> None:
    disk.fill()
    before = everything(disk.backend)
    # Something large is due, so more than the clock's row must be saved.
    for number in range(50):
        add_session(disk.backend.context, f"due-{number}", "READY", BIG)
    with pytest.raises(NotKeptError):
        disk.backend.set_clock(advance=5, factor=2)
    assert everything(disk.backend) == before


def test_the_page_shows_no_undone_changes(disk: Disk) -> None:
    follower = Follower(disk.backend, lambda: 0.0)
    follower.everything()
    disk.fill()
    add_session(disk.backend.context, "undone", "READY", BIG)
    assert "undone" in json.dumps(follower.changes())
    act_and_fail(disk)
    told = follower.changes()
    assert told["whole"] is True
    assert "undone" not in json.dumps(told)


def test_control_answers_are_true_on_a_full_disk(disk: Disk) -> None:
    disk.fill()
    total = disk.backend.journal.total
    served = Served(disk.backend)
    try:
        outside = Control(served.url)
        before = outside.world()["sessions"]
        with pytest.raises(RefusedError, match=re.escape(UNCHANGED)) as raised:
            outside.seed({"sessions": [{"sessionId": f"b{n}", **BIG} for n in range(50)]})
        assert raised.value.status == 500
        assert outside.world()["sessions"] == before
    finally:
        served.end()
    assert disk.backend.journal.total == total


class Limited:
    """The emulator in a separate process, whose files can't grow beyond a size."""

    def __init__(self, file: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this Python
            [sys.executable, "-m", "nimble_local", "serve", "--port", "0", "--state", str(file)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        found = re.search(r"http://\S+", self._process.stdout.readline())
        assert found is not None
        self.url = found[0]
        make: Any = boto3.client
        self.client = make(
            "nimble",
            endpoint_url=self.url,
            region_name="us-west-2",
            aws_access_key_id="AKIACALLER",
            aws_secret_access_key="any",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def limit(self, size: int) -> None:
        """Limit files to a number of bytes."""
        hard = resource.RLIM_INFINITY
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size, hard))

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal, and return the exit status and standard error."""
        self._process.send_signal(number)
        _, complaints = self._process.communicate(timeout=60)
        self.client.close()
        return self._process.returncode, complaints


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_cannot_write_says_so_and_ends_normally(
    tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "state"
    server = Limited(file)
    kept = [server.client.create_streaming_session(**PROFILE)["session"]["sessionId"]]
    server.limit(sum(os.path.getsize(path) for path in tmp_path.iterdir()) // 2)  # noqa: PTH202
    refused = server.client.exceptions.InternalServerErrorException
    why = ""
    while not why:
        try:
            kept.append(server.client.create_streaming_session(**PROFILE)["session"]["sessionId"])
        except refused as error:
            why = str(error)
    assert "disk I/O error. Nothing was changed" in why
    with pytest.raises(RefusedError, match="Nothing was changed"):
        Control(server.url).add_fault(kind="error")
    assert Control(server.url).faults() == []
    # Now and then a session becomes READY, which can't be saved either.
    status, complaints = server.end(number)
    assert status == (0 if number == signal.SIGTERM else -number)
    assert "Traceback" not in complaints
    with closing(FileStore(file)) as store:
        assert set(Backend(store=store).world.sessions._rows) == {SESSION_ID, *kept}
