"""Ctrl-C in the middle of the suite: nothing that it started is left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nimble_local.cloud.servers.processes import PROC

pytestmark = pytest.mark.xdist_group("many")

ROOT = Path(__file__).parents[2]
# What a shell starts in its background ignores Ctrl-C, and so does all that it starts.
IN_FRONT = """
import signal, sys, pytest
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(pytest.main(sys.argv[1:]))
"""
AS_MAKE_DOES = ("--numprocesses", "2", "--dist", "loadgroup")
# A wait that nothing ends within the time of this test.
WAITING = ("tests/e2e/failures/test_create.py", "-k", "Outage")
# The suite's own folder, what jsii and the CLI keep for the next time, and the temporary folders of
# jsii and the function's code: Python deletes them at its end, which xdist waits 10 s for.
STAYS = r"base$|\.cache$|\.cdk$|jsii-kernel-|cdk-waiter-|tmp\w{8}$"
SECONDS = 400
"""Enough for a cloud to start, or to end, on a machine that is three times slower and busy."""


def of(folder: Path, *more: str) -> list[str]:
    """Return the processes whose environment holds a folder and more, with their commands."""
    found = []
    for entry in PROC.glob("[0-9]*/environ"):
        try:
            text = entry.read_text(encoding="utf-8", errors="replace")
            command = entry.with_name("cmdline").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if all(each in text for each in (str(folder), *more)):
            found.append(f"{entry.parent.name}: {command}")
    return found


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    base = tmp_path / "base"
    options = ("--quiet", "-p", "no:cacheprovider", "--basetemp", str(base), *AS_MAKE_DOES)
    with subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, "-c", IN_FRONT, *options, *WAITING],
        cwd=ROOT,
        # Where jsii is ended in the middle, what it unpacked stays: it is to go with this folder.
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
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
    # Node ends by itself, once it notices that the Python it served has ended.
    deadline = time.monotonic() + SECONDS
    while left := of(tmp_path):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)
    assert [path.name for path in tmp_path.iterdir() if not re.match(STAYS, path.name)] == []
