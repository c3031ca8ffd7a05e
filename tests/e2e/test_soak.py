"""A dozen stories of both kinds, as ``make soak`` runs them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from testkit.packaging.fresh_python import environment

pytestmark = pytest.mark.xdist_group("many")

ROOT = Path(__file__).parents[2]
PATHS = ":".join(
    str(ROOT / name) for name in ("constructs", "lambda", "local", "tests/support", "tools")
)

SOAK_SECONDS = 400
"""Several times the usual duration."""
END_SECONDS = 30
"""Maximum time to end its cloud once asked to."""


def soaked(*options: str, cwd: Path) -> tuple[int, str]:
    """Run the soak with a time limit, and return its exit status and output."""
    with subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, "-m", "soak", *options],
        cwd=cwd,
        env=environment(cwd) | {"TMPDIR": str(cwd), "PYTHONPATH": PATHS},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as soak:
        try:
            output, _ = soak.communicate(timeout=SOAK_SECONDS)
        except BaseException:
            # Interrupted or too late, it still has a cloud to end.
            soak.send_signal(signal.SIGINT)
            try:
                soak.communicate(timeout=END_SECONDS)
            finally:
                soak.kill()
            raise
    return soak.returncode, output


def test_a_dozen_stories_end_well(tmp_path: Path) -> None:
    status, output = soaked("--seed", "1", "--count", "12", "--jobs", "12", cwd=tmp_path)
    assert status == 0, output
    assert "12 of 12 stories (100 %), 0 failed" in output
    assert "| seed | 1 |" in output
    assert "| stories that failed | 0 |" in output
    assert "| 8 stories of sessions | |" in output
    assert "| 4 stories of declared resources | |" in output
