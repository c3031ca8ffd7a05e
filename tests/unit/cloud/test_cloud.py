"""The supervisor and what it uses, with real processes where these are quick."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from nimble_local.cloud.access import Access, Credentials
from nimble_local.cloud.deployment import commands
from nimble_local.cloud.deployment.commands import App, Commands
from nimble_local.cloud.deployment.report import Tool
from nimble_local.cloud.errors import (
    BusyError,
    InterruptedByUserError,
    LocalCloudError,
    ServerFailedError,
)
from nimble_local.cloud.folder import Folder
from nimble_local.cloud.interrupts import Interrupts
from nimble_local.cloud.lock import locked
from nimble_local.cloud.servers import processes, record
from nimble_local.cloud.servers.definitions import Launch, printed_url
from nimble_local.cloud.servers.environment import child_environment
from nimble_local.cloud.servers.ports import answers, claim_port
from nimble_local.cloud.servers.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVER = (
    "import http.server as h, os, socket\n"
    "number = os.environ.get('LISTENER')\n"
    "s = h.HTTPServer(('127.0.0.1', 0), h.SimpleHTTPRequestHandler, not number)\n"
    "if number:\n"
    "    s.socket = socket.socket(fileno=int(number))\n"
    "    s.server_activate()\n"
    "print(f'http://127.0.0.1:{s.socket.getsockname()[1]}', flush=True)\n"
    "s.serve_forever()\n"
)


@dataclass(frozen=True)
class FakeServer:
    """A small server, or one that fails."""

    name: str
    code: str = SERVER
    variables: dict[str, str] = field(default_factory=dict)
    url: bool = False

    def launch(self) -> Launch:
        command = (sys.executable, "-c", self.code)
        if not self.url:
            return Launch(command, "/", variables=self.variables)
        listener = claim_port()
        port = listener.getsockname()[1]
        variables = {**self.variables, "LISTENER": str(listener.fileno())}
        return Launch(command, "/", f"http://127.0.0.1:{port}", variables, listener)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path, tmp_path / ".local")


@pytest.fixture
def supervisors() -> Iterator[list[Supervisor]]:
    made: list[Supervisor] = []
    yield made
    for supervisor in made:
        supervisor.stop()


def supervise(folder: Folder, made: list[Supervisor], *servers: FakeServer) -> Supervisor:
    made.append(Supervisor(folder, servers, os.environ, Interrupts()))
    return made[-1]


def test_all_servers_start_are_found_again_and_end(
    folder: Folder, supervisors: list[Supervisor]
) -> None:
    first = supervise(folder, supervisors, FakeServer("One"), FakeServer("Two"))
    started = first.ensure()
    assert started.started
    urls = [server.url for server in started.record.servers]
    assert all(map(answers, urls))
    again = supervise(folder, supervisors, FakeServer("One"), FakeServer("Two")).ensure()
    assert not again.started
    assert again.record == started.record
    assert first.stop() == 2
    assert not any(map(answers, urls))
    assert not folder.record.exists()
    assert first.stop() == 0


def test_a_server_that_fails_ends_the_others_and_shows_its_last_lines(
    folder: Folder, supervisors: list[Supervisor]
) -> None:
    broken = FakeServer("Broken", "print('no disk left'); raise SystemExit(3)")
    supervisor = supervise(folder, supervisors, FakeServer("One"), broken)
    with pytest.raises(ServerFailedError, match=r"(?s)Broken ended with status 3.*no disk left"):
        supervisor.ensure()
    assert list(processes.marked("NIMBLE_LOCAL_CLOUD", str(folder.state))) == []


def test_a_request_to_a_server_that_is_starting_waits_for_it(
    folder: Folder, supervisors: list[Supervisor]
) -> None:
    supervisor = supervise(folder, supervisors, FakeServer("One", url=True))
    (server,) = supervisor.begin().record.servers
    assert answers(server.url, timeout=60)
    supervisor.wait()
    found = supervisor.running()
    assert found is not None
    assert found.servers == (server,)


def test_a_server_that_fails_while_it_starts_ends_the_others(
    folder: Folder, supervisors: list[Supervisor]
) -> None:
    broken = FakeServer("Broken", "raise SystemExit(3)", url=True)
    supervisor = supervise(folder, supervisors, FakeServer("One"), broken)
    assert supervisor.begin().started
    with pytest.raises(ServerFailedError, match=r"Broken ended with status 3 before it answered"):
        supervisor.wait()
    assert list(processes.marked("NIMBLE_LOCAL_CLOUD", str(folder.state))) == []
    assert supervisor.running() is None


RELAY = """
import os, signal, subprocess, sys
left = int(os.environ["LEFT"])
def hand_over(*_):
    if left:
        environment = {**os.environ, "LEFT": str(left - 1)}
        command = [sys.executable, "-c", sys.argv[1], sys.argv[1]]
        subprocess.Popen(command, env=environment, start_new_session=True)
    os._exit(0)
signal.signal(signal.SIGTERM, hand_over)
os.write(1, b".")
while True:
    signal.pause()
"""
"""A process that starts its successor when asked to end, ``LEFT`` times."""


def test_processes_that_start_during_the_end_are_ended_too(
    folder: Folder, supervisors: list[Supervisor]
) -> None:
    folder.prepare()
    environment = {**os.environ, "LEFT": "3", "NIMBLE_LOCAL_CLOUD": str(folder.state)}
    with subprocess.Popen(  # noqa: S603 - a fixed command
        [sys.executable, "-c", RELAY, RELAY],
        env=environment,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.read(1) == b"."
        supervisor = supervise(folder, supervisors)
        assert supervisor.stop() >= 2
    assert list(processes.marked("NIMBLE_LOCAL_CLOUD", str(folder.state))) == []


def test_a_process_that_cannot_be_ended_is_named(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.prepare()
    record.write(folder.record, record.Record())
    stuck = processes.Identity(4321, "some time ago")
    ended: list[list[processes.Identity]] = []
    monkeypatch.setattr(processes, "marked", lambda *_: iter([stuck]))
    monkeypatch.setattr(processes, "end", ended.append)
    times = iter(range(0, 1000, 10))
    supervisor = Supervisor(folder, (), {}, Interrupts(), clock=lambda: next(times))
    with pytest.raises(LocalCloudError, match=r"still run after 30 seconds: 4321\. End them"):
        supervisor.stop()
    assert ended == [[], [stuck], [stuck]]
    assert folder.record.exists()


def test_a_stale_record_is_cleaned_up(folder: Folder, supervisors: list[Supervisor]) -> None:
    supervisor = supervise(folder, supervisors, FakeServer("One"))
    server = supervisor.ensure().record.servers[0]
    os.kill(server.identity.pid, signal.SIGKILL)
    found = supervise(folder, supervisors, FakeServer("One")).ensure()
    assert found.started
    assert found.record.servers[0].identity != server.identity


def test_a_process_that_reuses_a_process_id_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        stranger = processes.Identity(child.pid, "some time ago")
        assert not processes.is_running(stranger)
        processes.end([stranger])
        assert child.poll() is None
        child.kill()


def test_the_environment_inherits_no_aws_settings(folder: Folder) -> None:
    caller = {
        "PATH": "/bin",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_PROFILE": "production",
        "AWS_REGION": "eu-west-1",
        "HTTPS_PROXY": "http://proxy",
        "HOME": "/home/somebody",
        "SFN_WAIT_SCALE": "0",
    }
    credentials = Credentials.generate()
    made = child_environment(folder, caller, Access("http://127.0.0.1:1", credentials))
    taken = {name for name, value in caller.items() if made.get(name) == value}
    assert taken == {"PATH"}
    assert made["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert made["AWS_ACCESS_KEY_ID"] == credentials.access_key_id
    assert made["AWS_SECRET_ACCESS_KEY"] == credentials.secret_access_key
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & made.keys()
    assert made["HOME"].startswith(str(folder.state))


def test_without_an_endpoint_nothing_leaves_the_machine(folder: Folder) -> None:
    made = child_environment(folder, {})
    assert made["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} & made.keys()


def test_one_command_at_a_time(folder: Folder) -> None:
    with locked(folder.lock), pytest.raises(BusyError, match=str(os.getpid())):  # noqa: SIM117
        with locked(folder.lock):
            pytest.fail("two held the lock")
    with locked(folder.lock):
        assert folder.lock.exists()


RUNNING = record.RunningServer("One", processes.Identity(1, "x"), "http://u", "http://u/h")


def test_a_record_is_read_as_written_and_a_broken_one_is_none(folder: Folder) -> None:
    folder.prepare()
    written = record.Record(Credentials.generate(), (RUNNING,), seed="/studio.yaml")
    record.write(folder.record, written)
    assert record.read(folder.record) == written
    assert written.url("One") == "http://u"
    unknown_key = '{"credentials": {"id": 1}, "servers": []}'
    for text in ("{", "[]", "null", '{"servers": [{}]}', unknown_key):
        folder.record.write_text(text)
        assert record.read(folder.record) is None


def test_the_record_keeps_the_seed_file(folder: Folder, supervisors: list[Supervisor]) -> None:
    seeded = Supervisor(folder, (FakeServer("One"),), os.environ, Interrupts(), seed="/studio.yaml")
    supervisors.append(seeded)
    seeded.ensure()
    found = supervise(folder, supervisors, FakeServer("One")).running()
    assert found is not None
    assert found.seed == "/studio.yaml"


def test_each_cloud_has_its_own_credentials(
    folder: Folder, tmp_path: Path, supervisors: list[Supervisor]
) -> None:
    tell = "import os; print(os.environ.get('AWS_SECRET_ACCESS_KEY'), flush=True)\n"
    other = Folder(tmp_path, tmp_path / "other")
    servers = (FakeServer("One", tell + SERVER, url=True), FakeServer("Two", tell + SERVER))
    first, second = (
        supervise(each, supervisors, *servers).ensure().record for each in (folder, other)
    )
    assert first.credentials is not None
    assert second.credentials is not None
    assert first.credentials.access_key_id != second.credentials.access_key_id
    secret = first.credentials.secret_access_key
    assert len(secret) == 40
    assert secret != second.credentials.secret_access_key
    assert secret not in repr(first)
    # The emulator makes no calls, so it gets none.
    assert (folder.logs / "one.log").read_text().startswith(secret)
    assert (folder.logs / "two.log").read_text().startswith("None")


def test_a_new_start_gets_new_credentials(folder: Folder, supervisors: list[Supervisor]) -> None:
    supervisor = supervise(folder, supervisors, FakeServer("One"))
    first = supervisor.ensure().record.credentials
    supervisor.stop()
    assert supervisor.ensure().record.credentials != first


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_its_owner_can_enter_the_folder_and_read_the_record(
    folder: Folder, umask: int
) -> None:
    before = os.umask(umask)
    try:
        with locked(folder.lock):
            folder.prepare()
            record.write(folder.record, record.Record(Credentials.generate()))
    finally:
        os.umask(before)
    assert mode(folder.state) == 0o700
    assert mode(folder.record) == 0o600


@pytest.mark.parametrize("wide", [0o755, 0o775, 0o711])
def test_an_existing_folder_is_restricted_to_its_owner(folder: Folder, wide: int) -> None:
    folder.state.mkdir()
    folder.state.chmod(wide)
    folder.record.write_text("{}")
    folder.record.chmod(0o644)
    with locked(folder.lock):
        assert mode(folder.state) == 0o700
    record.write(folder.record, record.Record(Credentials.generate()))
    assert mode(folder.record) == 0o600


def test_a_folder_that_every_user_could_write_to_is_refused(folder: Folder) -> None:
    folder.state.mkdir()
    folder.state.chmod(0o777)
    with pytest.raises(LocalCloudError, match=f"can write to {folder.state}"), locked(folder.lock):
        pytest.fail("the folder was used")
    with pytest.raises(LocalCloudError, match="Delete it"):
        folder.prepare()


def test_a_record_that_another_user_may_have_written_is_refused(folder: Folder) -> None:
    folder.prepare()
    record.write(folder.record, record.Record(Credentials.generate()))
    folder.record.chmod(0o666)
    with pytest.raises(LocalCloudError, match=r"cloud\.json may have been written by another"):
        record.read(folder.record)


def test_a_folder_in_place_of_the_record_is_named(folder: Folder) -> None:
    folder.record.mkdir(parents=True)
    with pytest.raises(LocalCloudError, match=r"cloud\.json can't be read.*directory.*Delete it"):
        record.read(folder.record)


def test_a_file_in_place_of_the_folder_is_named(folder: Folder) -> None:
    folder.state.write_text("")
    with pytest.raises(LocalCloudError, match=r"\.local can't be used as a folder"):
        folder.prepare()


def test_a_cloud_of_a_version_without_credentials_is_replaced(
    folder: Folder, supervisors: list[Supervisor]
) -> None:
    supervisor = supervise(folder, supervisors, FakeServer("One"))
    old = supervisor.ensure().record
    # Older versions wrote it this way.
    text = json.loads(folder.record.read_text())
    del text["credentials"]
    folder.record.write_text(json.dumps(text))
    assert supervisor.running() is None
    with pytest.raises(LocalCloudError, match="make destroy"):
        _ = record.Record(None, (RUNNING,)).access
    found = supervise(folder, supervisors, FakeServer("One")).ensure()
    assert found.started
    assert found.record.credentials is not None
    assert not processes.is_running(old.servers[0].identity)


def test_claimed_ports_differ() -> None:
    with claim_port() as one, claim_port() as two:
        assert one.getsockname() != two.getsockname()
        assert one.getsockname()[0] == "127.0.0.1"


def test_an_interrupt_is_raised_once_and_not_while_held_back() -> None:
    interrupts = Interrupts()
    with interrupts.installed():
        with pytest.raises(InterruptedByUserError) as raised, interrupts.held_back():
            os.kill(os.getpid(), signal.SIGINT)
        assert raised.value.signal_number == signal.SIGINT
        os.kill(os.getpid(), signal.SIGTERM)


def test_the_printed_url_is_found() -> None:
    assert printed_url("listening at http://127.0.0.1:80 now") == "http://127.0.0.1:80"
    assert printed_url("starting") is None


@pytest.mark.parametrize("already_running", [False, True])
def test_an_interrupt_at_the_first_line_is_reported_and_ends_only_what_was_started(
    folder: Folder,
    supervisors: list[Supervisor],
    monkeypatch: pytest.MonkeyPatch,
    *,
    already_running: bool,
) -> None:
    (folder.project / "node_modules" / ".bin").mkdir(parents=True)
    (folder.project / "node_modules" / ".bin" / "cdk").touch(0o755)
    interrupts = Interrupts()
    caller = {"PATH": os.environ["PATH"]}
    supervisor = Supervisor(folder, (FakeServer("One"),), caller, interrupts)
    supervisors.append(supervisor)
    if already_running:
        supervisor.ensure()
    monkeypatch.setattr(commands, "_stacks", lambda _record: SimpleNamespace(statuses=dict))
    said = []

    def say(line: str) -> None:
        said.append(line)
        os.kill(os.getpid(), signal.SIGINT)

    deploying = Commands(folder, supervisor, caller, Tool("deploy", "destroy", "start"), say)
    with interrupts.installed(), pytest.raises(InterruptedByUserError) as raised:
        deploying.deploy(App(), "The cloud already runs.")
    assert len(said) == 1
    expected = "still runs" if already_running else "Everything that this command started"
    assert expected in raised.value.message
    assert (supervisor.running() is not None) == already_running
