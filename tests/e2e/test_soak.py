"""A dozen stories of the soak, as ``make soak`` plays them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fresh_python import started

pytestmark = pytest.mark.xdist_group("many")

ROOT = Path(__file__).parents[2]
PATHS = ":".join(str(ROOT / name) for name in ("constructs", "lambda", "local", "tests/support"))


def test_a_dozen_stories_end_well(tmp_path: Path) -> None:
    command = ("-m", "soak", "--seed", "1", "--count", "12", "--jobs", "6")
    done = started(*command, cwd=tmp_path, PYTHONPATH=PATHS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 of 12 stories (100 %), 0 failed" in done.stdout
    assert "| seed | 1 |" in done.stdout
    assert "| stories that failed | 0 |" in done.stdout
