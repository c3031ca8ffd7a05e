"""Ctrl-C in the middle of the suite leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from nimble_local.cloud.servers.processes import PROC, environments
from testkit.packaging.fresh_python import environment

pytestmark = pytest.mark.xdist_group("many")

ROOT = Path(__file__).parents[2]
# A process that a shell starts in the background ignores Ctrl-C, and so do its children.
IN_FRONT = """
import signal, sys, pytest
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(pytest.main(sys.argv[1:]))
"""
AS_MAKE_DOES = ("--numprocesses", "2", "--dist", "loadgroup")
# A wait that doesn't end within the time of this test.
WAITING = ("tests/e2e/failures/test_create.py", "-k", "Outage")
# The suite's own folder, the caches of jsii and the CLI, and the temporary folders of
# jsii and the function's code: Python deletes them at its end, which xdist waits 10 s for.
STAYS = r"base$|\.cache$|\.cdk$|jsii-kernel-|cdk-waiter-|tmp\w{8}$"
SECONDS = 400
"""Long enough for a cloud to start or end on a busy machine that is three times slower."""


def of(folder: Path, *more: str) -> list[str]:
    """Return the processes, with commands, whose environment contains a folder and more."""
    wanted = [each.encode() for each in (str(folder), *more)]
    found = []
    for pid, variables in environments():
        if all(any(each in variable for variable in variables) for each in wanted):
            with suppress(OSError):
                command = (PROC / str(pid) / "cmdline").read_text(errors="replace")
                found.append(f"{pid}: {command}")
    return found


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    base = tmp_path / "base"
    options = ("--quiet", "-p", "no:cacheprovider", "--basetemp", str(base), *AS_MAKE_DOES)
    with subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, "-c", IN_FRONT, *options, *WAITING],
        cwd=ROOT,
        # If jsii is interrupted, its unpacked files stay; they're removed with this folder.
        env=environment(tmp_path) | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as suite:
        deadline = time.monotonic() + SECONDS
        while not of(tmp_path, "AWS_LAMBDA_FUNCTION_NAME="):
            assert time.monotonic() < deadline, "no function runs"
            assert suite.poll() is None
            time.sleep(0.2)
        os.killpg(suite.pid, signal.SIGINT)
        assert suite.wait(timeout=SECONDS) == pytest.ExitCode.INTERRUPTED
    assert of(base) == []
    # Node ends on its own once it notices that the Python process it served has ended.
    deadline = time.monotonic() + SECONDS
    while left := of(tmp_path):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)
    assert [path.name for path in tmp_path.iterdir() if not re.match(STAYS, path.name)] == []
