"""Python as a user runs it: in a separate process, without this one's environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]

# jsii unpacks its assemblies once for the whole run, not once for each empty home.
UNPACKED = {"JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(ROOT / ".local" / "jsii")}


def environment(cwd: Path) -> dict[str, str]:
    """Return the environment of a user's process whose home is a folder.

    The CDK doesn't check the templates, which takes three quarters of a synthesis.
    """
    return {"PATH": os.environ["PATH"], "HOME": str(cwd), "CDK_VALIDATION": "false", **UNPACKED}


def started(
    *command: str, cwd: Path, python: str = sys.executable, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run Python to its end, whether it succeeds or not."""
    return subprocess.run(  # noqa: S603 - this Python, or one that a test has made
        [python, *command],
        cwd=cwd,
        env=environment(cwd) | more,
        capture_output=True,
        text=True,
        check=False,
    )


def run(*command: str, cwd: Path, python: str = sys.executable, **environment: str) -> str:
    """Run Python, which must succeed, and return what it printed."""
    done = started(*command, cwd=cwd, python=python, **environment)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout
