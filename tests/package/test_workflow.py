"""The workflow runs make targets on the versions that the project supports."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def job() -> dict[str, Any]:
    text = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["jobs"]["test"]
    return found


def test_the_workflow_covers_the_supported_versions(job: dict[str, Any]) -> None:
    matrix = job["strategy"]["matrix"]["include"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pythons = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert [each["python"] for each in matrix] == pythons
    assert f">={pythons[0]}" == project["requires-python"]
    (oldest_node,) = set(re.findall(r"Node\.js (\d+) or newer", MAKEFILE))
    assert matrix[0]["node"] == oldest_node


def test_the_workflow_runs_make_targets(job: dict[str, Any]) -> None:
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert "make test" in commands
    for command in commands:
        tool, target, *_ = command.split()
        assert tool == "make"
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)
