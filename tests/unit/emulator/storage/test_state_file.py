"""The state file: restarts, rejected files, and kill -9."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Event
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, HTTPClientError

from nimble_local.control_client import Control
from nimble_local.emulator.backend import Backend
from nimble_local.emulator.seed.default_seed import LAUNCH_PROFILE_ID, SESSION_ID, STUDIO_ID
from nimble_local.emulator.state.clock import EmulatedClock
from nimble_local.emulator.state.file_store import APPLICATION_ID, FileStore, StateFileError

if TYPE_CHECKING:
    from pathlib import Path

IDS = {"studioId": STUDIO_ID, "sessionId": SESSION_ID}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


class Real:
    """A real clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def documents(backend: Backend) -> dict[str, list[dict[str, Any]]]:
    world = backend.world
    tables: tuple[Any, ...] = (
        *(world.studios, world.profiles, world.sessions, world.backups),
        *(world.streams, world.tokens, world.faults, world.acts),
    )
    return {table.name: [row.document() for row in table] for table in tables}


def test_a_file_with_the_former_name_of_external_acts_is_read(file: Path) -> None:
    first = Backend(store=FileStore(file))
    first.seed()
    first.add_fault({"kind": "external-act", "act": "stop", "state": "READY"})
    first.commit()
    first.world.close()
    with closing(sqlite3.connect(file)) as database, database:
        changed = database.execute(
            "UPDATE entity SET document = replace(document, 'external-act', 'foreign')"
            " WHERE kind = 'fault'"
        )
        assert changed.rowcount == 1
    second = Backend(store=FileStore(file))
    assert [fault.kind for fault in second.faults] == ["external-act"]
    second.perform("StartStreamingSession", IDS, "tester")
    second.clock.advance(60)
    second.settle()
    assert second.world.sessions.find(SESSION_ID).state == "STOPPED"
    second.world.close()


def test_everything_is_restored_and_continues(file: Path) -> None:
    real = Real()
    first = Backend(clock=EmulatedClock(real), store=FileStore(file))
    first.seed()
    first.add_fault({"kind": "external-act", "act": "delete", "state": "STOPPED", "seconds": 10})
    first.add_fault({"kind": "latency", "seconds": 1, "forSeconds": 100})
    first.perform("StartStreamingSession", IDS, "tester")
    first.set_clock(factor=2, advance=5)
    first.perform("CreateStreamingSessionStream", IDS, "tester")
    first.perform("StopStreamingSession", IDS, "tester")
    first.set_clock(advance=5)
    first.settle()
    before = documents(first)
    assert [act["act"] for act in before["act"]] == ["delete"]
    first.world.close()

    real.now += 3
    second = Backend(clock=EmulatedClock(real), store=FileStore(file))
    second.seed()
    assert documents(second) == before
    assert second.clock.now() == pytest.approx(first.clock.now())
    real.now += 2
    second.settle()
    history = second.world.sessions.find(SESSION_ID).history
    assert (history[-1].state, history[-1].by) == ("DELETE_IN_PROGRESS", "somebody-else")
    assert history[-1].at == pytest.approx(history[-2].at + 10)
    real.now += 50
    second.settle()
    assert not len(second.world.faults)
    second.world.close()


def test_changes_that_could_not_be_written_are_written_later(file: Path) -> None:
    store = FileStore(file)
    document = {"a": 1}
    with pytest.raises(TypeError):
        store.commit({("session", "a"): document, ("session", "b"): {"not JSON": object()}})
    with store.reading() as rows:
        assert list(rows) == []
    store.commit({("session", "a"): document, ("session", "b"): document})
    store.commit({("session", "a"): {"a": 2}, ("session", "b"): None})
    store.close()
    with closing(FileStore(file)) as again, again.reading() as rows:
        assert list(rows) == [("session", "a", {"a": 2})]


def database(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as made:
        for statement in statements:
            made.execute(statement)
        made.commit()


def test_files_of_other_programs_are_refused_and_left_alone(file: Path, tmp_path: Path) -> None:
    database(file, "CREATE TABLE theirs (a)")
    before = file.read_bytes()
    with pytest.raises(StateFileError, match="another program's database"):
        FileStore(file)
    assert file.read_bytes() == before
    text = tmp_path / "text"
    text.write_text("no database " * 100)
    with pytest.raises(StateFileError, match=r"not a database\. Name another file"):
        FileStore(text)
    with pytest.raises(StateFileError, match="Name a file in a folder that exists"):
        FileStore(tmp_path / "nowhere" / "state")
    later = tmp_path / "later"
    database(
        later,
        "CREATE TABLE t (a)",
        f"PRAGMA application_id={APPLICATION_ID}",
        "PRAGMA user_version=9",
    )
    with pytest.raises(StateFileError, match="has the layout 9, this release reads 1"):
        FileStore(later)


def test_a_file_belongs_to_one_process(file: Path) -> None:
    command = [sys.executable, "-m", "nimble_local", "serve", "--port", "0", "--state", str(file)]
    with closing(FileStore(file)):
        second = subprocess.run(  # noqa: S603 - this Python
            command, capture_output=True, text=True, timeout=30, check=False
        )
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "another process uses it" in second.stderr


INSTANT = ("--create-seconds", "0", "--start-seconds", "0", "--stop-seconds", "0")


class Server:
    """The emulator in a separate process."""

    def __init__(self, file: Path) -> None:
        command = (sys.executable, "-m", "nimble_local", "serve", "--port", "0")
        self._process = subprocess.Popen(  # noqa: S603 - this Python
            [*command, "--state", str(file), *INSTANT],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        announced = re.search(r"http://\S+", self._process.stdout.readline())
        assert announced is not None
        self.url = announced[0]

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def client(self) -> Any:
        make: Any = boto3.client
        return make(
            "nimble",
            endpoint_url=self.url,
            region_name="us-west-2",
            aws_access_key_id="AKIACALLER",
            aws_secret_access_key="any",
            config=Config(retries={"total_max_attempts": 1}),
        )


@dataclass
class Answered:
    """Answers that clients received before the server died."""

    created: dict[str, str] = field(default_factory=dict)
    """Session ids by client token."""
    acted: dict[str, list[str]] = field(default_factory=dict)
    """States in the answers to stop and start, by session id."""


def create(client: Any, token: str) -> str:
    tags = {"token": token}
    made = client.create_streaming_session(
        studioId=STUDIO_ID, launchProfileId=LAUNCH_PROFILE_ID, clientToken=token, tags=tags
    )
    return str(made["session"]["sessionId"])


def write_until_it_dies(client: Any, name: str, done: Answered, go: Event) -> None:
    """Create, stop and start this client's sessions, and remember the answers."""
    number = 0
    while True:
        token = f"{name}-{number}"
        try:
            session_id = done.created[token] = create(client, token)
            go.set()
            ids = {"studioId": STUDIO_ID, "sessionId": session_id}
            for act in (client.stop_streaming_session, client.start_streaming_session):
                state = act(**ids)["session"]["state"]
                done.acted.setdefault(session_id, []).append(state)
        except (EndpointConnectionError, HTTPClientError):
            return
        number += 1


def test_a_kill_at_any_moment_loses_nothing_that_was_answered(file: Path) -> None:
    done = Answered()
    for life in range(4):
        server = Server(file)
        clients = [server.client() for _ in range(4)]
        go = Event()
        with ThreadPoolExecutor(4) as pool:
            writers = [
                pool.submit(write_until_it_dies, client, f"{life}-{index}", done, go)
                for index, client in enumerate(clients)
            ]
            go.wait(20)
            Event().wait(0.13 * life)
            server.kill()
        for writer in writers:
            writer.result()
    server = Server(file)
    try:
        check(server, done)
    finally:
        server.kill()


def check(server: Server, done: Answered) -> None:
    client = server.client()
    kept = Control(server.url).sessions()
    assert len(done.created) > 8
    for token, session_id in done.created.items():
        history = kept[session_id]["history"]
        states = [moment["state"] for moment in history]
        assert states[0] == "CREATE_IN_PROGRESS"
        assert states[-1] == kept[session_id]["state"]
        assert all(former["at"] <= later["at"] for former, later in pairwise(history))
        assert set(done.acted.get(session_id, ())) <= set(states)
        # A token's answer is saved together with its effect.
        assert create(client, token) == session_id
    # Each time the server died, a client had at most one request in progress.
    strangers = len(kept) - len(done.created) - 1
    assert 0 <= strangers <= 4 * 4
    assert len(Control(server.url).sessions()) == len(kept)
