"""A user's first ten minutes, and then an app of their own.

The user has only the terminal, so each advised command is taken from the output.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nimble_local.cloud.servers import processes
from nimble_local.cloud.servers.definitions import EMULATOR
from nimble_local.cloud.servers.environment import MARK
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID
from testkit.construct import policies
from testkit.packaging.fresh_python import UNPACKED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testkit.cloud.local_cloud import Cloud

# All in one process, so that the cloud starts once.
pytestmark = pytest.mark.xdist_group("cloud")

ROOT = Path(__file__).parents[2]
NIMBLE_LOCAL = str(Path(sys.executable).with_name("nimble-local"))
COMMAND_SECONDS = 30.0
"""Maximum time for a command to end its cloud."""


class Terminal:
    """A user's terminal in a folder."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = environment

    def type(self, *words: str) -> tuple[int, list[str]]:
        """Run a command, and return its exit status and lines of output."""
        done = subprocess.run(  # noqa: S603 - our own commands
            words,
            cwd=self.folder,
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": str(self.folder.parent),
                "MAKEFLAGS": "--no-print-directory",
                # aws-cdk-lib's own validation takes half of a synthesis; see conftest.py.
                "CDK_VALIDATION": "false",
                **self.environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.splitlines()

    def follow(self, advice: str) -> tuple[int, list[str]]:
        """Run a command that the terminal advised."""
        return self.type(*shlex.split(advice))

    def state(self, session_id: str, wanted: str) -> None:
        """Move the clock to where a session has reached a state, and wait for it."""
        self.type(NIMBLE_LOCAL, "clock", "forward", "60")
        while True:
            _, lines = self.type(NIMBLE_LOCAL, "sessions", session_id, "--json")
            if json.loads("\n".join(lines))["state"] == wanted:
                return
            time.sleep(0.2)


def folder_of(parent: Path, name: str, *links: str) -> Path:
    folder = parent / name
    folder.mkdir()
    for each in links:
        (folder / each).symlink_to(ROOT / each)
    return folder


def end(folder: Path) -> None:
    """End processes that the test left running in a folder."""
    processes.end(list(processes.marked("HOME", str(folder.parent))), COMMAND_SECONDS)
    processes.end(list(processes.marked(MARK, str(folder / ".local"))))


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Terminal]:
    """Return a terminal in a clone whose path contains a space."""
    parts = ("Makefile", ".venv", "node_modules", "app.py", "cdk.json", "constructs", "lambda")
    folder = folder_of(tmp_path, "my clone", *parts)
    # jsii has unpacked its assemblies already.
    (folder / ".local").mkdir()
    (folder / ".local" / "jsii").symlink_to(ROOT / ".local" / "jsii")
    # Older than the installed packages, so make has nothing to install.
    for name in ("requirements.lock", "pyproject.toml", "package.json", "package-lock.json"):
        (folder / name).write_text("{}")
        os.utime(folder / name, (0, 0))
    yield Terminal(folder)
    end(folder)


def one(lines: list[str], pattern: str) -> re.Match[str]:
    """Return the match of a pattern in lines, of which exactly one must match."""
    found = [match for line in lines if (match := re.search(pattern, line))]
    assert len(found) == 1, "\n".join(lines)
    return found[0]


def test_the_first_ten_minutes(clone: Terminal) -> None:
    status, lines = clone.type("make", "deploy")
    assert status == 0, lines
    one(lines, rf"^Session {SESSION_ID} is READY: arn:aws:nimble:")

    # Stop it as the terminal suggests.
    assert clone.type(NIMBLE_LOCAL, "stop", SESSION_ID)[0] == 0
    clone.state(SESSION_ID, "STOPPED")
    status, lines = clone.type("make", "deploy")
    assert status != 0
    assert any("(no changes)" in line for line in lines)
    assert not any("is READY" in line for line in lines)
    advice = one(
        lines,
        rf"^Session {SESSION_ID} is STOPPED\. This deploy did not start it: .*"
        r"To start it: (make deploy TRIGGERS=\S+)$",
    )[1]

    # Follow the advice while the start fails.
    code = "ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR"
    assert clone.type(NIMBLE_LOCAL, "faults", "add", "start-failure", "--code", code)[0] == 0
    status, lines = clone.follow(advice)
    assert status != 0
    last = lines[-7:]
    why = one(last, "^This deploy failed because: NimbleStreamingSession, .*")[0]
    assert f"START_FAILED ({code})" in why
    assert f"docs/operations.md#{code.lower()}" in why, "cut short"
    assert sum(code.lower() in line for line in lines) <= 2, "told more often than twice"
    assert not any('"event": "state"' in line for line in lines), "the function's log"
    fix = one(last, "Switch them off: (.venv/bin/nimble-local faults clear)$")[1]
    assert clone.follow(fix)[0] == 0
    one(last, "run the same command again")
    status, lines = clone.follow(advice)
    assert status == 0, lines
    one(lines, rf"^Session {SESSION_ID} is READY: ")

    # Delete it.
    clone.type(NIMBLE_LOCAL, "delete", SESSION_ID)
    status, lines = clone.type("make", "deploy")
    assert status != 0
    assert not any("TtyNotAttached" in line for line in lines)
    out = one(lines, rf"^Session {SESSION_ID} has been deleted\. .*`(.*)`, then `(.*)`")
    assert clone.follow(out[1])[0] == 0
    assert list(processes.marked(MARK, str(clone.folder / ".local"))) == []
    status, lines = clone.follow(out[2])
    assert status == 0, lines
    one(lines, rf"^Session {SESSION_ID} is READY: ")
    status, lines = clone.type("make", "destroy")
    assert (status, lines[-1]) == (0, "The local cloud has ended.")


SEED = """
studios: [{studioId: "us-west-2:stid-abc123"}]
launchProfiles: [{launchProfileId: artists, studioId: "us-west-2:stid-abc123"}]
sessions: [{sessionId: desk-12, launchProfileId: artists}]
"""
OWN_APP = """
import aws_cdk as cdk
from cdk_nimble_streaming_session import StreamingSession

app = cdk.App()
stack = cdk.Stack(app, "Studio")
session = StreamingSession(
    stack, "Desk", studio_id="us-west-2:stid-abc123", session_id="desk-12",
    triggers=app.node.try_get_context("day"),
)
cdk.CfnOutput(stack, "SessionArn", value=session.streaming_session_arn)
app.synth()
"""


def test_your_own_app_from_an_empty_folder(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "my studio", "node_modules")
    mine = Terminal(folder, **UNPACKED)
    try:
        status, lines = mine.type(NIMBLE_LOCAL, "deploy")
        assert (status, len(lines)) == (1, 1)
        assert "There is no cdk.json in this folder." in lines[0]
        (folder / "cdk.json").write_text('{"app": "python app.py"}')
        (folder / "app.py").write_text(OWN_APP)
        (folder / "studio.yaml").write_text(SEED)
        status, lines = mine.type(
            NIMBLE_LOCAL, "deploy", "--seed", "studio.yaml", "--", "-c", "day=1"
        )
        assert status == 0, lines
        assert any("Studio.SessionArn = arn:aws:nimble:" in line for line in lines)
        one(lines, "^Session desk-12 is READY: arn:aws:nimble:")

        mine.type(NIMBLE_LOCAL, "stop", "desk-12")
        mine.state("desk-12", "STOPPED")
        status, lines = mine.type(NIMBLE_LOCAL, "deploy", "--json", "--", "-c", "day=2")
        assert status == 0, lines
        told = json.loads("\n".join(lines[lines.index("{") :]))
        assert told["outputs"]["Studio"]["SessionArn"].endswith("/desk-12")
        assert {s["sessionId"]: s["state"] for s in told["sessions"]}["desk-12"] == "READY"

        variables = json.loads("\n".join(mine.type(NIMBLE_LOCAL, "env", "--json")[1]))
        script = 'eval "$(nimble-local env)" && node_modules/.bin/cdk diff --fail -c day=3'
        status, lines = mine.type("bash", "-c", script)
        assert status == 1, lines
        assert any("[~] Custom::NimbleStreamingSession" in line for line in lines), lines
        assert variables["AWS_ENDPOINT_URL_NIMBLE"] == told["url"]

        status, lines = mine.type(NIMBLE_LOCAL, "destroy")
        assert (status, lines[-1]) == (0, "The local cloud has ended.")
        assert mine.type(NIMBLE_LOCAL, "env")[0] == 3
    finally:
        end(folder)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["SESSION_ID=desk-12"], "STUDIO_ID and SESSION_ID go together"),
        (["ENDPOINT_URL=https://x"], "ENDPOINT_URL is for TARGET=aws"),
    ],
)
def test_ids_without_a_target_are_used_or_refused(
    clone: Terminal, words: list[str], told: str
) -> None:
    status, lines = clone.type("make", "deploy", *words)
    assert status != 0
    one(lines, told)
    assert not any("Starting" in line for line in lines)


def test_a_deploy_to_an_account_from_a_path_with_a_space(clone: Terminal, cloud: Cloud) -> None:
    person = Terminal(
        clone.folder,
        **cloud.record.access.variables(),
        # The user's answer at the terminal.
        CDK_REQUIRE_APPROVAL="never",
        CDK_FORCE="true",
    )
    status, lines = person.type("make", "deploy", "TARGET=aws", f"STUDIO_ID={STUDIO_ID}")
    assert status != 0
    assert lines[0].startswith("session_id is missing. For example: ")
    assert len(lines) == 2, "the line, and make's own"
    # Characters that are special to a shell or make stay text.
    triggers = """{"it's": "$(shell touch made) `touch ticks` $HOME"}"""
    ids = (f"STUDIO_ID={STUDIO_ID}", f"SESSION_ID={SESSION_ID}", f"TRIGGERS={triggers}")
    where = ("TARGET=aws", f"ENDPOINT_URL={cloud.record.url(EMULATOR)}")
    status, lines = person.type("make", "deploy", *where, *ids)
    assert status == 0, lines
    one(lines, "SessionState = READY")
    assert not {"made", "ticks"} & {path.name for path in clone.folder.iterdir()}
    made = cloud.client("cloudformation").get_template(StackName="NimbleStreamingSession")
    (session,) = policies.of_type(made["TemplateBody"], "Custom::NimbleStreamingSession")
    assert json.loads(session["Properties"]["Triggers"]) == triggers
    status, lines = person.type("make", "destroy", *where, *ids)
    assert status == 0, lines
    assert cloud.stacks() == set()


@pytest.mark.parametrize("missing", ["python3.99", "node"])
def test_make_says_what_is_missing_before_it_installs(tmp_path: Path, missing: str) -> None:
    folder = folder_of(tmp_path, "my clone", "Makefile", "requirements.lock", "pyproject.toml")
    (folder / "package.json").symlink_to(ROOT / "package.json")
    (folder / "package-lock.json").symlink_to(ROOT / "package-lock.json")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("make", "bash", "sed", "od", "tr"):
        (tools / name).symlink_to(shutil.which(name) or name)
    python = sys.executable if missing == "node" else missing
    done = subprocess.run(  # noqa: S603 - our own Makefile
        [str(tools / "make"), "deploy", f"PYTHON={python}"],
        cwd=folder,
        env={"PATH": str(tools), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    first = done.stderr.splitlines()[0]
    wanted = {
        "node": "Node.js 20 or newer is needed",
        "python3.99": "Python 3.11 or newer is needed",
    }
    assert first.startswith(wanted[missing])
    assert ("make deploy PYTHON=python3.12" in first) == (missing != "node")
    assert sorted(path.name for path in folder.iterdir() if not path.is_symlink()) == []
