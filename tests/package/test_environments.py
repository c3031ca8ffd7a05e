"""The wheel in fresh environments: lowest and newest dependencies, and newer Pythons."""

from __future__ import annotations

import json
import os
import re
import sys
from email import message_from_string
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from testkit.construct import declared, examples
from testkit.packaging import environments
from testkit.packaging.fresh_python import run, started

# All in one process, so that the wheel is built once.
pytestmark = pytest.mark.xdist_group("package")

NEWER = environments.newer_pythons()

SYNTHESISE = "import runpy, sys; [runpy.run_path(app) for app in sys.argv[1:]]"
# An old aws-cdk-lib imports all services, which takes 50 s; so they wait until one is used.
LAZILY = """
import sys
from importlib.machinery import PathFinder
from importlib.util import LazyLoader

class Lazily(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        spec = super().find_spec(name, path, target)
        if spec and name.startswith("aws_cdk.aws_"):
            spec.loader = LazyLoader(spec.loader)
        return spec

sys.meta_path.insert(0, Lazily)
"""
DECLARED = "from testkit.construct.declared import templates; templates()"
SUPPORT = Path(__file__).parents[1] / "support"
VERSIONS = """
from importlib.metadata import version
print(version("aws-cdk-lib"), version("constructs"))
"""


@pytest.fixture(scope="session")
def requirements(wheel: Path) -> list[str]:
    with ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        metadata = message_from_string(archive.read(name).decode())
    return [str(each) for each in metadata.get_all("Requires-Dist", [])]


@pytest.fixture(scope="session")
def needed(requirements: list[str]) -> list[str]:
    """Return the library's own dependencies with their bounds."""
    return [each for each in requirements if "extra ==" not in each]


def resources(template: dict[str, Any]) -> dict[str, str]:
    """Return each resource's type, and for functions the hash of the code."""
    return {
        name: each["Properties"]["Code"]["S3Key"] if "Code" in each["Properties"] else each["Type"]
        for name, each in template["Resources"].items()
    }


def check(python: str, folder: Path, *names: str) -> None:
    """Synthesise examples in an environment and compare the result with this environment's."""
    apps = [str(examples.EXAMPLES / name / "app.py") for name in names]
    run("-c", SYNTHESISE, *apps, cwd=folder, python=python, CDK_OUTDIR="out")
    compare(folder, of_examples(*names))


def of_examples(*names: str) -> dict[str, dict[str, Any]]:
    """Return the templates of examples."""
    return dict(pair for name in names for pair in examples.templates(examples.app(name)))


def compare(folder: Path, expected: dict[str, dict[str, Any]]) -> None:
    """Compare the templates of an environment with this one's."""
    assert {
        path.name.removesuffix(".template.json"): resources(json.loads(path.read_text()))
        for path in (folder / "out").glob("*.template.json")
    } == {stack: resources(template) for stack, template in expected.items()}


def installed(python: str, folder: Path) -> list[str]:
    """Return the versions of the library's dependencies."""
    return run("-c", VERSIONS, cwd=folder, python=python).split()


def test_the_library_needs_two_packages_only(needed: list[str]) -> None:
    assert sorted(re.split("[<>]", each)[0] for each in needed) == ["aws-cdk-lib", "constructs"]


def test_the_lowest_declared_versions(wheel: Path, needed: list[str], tmp_path: Path) -> None:
    python = environments.create(tmp_path / "env", wheel, lock=environments.LOWEST)
    lowest = [match[1] for each in needed if (match := re.search(r">=([\d.]+)", each))]
    assert installed(python, tmp_path) == lowest
    # All in one process, since an old aws-cdk-lib takes long to import.
    apps = [str(examples.EXAMPLES / name / "app.py") for name in examples.NAMES]
    code = f"{LAZILY}\n{SYNTHESISE}\n{DECLARED}"
    paths = {"CDK_OUTDIR": "out", "PYTHONPATH": str(SUPPORT)}
    run("-c", code, *apps, cwd=tmp_path, python=python, **paths)
    compare(tmp_path, of_examples(*examples.NAMES) | declared.templates())


# Only a release check asks the registry. `make lock` makes the lock file's versions the newest, and
# test_newcomer.py installs these.
if os.environ.get("DIST"):

    def test_the_newest_of_the_registry(wheel: Path, tmp_path: Path) -> None:
        python = environments.create_with_the_newest(tmp_path / "env", wheel)
        here = installed(sys.executable, tmp_path)[0].split(".")
        assert list(map(int, installed(python, tmp_path)[0].split("."))) >= list(map(int, here))
        check(python, tmp_path, "one_session")


@pytest.mark.parametrize("version", NEWER)
def test_newer_python_versions(version: str, wheel: Path, tmp_path: Path) -> None:
    python = environments.create(tmp_path / "env", wheel, python=NEWER[version])
    check(python, tmp_path, "one_session")


def extra(requirements: list[str], name: str) -> list[str]:
    """Return the dependencies of an extra."""
    marked = (each.partition(";") for each in requirements)
    return [each.strip() for each, _, marker in marked if f"extra == '{name}'" in marker]


TEST = """
def test_start(nimble):
    (session,) = nimble.client.list_streaming_sessions(
        studioId="us-west-2:stid-local0000000000000001"
    )["sessions"]
    assert session["state"] == "STOPPED"
"""


def test_the_emulator_without_aws_cdk_lib(
    wheel: Path, requirements: list[str], tmp_path: Path
) -> None:
    local = extra(requirements, "local")
    assert local
    python = environments.create(tmp_path / "env", *local, "pytest")
    environments.add_alone(python, wheel)
    assert (
        "No module named 'aws_cdk'"
        in started("-c", "import aws_cdk", cwd=tmp_path, python=python).stderr
    )
    (tmp_path / "test_mine.py").write_text(TEST)
    # The path is an empty folder, so there's no Node either.
    printed = run("-m", "pytest", "-q", cwd=tmp_path, python=python, PATH=str(tmp_path))
    assert "1 passed" in printed
    script = Path(python).with_name("nimble-local")
    said = run(str(script), "faults", "add", "--help", cwd=tmp_path, python=python)
    assert "rate-limit" in said


def test_a_missing_extra_is_reported_in_one_line_with_its_installation(
    wheel: Path, tmp_path: Path
) -> None:
    python = environments.create(tmp_path / "env", "pytest")
    environments.add_alone(python, wheel)
    hint = "needs an extra: pip install 'cdk-nimble-streaming-session[local]'"
    for words in (["sessions"], ["serve"], ["--help"]):
        done = started("-m", "nimble_local", *words, cwd=tmp_path, python=python)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.count("\n") == 1
        assert hint in done.stderr
    (tmp_path / "test_mine.py").write_text(f"{TEST}\n\ndef test_other():\n    pass\n")
    told = started("-m", "pytest", "-q", cwd=tmp_path, python=python).stdout
    assert "1 passed, 1 error" in told
    assert hint in told
    assert "Traceback" not in told
