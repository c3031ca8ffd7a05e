"""The wheel in fresh environments: the oldest and the newest of what it needs, newer Pythons."""

from __future__ import annotations

import json
import re
import sys
from email import message_from_string
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

import environments
import examples
from fresh_python import run

if TYPE_CHECKING:
    from pathlib import Path

NEWER = environments.newer_pythons()

# One process for all of them: importing an old aws-cdk-lib takes twenty seconds.
SYNTHESISE = "import runpy, sys; [runpy.run_path(app) for app in sys.argv[1:]]"
VERSIONS = """
from importlib.metadata import version
print(version("aws-cdk-lib"), version("constructs"))
"""


@pytest.fixture(scope="session")
def needed(wheel: Path) -> list[str]:
    """Return what the library itself depends on, with its bounds."""
    with ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        metadata = message_from_string(archive.read(name).decode())
    requirements = metadata.get_all("Requires-Dist", [])
    return [str(each) for each in requirements if "extra ==" not in each]


def resources(template: dict[str, Any]) -> dict[str, str]:
    """Return the type of each resource; of a function, the hash of its code."""
    return {
        name: each["Properties"]["Code"]["S3Key"] if "Code" in each["Properties"] else each["Type"]
        for name, each in template["Resources"].items()
    }


def check(python: str, folder: Path, *names: str) -> None:
    """Synthesise examples in an environment, and compare them with those of this one."""
    apps = [str(examples.EXAMPLES / name / "app.py") for name in names]
    run("-c", SYNTHESISE, *apps, cwd=folder, python=python, CDK_OUTDIR="out")
    templates = [pair for name in names for pair in examples.templates(examples.app(name))]
    assert {
        path.name.removesuffix(".template.json"): resources(json.loads(path.read_text()))
        for path in (folder / "out").glob("*.template.json")
    } == {stack: resources(template) for stack, template in templates}


def installed(python: str, folder: Path) -> list[str]:
    """Return the versions of what the library depends on."""
    return run("-c", VERSIONS, cwd=folder, python=python).split()


def test_the_library_needs_two_packages_only(needed: list[str]) -> None:
    assert sorted(re.split("[<>]", each)[0] for each in needed) == ["aws-cdk-lib", "constructs"]


def test_the_lowest_that_is_declared(wheel: Path, needed: list[str], tmp_path: Path) -> None:
    python = environments.create(tmp_path / "env", str(wheel), *needed, resolution="lowest-direct")
    lowest = [match[1] for each in needed if (match := re.search(r">=([\d.]+)", each))]
    assert installed(python, tmp_path) == lowest
    check(python, tmp_path, *examples.NAMES)


def test_the_newest_that_there_is(wheel: Path, tmp_path: Path) -> None:
    python = environments.create(tmp_path / "env", str(wheel), resolution="highest")
    here = installed(sys.executable, tmp_path)[0].split(".")
    assert list(map(int, installed(python, tmp_path)[0].split("."))) >= list(map(int, here))
    check(python, tmp_path, "one_session")


@pytest.mark.parametrize("version", NEWER)
def test_a_newer_python(version: str, wheel: Path, tmp_path: Path) -> None:
    python = environments.create(tmp_path / "env", str(wheel), python=NEWER[version])
    check(python, tmp_path, "one_session")
