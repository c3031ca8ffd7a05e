"""Somebody with an empty folder, the wheel and the README, which they follow to the letter."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import examples
import policies
import readme
from fresh_python import UNPACKED

# All of them in one process, so that the wheel is built once.
pytestmark = pytest.mark.xdist_group("package")

ROOT = Path(__file__).parents[2]
CLI = ROOT / "node_modules" / ".bin"

# A slow machine is not what is tried here: what lint knows of aws-cdk-lib takes a minute to learn.
# mypy uses it where the settings are those that it was learnt with.
QUICKER = {"PIP_NO_COMPILE": "1", "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache")}
LINT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
LIKE_LINT = f"[mypy]\nenable_error_code = {','.join(LINT['enable_error_code'])}\n"


def test_the_readme_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    shutil.copy(wheel, tmp_path)
    project = tmp_path / "my-studio"
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "home" / ".mypy.ini").write_text(LIKE_LINT)
    done = subprocess.run(  # noqa: S603 - our own README
        ["bash", "-euo", "pipefail", "-c", readme.script()],  # noqa: S607
        cwd=tmp_path,
        env={
            # A person's settings of the package index hold; those of this project do not.
            **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
            # The python3 that the CLI makes an environment of is this one.
            "PATH": f"{CLI}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path / "home"),
            **UNPACKED,
            **QUICKER,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Success: no issues found in 1 source file" in done.stdout
    assert done.stdout.count("Type: Custom::NimbleStreamingSession") == 2, "synthesised twice"
    found = json.loads((project / "cdk.out" / "Studio.template.json").read_text())
    assert len(policies.of_type(found, "AWS::CloudWatch::Alarm")) == 1
    # The very same function as that of this repository.
    made: dict[str, Any] = {}
    exec(compile(readme.first_app(), "README.md", "exec"), made)  # noqa: S102 - our own README
    ((_, expected),) = examples.templates(made["app"])
    for each in ("AWS::Lambda::Function", "Custom::NimbleStreamingSession"):
        assert [r["Properties"] for r in policies.of_type(found, each)] == [
            r["Properties"] for r in policies.of_type(expected, each)
        ]
