"""The supervisor's pieces, with real processes where they are quick."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from nimble_local.cloud import processes, record
from nimble_local.cloud.environment import child_environment
from nimble_local.cloud.errors import BusyError, InterruptedByUserError, PartFailedError
from nimble_local.cloud.folder import Folder
from nimble_local.cloud.interrupts import Interrupts
from nimble_local.cloud.lock import locked
from nimble_local.cloud.parts import Launch, printed_url
from nimble_local.cloud.ports import answers, claim_port
from nimble_local.cloud.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVER = (
    "import http.server as h\n"
    "s = h.HTTPServer(('127.0.0.1', 0), h.SimpleHTTPRequestHandler)\n"
    "print(f'http://127.0.0.1:{s.server_port}', flush=True)\n"
    "s.serve_forever()\n"
)


@dataclass(frozen=True)
class Part:
    """A small server, or one that fails."""

    name: str
    code: str = SERVER
    variables: dict[str, str] = field(default_factory=dict)

    def launch(self) -> Launch:
        return Launch((sys.executable, "-c", self.code), "/", variables=self.variables)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path, tmp_path / ".local")


@pytest.fixture
def supervisors() -> Iterator[list[Supervisor]]:
    made: list[Supervisor] = []
    yield made
    for supervisor in made:
        supervisor.stop()


def supervise(folder: Folder, made: list[Supervisor], *parts: Part) -> Supervisor:
    made.append(Supervisor(folder, parts, os.environ, Interrupts()))
    return made[-1]


def test_all_parts_start_are_found_again_and_end(
    folder: Folder, supervisors: list[Supervisor]
) -> None:
    first = supervise(folder, supervisors, Part("One"), Part("Two"))
    started = first.ensure()
    assert started.started
    urls = [part.url for part in started.record.parts]
    assert all(map(answers, urls))
    again = supervise(folder, supervisors, Part("One"), Part("Two")).ensure()
    assert not again.started
    assert again.record == started.record
    assert first.stop() == 2
    assert not any(map(answers, urls))
    assert not folder.record.exists()
    assert first.stop() == 0


def test_a_part_that_fails_ends_the_others_and_shows_its_last_lines(
    folder: Folder, supervisors: list[Supervisor]
) -> None:
    broken = Part("Broken", "print('no disk left'); raise SystemExit(3)")
    supervisor = supervise(folder, supervisors, Part("One"), broken)
    with pytest.raises(PartFailedError, match=r"(?s)Broken ended with status 3.*no disk left"):
        supervisor.ensure()
    assert list(processes.marked("NIMBLE_LOCAL_CLOUD", str(folder.state))) == []


def test_a_stale_record_is_cleaned_up(folder: Folder, supervisors: list[Supervisor]) -> None:
    supervisor = supervise(folder, supervisors, Part("One"))
    part = supervisor.ensure().record.parts[0]
    os.kill(part.identity.pid, signal.SIGKILL)
    found = supervise(folder, supervisors, Part("One")).ensure()
    assert found.started
    assert found.record.parts[0].identity != part.identity


def test_a_process_that_got_the_number_of_a_dead_one_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        stranger = processes.Identity(child.pid, "some time ago")
        assert not processes.is_running(stranger)
        processes.end([stranger])
        assert child.poll() is None
        child.kill()


def test_the_environment_takes_nothing_of_aws_from_the_caller(folder: Folder) -> None:
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
    made = child_environment(folder, caller, "http://127.0.0.1:1")
    taken = {name for name, value in caller.items() if made.get(name) == value}
    assert taken == {"PATH"}
    assert made["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert "AWS_PROFILE" not in made
    assert made["HOME"].startswith(str(folder.state))


def test_without_an_endpoint_nothing_leaves_the_machine(folder: Folder) -> None:
    assert child_environment(folder, {})["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"


def test_one_command_at_a_time(folder: Folder) -> None:
    with locked(folder.lock), pytest.raises(BusyError, match=str(os.getpid())):  # noqa: SIM117
        with locked(folder.lock):
            pytest.fail("two held the lock")
    with locked(folder.lock):
        assert folder.lock.exists()


def test_a_record_survives_and_a_broken_one_is_none(folder: Folder) -> None:
    folder.state.mkdir()
    part = record.Part("One", processes.Identity(1, "x"), "http://u", "http://u/h")
    written = record.Record((part,), bootstrapped=True)
    record.write(folder.record, written)
    assert record.read(folder.record) == written
    assert written.url("One") == "http://u"
    folder.record.write_text("{")
    assert record.read(folder.record) is None


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


def test_the_printed_url() -> None:
    assert printed_url("listening at http://127.0.0.1:80 now") == "http://127.0.0.1:80"
    assert printed_url("starting") is None
