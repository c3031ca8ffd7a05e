"""The command line ``nimble-local`` for people and scripts."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nimble_local.cli import _parser, main
from nimble_local.cloud.folder import Folder
from nimble_local.cloud.servers import processes, record
from nimble_local.cloud.servers.definitions import EMULATOR
from nimble_local.commands import options, output
from nimble_local.emulator.faults.kinds import KINDS
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID, add_session
from nimble_local.emulator.state.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nimble_local.emulator.backend import Backend

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def typed(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run a command as typed, and return its exit status, output and errors."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_NIMBLE", url)

    def run(*words: str) -> tuple[int, str, str]:
        try:
            status = main(words)
        except SystemExit as ended:
            status = int(ended.code or 0)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def test_sessions_are_listed_and_described(typed: Any, backend: Backend) -> None:
    add_session(backend.context, "desk-12", "START_FAILED", {"tags": {"Name": "Comp 12"}})
    backend.clock.advance(90)
    status, out, _ = typed("sessions")
    lines = out.splitlines()
    assert (status, len(lines)) == (0, 3)
    assert re.split(r"  +", lines[2]) == [
        *("desk-12", "START_FAILED", "1 min 30 s", "g5.2xlarge", "artist@example.com"),
        "Name=Comp 12",
    ]
    _, out, _ = typed("sessions", "desk-12")
    assert re.search(r"^statusCode +INTERNAL_ERROR$", out, re.MULTILINE)
    _, out, _ = typed("sessions", "--state", "STOPPED", "--json")
    assert [session["sessionId"] for session in json.loads(out)] == [SESSION_ID]
    _, out, _ = typed("sessions", "desk-12", "--json")
    assert json.loads(out)["history"][0]["state"] == "START_FAILED"
    assert typed("sessions", "--state", "READY")[1] == "There are no matching sessions.\n"


def test_backups_are_described(typed: Any, client: Any, backend: Backend) -> None:
    ids = {"studioId": STUDIO_ID, "sessionId": SESSION_ID}
    client.start_streaming_session(**ids)
    backend.clock.advance(5)
    client.stop_streaming_session(**ids)
    _, out, _ = typed("sessions", SESSION_ID)
    assert re.search(r"^BACKUP +STATE +TAKEN$", out, re.MULTILINE)
    assert re.search(r"^\S{22}  CREATE_IN_PROGRESS  2", out, re.MULTILINE)


def test_control_characters_are_shown_as_text(typed: Any, backend: Backend) -> None:
    add_session(backend.context, "\x1b[31mred\x07", "READY", {"tags": {"a": "\u202eleft\nnext"}})
    for words in (["sessions"], ["sessions", "\x1b[31mred\x07"]):
        _, out, _ = typed(*words)
        assert "\\x1b[31mred\\x07" in out
        assert "\\u202eleft\\nnext" in out
        assert not {"\x1b", "\x07", "\u202e"} & set(out)
    # JSON is already escaped, and stays unchanged.
    assert "\x1b[31mred\x07" in [s["sessionId"] for s in json.loads(typed("sessions", "--json")[1])]


def test_faults_are_switched_on_listed_and_off(typed: Any, client: Any) -> None:
    add = ("faults", "add", "rate-limit", "--per-second", "0.001", "--burst", "2")
    status, out, _ = typed(*add, "--operation", "GetStudio", "--json")
    fault = json.loads(out)
    assert (status, fault["perSecond"], fault["operation"]) == (0, 0.001, "GetStudio")
    for _ in range(2):
        client.get_studio(studioId=STUDIO_ID)
    with pytest.raises(client.exceptions.ThrottlingException):
        client.get_studio(studioId=STUDIO_ID)
    typed("faults", "add", "stuck", "--state", "READY", "--for-seconds", "15min")
    _, out, _ = typed("faults")
    assert re.search(r"rate-limit +perSecond=0.001 burst=2 operation=GetStudio +1\n", out)
    assert [f["kind"] for f in json.loads(typed("faults", "--json")[1])] == ["rate-limit", "stuck"]
    assert typed("faults", "remove", fault["id"])[:2] == (0, "Switched off: 1.\n")
    client.get_studio(studioId=STUDIO_ID)
    assert json.loads(typed("faults", "clear", "--json")[1])["removed"]
    assert typed("faults")[1] == "No fault is switched on.\n"


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_fault_has_help_and_can_be_switched_on(typed: Any, kind: str) -> None:
    needed = {
        "rate-limit": ["--per-second", "5"],
        "latency": ["--seconds", "0"],
        "stale-read": ["--seconds", "1min"],
        "stuck": ["--state", "READY"],
        "external-act": ["--act", "stop", "--state", "READY"],
    }
    status, out, _ = typed("faults", "add", kind, "--help")
    assert status == 0
    assert "--session-id" in out
    status, out, _ = typed("faults", "add", kind, *needed.get(kind, []))
    assert (status, out.startswith(f"Switched on: {kind} ")) == (0, True)


def test_the_clock_is_shown_and_moved(typed: Any, backend: Backend) -> None:
    assert typed("clock")[1].endswith("Z  stopped\n")
    before = backend.clock.now()
    assert typed("clock", "forward", "690min")[0] == 0
    assert backend.clock.now() == before + 690 * 60
    assert typed("clock", "run", "60")[1].endswith("running at 60 times real time\n")
    assert json.loads(typed("clock", "run", "--json")[1])["factor"] == 1
    assert typed("clock", "stop")[1].endswith("stopped\n")
    assert backend.clock.factor == 0


def test_the_journal_is_shown(typed: Any, client: Any, backend: Backend) -> None:
    assert typed("journal")[1] == "There are no matching requests.\n"
    session = {"studioId": STUDIO_ID, "sessionId": SESSION_ID}
    for _ in range(2):
        client.start_streaming_session(**session, clientToken="t")
    client.get_studio(studioId=STUDIO_ID)
    _, out, _ = typed("journal", "--operation", "StartStreamingSession")
    first, second = out.splitlines()[1:]
    ids = [entry.request_id for entry in backend.journal.entries()]
    caller = ["StartStreamingSession", SESSION_ID, "AKIACALLER", "200"]
    assert first.split()[2:] == [*caller, "OK", "-", ids[0]]
    assert second.split()[2:] == [*caller, "OK", "(replayed)", "-", ids[1]]
    (newest,) = json.loads(typed("journal", "--limit", "1", "--json")[1])
    assert (newest["number"], newest["operation"], newest["sessionId"]) == (3, "GetStudio", None)
    assert json.loads(typed("journal", "--after", "3", "--json")[1]) == []
    assert len(json.loads(typed("journal", "--session-id", SESSION_ID, "--json")[1])) == 2


def test_a_world_is_seeded_and_reset(typed: Any, tmp_path: Path) -> None:
    file = tmp_path / "studio.yaml"
    file.write_text("sessions: [{sessionId: desk-12, state: READY}]")
    assert typed("seed", str(file))[:2] == (0, "Added: sessions 1.\n")
    assert json.loads(typed("seed", str(file), "--json")[1])["sessions"] == 1
    assert json.loads(typed("sessions", "desk-12", "--json")[1])["state"] == "READY"
    assert typed("reset")[0] == 0
    assert typed("sessions", "desk-12")[0] == 1


def test_each_mistake_is_one_line_that_says_what_to_do(typed: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("sessions: [{sessionId: desk-12, state: UP}]")
    broken = tmp_path / "broken.yaml"
    broken.write_text("sessions: [")
    for words, status, told in (
        (["sessions", "nobody"], 1, "'nobody'. `nimble-local sessions` lists those that exist."),
        (["seed", str(bad)], 1, "bad.yaml: Value 'UP' at 'sessions[0].state' failed"),
        (["seed", str(broken)], 1, "broken.yaml: line 1 is not YAML"),
        (["seed", str(tmp_path / "no.yaml")], 1, "no.yaml: it can't be read: No such file"),
        (["serve", "--seed", str(bad)], 1, "bad.yaml: Value 'UP' at 'sessions[0].state' failed"),
        (["faults", "remove", "nothing"], 1, "No fault that is switched on has this id."),
        (["faults", "add", "external-act", "--act", "stop"], 1, "needs a sessionId, or the state"),
        (["clock", "run", "-1"], 1, "must be from 0 to 1000000"),
        (["journal", "--limit", "-1"], 1, "limit must be a whole number, not '-1'."),
        (["serve", "--start-seconds", "9999d"], 1, "start_seconds must be from 0 to"),
        (["serve", "--page-size", "0"], 1, "page_size must be from 1 to 1000, not 0."),
        (["serve", "--host", "203.0.113.1"], 1, "Use one of its own with --host."),
        (["serve", "--host", "no.invalid"], 1, "Use one of its own with --host."),
        (
            ["sessions", "--url", "http://127.0.0.1:1"],
            3,
            "Start one: nimble-local serve; or a local cloud",
        ),
        (["start", "nobody"], 1, "'nobody'. `nimble-local sessions` lists those that exist."),
        (["stop", SESSION_ID], 1, "ConflictException: "),
        (["create", "--launch-profile-id", "nobody"], 1, "ResourceNotFoundException: "),
        (
            ["create", "--url", "http://127.0.0.1:1"],
            3,
            "Start one: nimble-local serve; or a local cloud",
        ),
    ):
        ended, out, complaint = typed(*words)
        assert (ended, out) == (status, ""), words
        assert told in complaint
        assert complaint.startswith("nimble-local: ")
        assert complaint.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["fly"],
        ["serve", "--port", "65536"],
        ["serve", "--port", "x"],
        ["serve", "--host", ""],
        ["serve", "--host", " "],
        ["serve", "--allow-host", ""],
        ["clock", "forward", "later"],
        ["faults", "add", "latency"],
        ["faults", "add", "error", "--error", "Nonsense"],
        ["sessions", "--js"],
        ["serve", "--reused-token", "maybe"],
    ],
)
def test_wrong_usage_has_exit_status_2(typed: Any, words: list[str]) -> None:
    status, out, complaint = typed(*words)
    assert (status, out) == (2, "")
    assert "usage: nimble-local" in complaint
    assert "Traceback" not in complaint


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["sessions", "--state", "ready"], "'STOPPED'"),
        (["journal", "--operation", "GetSession"], "'GetStreamingSession'"),
        (["faults", "add", "error", "--operation", "GetSession"], "'GetStreamingSession'"),
        (["clock", "forward", "-5"], "'-5' is negative; a duration is 0 or more"),
        (["clock", "forward", "-5min"], "'-5min' is negative; a duration is 0 or more"),
        (["faults", "add", "latency", "--seconds", "-1.5h"], "'-1.5h' is negative"),
        (["serve", "--start-seconds", "-1s"], "'-1s' is negative"),
        (["sessions", "--url", "localhost:4571"], "use a URL such as http://127.0.0.1:4571"),
        (["sessions", "--url", "http://:4571"], "'http://:4571' is not an endpoint"),
        (["sessions", "--url", "http://localhost:port"], "is not an endpoint"),
    ],
)
def test_an_invalid_value_is_reported_with_the_valid_ones(
    typed: Any, words: list[str], told: str
) -> None:
    status, out, complaint = typed(*words)
    assert (status, out) == (2, "")
    assert told in complaint.splitlines()[-1]


def test_a_malformed_variable_is_named(typed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_NIMBLE", "localhost:4571")
    status, out, complaint = typed("sessions")
    assert (status, out) == (2, "")
    assert complaint == (
        "nimble-local: AWS_ENDPOINT_URL_NIMBLE: 'localhost:4571' is not an endpoint; use a URL "
        "such as http://127.0.0.1:4571\n"
    )


def test_sessions_are_created_started_stopped_and_deleted(typed: Any, backend: Backend) -> None:
    assert typed("start", SESSION_ID) == (0, f"{SESSION_ID}: START_IN_PROGRESS\n", "")
    backend.clock.advance(60)
    assert typed("stop", SESSION_ID)[1] == f"{SESSION_ID}: STOP_IN_PROGRESS\n"
    backend.clock.advance(60)
    (backup,) = json.loads(typed("sessions", SESSION_ID, "--json")[1])["backups"]
    started = json.loads(typed("start", SESSION_ID, "--backup-id", backup["backupId"], "--json")[1])
    assert started["startedFromBackupId"] == backup["backupId"]
    assert started["history"][-1]["by"] == "nimble-local"
    created = json.loads(typed("create", "--owned-by", "ann@example.com", "--json")[1])
    assert (created["state"], created["ownedBy"]) == ("CREATE_IN_PROGRESS", "ann@example.com")
    backend.clock.advance(60)
    session_id = created["sessionId"]
    assert typed("delete", session_id)[1] == f"{session_id}: DELETE_IN_PROGRESS\n"
    operations = [entry["operation"] for entry in json.loads(typed("journal", "--json")[1])]
    assert operations == [
        *("StartStreamingSession", "StopStreamingSession", "StartStreamingSession"),
        *("CreateStreamingSession", "DeleteStreamingSession"),
    ]


def test_a_connection_cut_by_a_fault_is_reported(typed: Any) -> None:
    typed("faults", "add", "drop")
    status, out, complaint = typed("start", SESSION_ID)
    assert (status, out) == (1, "")
    assert complaint.startswith("nimble-local: The request got no complete answer: ")
    assert complaint.count("\n") == 1


def test_the_local_cloud_of_the_current_folder_is_found(
    typed: Any, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder.of(tmp_path)
    folder.state.mkdir()
    alive = processes.identify(os.getpid())
    assert alive is not None
    server = record.RunningServer(EMULATOR, alive, url, f"{url}/_nimble/health")
    record.write(folder.record, record.Record(servers=(server,)))
    monkeypatch.delenv("AWS_ENDPOINT_URL_NIMBLE")
    monkeypatch.chdir(tmp_path)
    assert SESSION_ID in typed("sessions")[1]
    # The variable names another emulator and takes precedence.
    monkeypatch.setenv("AWS_ENDPOINT_URL_NIMBLE", "http://127.0.0.1:1")
    assert typed("sessions")[0] == 3
    # The recorded process has ended, so its port may be somebody else's.
    monkeypatch.delenv("AWS_ENDPOINT_URL_NIMBLE")
    ended = dataclasses.replace(server, identity=processes.Identity(os.getpid(), "some time ago"))
    record.write(folder.record, record.Record(servers=(ended,)))
    assert options.endpoint({}, tmp_path) == "http://127.0.0.1:4571"


def test_a_port_in_use_is_reported(typed: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, out, complaint = typed("serve", "--port", port)
    assert (status, out) == (1, "")
    assert complaint == (
        f"nimble-local: Can't listen at 127.0.0.1:{port}: another program uses this port. Choose "
        "another with --port, or 0 for any free one.\n"
    )


def test_a_server_that_is_no_emulator_is_reported(typed: Any) -> None:
    code = "import http.server as h; s = h.HTTPServer(('127.0.0.1', 0), h.BaseHTTPRequestHandler)\n"
    code += "print(s.server_port, flush=True); s.serve_forever()"
    with subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as other:
        assert other.stdout is not None
        port = other.stdout.readline().strip()
        status, _, complaint = typed("sessions", "--url", f"http://127.0.0.1:{port}")
        other.kill()
    assert status == 3
    assert "something other than nimble-local answers there" in complaint


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and those of its subcommands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                yield from parsers(sub)


def test_every_argument_has_a_help_text() -> None:
    found = list(parsers(_parser()))
    assert len(found) > 20
    for parser in found:
        assert parser.description, parser.prog
        assert all(action.help or action.choices for action in parser._actions), parser.prog
        # An argument that argparse takes for a format breaks the help only when it's shown.
        assert parser.format_help()


def test_the_examples_in_the_help_and_the_docs_are_valid() -> None:
    text = "\n".join(parser.format_help() for parser in parsers(_parser()))
    text += (DOCS / "emulator.md").read_text(encoding="utf-8")
    examples = set(re.findall(r"^(?:  |\$ )nimble-local (.*?)(?:   .*)?$", text, re.MULTILINE))
    assert len(examples) > 15
    for example in examples:
        for one in f"nimble-local {example}".split("&&"):
            tool, *words = shlex.split(one)
            assert tool == "nimble-local"
            _parser().parse_args(words)


def test_every_setting_has_an_option() -> None:
    words = ["serve", "--keep-backups", "--no-start-from-failed", "--unstoppable-stop", "refuse"]
    asked = _parser().parse_args([*words, "--page-size", "7", "--start-seconds", "15min"])
    assert all(hasattr(asked, field.name) for field in fields(Settings))
    given = {f.name: getattr(asked, f.name) for f in fields(Settings)}
    assert {name: value for name, value in given.items() if value is not None} == {
        "keep_backups": True,
        "start_from_failed": False,
        "unstoppable_stop": "refuse",
        "page_size": 7,
        "start_seconds": 900.0,
    }


def test_durations_are_read_and_shown() -> None:
    texts = {"90": 90, "90s": 90, "15min": 900, "15m": 900, "11.5h": 41_400, "4d": 345_600}
    assert {text: options.duration(text) for text in texts} == texts
    spans = {0: "0 s", 59: "59 s", 60: "1 min", 90: "1 min 30 s", 41_405: "11 h 30 min"}
    assert {seconds: output.span(seconds) for seconds in spans} == spans
    assert output.span(86_400 * 3 + 59) == "3 d"


WITHOUT = """
import sys
class Refuser:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"aws_cdk", "constructs", "jsii", "ministack"}:
            raise ImportError(f"{name} is not to be had here")
sys.meta_path.insert(0, Refuser())
from nimble_local.cli import main
raise SystemExit(main(sys.argv[1:]))
"""


def test_it_works_without_aws_cdk_and_node(tmp_path: Path) -> None:
    def command(*words: str) -> list[str]:
        return [sys.executable, "-c", WITHOUT, *words]

    seeds = tmp_path / "seeds.json"
    seeds.write_text('{"sessions": [{"sessionId": "desk-12", "state": "READY"}]}')
    serve = command("serve", "--port", "0", "--json", "--host", "0.0.0.0", "--seed", str(seeds))  # noqa: S104
    with subprocess.Popen(  # noqa: S603 - this Python
        serve,
        env={"PATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        url = json.loads(server.stdout.readline())["url"]
        warned = server.stderr.readline()
        environment = {"PATH": str(tmp_path), "AWS_ENDPOINT_URL_NIMBLE": url}
        shown = subprocess.run(  # noqa: S603 - this Python
            command("sessions", "--json"),
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        server.send_signal(signal.SIGINT)
        assert server.wait() == 0
    assert [session["state"] for session in json.loads(shown.stdout)] == ["STOPPED", "READY"]
    assert warned == (
        "nimble-local: 0.0.0.0 is not loopback: anyone on the network who reaches this port can "
        "see and change everything, because keys are not checked.\n"
    )


def test_a_saved_world_is_not_seeded_again(typed: Any, tmp_path: Path) -> None:
    state, file = tmp_path / "state", tmp_path / "seed.yaml"
    file.write_text("sessions: [{sessionId: desk-12}]")
    # It can't listen there, but it has already created its state.
    serve = ("serve", "--host", "203.0.113.1", "--state", str(state), "--seed", str(file))
    bad = tmp_path / "bad.yaml"
    bad.write_text("sessions: [{sessionId: desk-12, launchProfileId: nobody's}]")
    assert "which does not exist" in typed(*serve[:-1], str(bad))[2]
    assert "holds a world" not in typed(*serve)[2]
    first, second = typed(*serve)[2].splitlines()
    assert first == (f"nimble-local: {state} already holds a world, so {file} wasn't added.")
    assert "Can't listen" in second


def test_the_installed_script_ends_quietly_when_its_reader_does(url: str) -> None:
    script = Path(sys.executable).with_name("nimble-local")
    with subprocess.Popen(  # noqa: S603 - our own script
        [script, "faults", "add", "--help"], stdout=subprocess.PIPE, text=True
    ) as shown:
        assert shown.stdout is not None
        assert "rate-limit" in shown.stdout.read()
    assert shown.returncode == 0
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(  # noqa: S603 - our own script
        [script, "sessions", "--url", url],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")
