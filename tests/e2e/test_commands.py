"""``python -m nimble_local.cloud``, as make calls it, while another cloud runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nimble_local.cloud.servers import processes
from nimble_local.cloud.servers.environment import MARK
from nimble_local.control_client import Control
from nimble_local.emulator.seed.default_seed import SESSION_ID
from testkit.packaging.fresh_python import UNPACKED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testkit.cloud.local_cloud import Cloud

# All in one process, so that the cloud starts once.
pytestmark = pytest.mark.xdist_group("cloud")

ROOT = Path(__file__).parents[2]
COMMAND_SECONDS = 30.0
"""Maximum time for a command to end its cloud."""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """Return a folder that looks like a clone; afterwards, end processes left running in it."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in (".venv", "node_modules", "app.py", "cdk.json", "constructs", "lambda"):
        (folder / name).symlink_to(ROOT / name)
    (tmp_path / "home").mkdir()
    try:
        yield folder
    finally:
        # A command ends its own cloud when asked to.
        processes.end(list(processes.marked("HOME", str(tmp_path / "home"))), COMMAND_SECONDS)
        processes.end(left_over(folder))


def command(project: Path, name: str, **variables: str) -> subprocess.Popen[str]:
    """Start a command as a user would, with an empty home."""
    return subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, "-m", "nimble_local.cloud", name],
        cwd=project,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(project.parent / "home"),
            **UNPACKED,
            # This takes three quarters of a synthesis, so only the first one does it.
            "CDK_VALIDATION": "false",
            **variables,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def left_over(project: Path) -> list[processes.Identity]:
    """Return the processes of a project's cloud."""
    return list(processes.marked(MARK, str(project / ".local")))


def test_deploy_again_and_destroy(project: Path, cloud: Cloud) -> None:
    with command(project, "deploy", CDK_VALIDATION="true") as first:
        output, _ = first.communicate()
    assert first.returncode == 0, output
    lines = output.splitlines()
    told = [line.rpartition(": ")[2] for line in lines if line.startswith("session ")]
    assert told == ["STOPPED → START_IN_PROGRESS", "START_IN_PROGRESS → READY"]
    assert any(re.match(r"Session \S+ is READY: arn:aws:nimble:", line) for line in lines)
    assert re.fullmatch(r"See the sessions, .+: http://127\.0\.0\.1:\d+", lines[-1])
    assert "end-of-life" not in output
    running = left_over(project)

    with command(project, "deploy") as second:
        output, _ = second.communicate()
    assert second.returncode == 0, output
    assert "(no changes)" in output
    assert "Starting the local cloud" not in output
    assert set(running) & set(left_over(project))

    control = Control(output.split()[-1])
    control.add_session(sessionId=SESSION_ID, state="STOPPED")
    # It doesn't become READY before the interrupted command has read its stack.
    held = control.add_fault(kind="stuck", state="START_IN_PROGRESS", sessionId=SESSION_ID)
    again = {"TRIGGERS": "2"}
    with command(project, "deploy", **again) as interrupted:
        assert interrupted.stdout is not None
        for line in interrupted.stdout:
            if line.startswith("session "):
                break
        interrupted.send_signal(signal.SIGINT)
        output = interrupted.stdout.read()
    assert interrupted.returncode == 128 + signal.SIGINT
    goes_on = "the stack update continues: NimbleStreamingSession (UPDATE_IN_PROGRESS)"
    assert goes_on in output.splitlines()[-1]
    assert "`make deploy` waits for it first" in output
    control.remove_fault(held["id"])
    with command(project, "deploy", **again) as waited:
        output, _ = waited.communicate()
    assert waited.returncode == 0, output
    assert control.sessions()[SESSION_ID]["state"] == "READY"

    with command(project, "destroy") as last:
        output, _ = last.communicate()
    assert last.returncode == 0, output
    assert left_over(project) == []
    assert cloud.control.sessions(), "the other cloud was ended as well"
    assert list((project.parent / "home").iterdir()) == []


@pytest.mark.parametrize("moment", ["Starting the local cloud", "Deploying with", "session "])
def test_ctrl_c_ends_everything_that_was_started(project: Path, cloud: Cloud, moment: str) -> None:
    with command(project, "deploy") as running:
        assert running.stdout is not None
        for line in running.stdout:
            if line.startswith(moment):
                break
        running.send_signal(signal.SIGINT)
        rest = running.stdout.read()
    assert running.returncode == 128 + signal.SIGINT
    assert "Interrupted" in rest
    assert left_over(project) == []
    assert cloud.control.sessions(), "the other cloud was ended as well"


def test_an_unknown_command_lists_the_commands(project: Path) -> None:
    with command(project, "fly") as running:
        output, _ = running.communicate()
    assert running.returncode == 2
    assert "deploy|destroy" in output
