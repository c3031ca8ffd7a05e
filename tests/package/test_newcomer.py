"""A newcomer with an empty folder and the wheel follows the README, and then the next page."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, replace
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest

from nimble_local.emulator.seed.default_seed import SESSION_ID
from testkit.construct import examples, policies
from testkit.packaging import environments, readme
from testkit.packaging.fresh_python import UNPACKED

# All in one process, so that the wheel is built once.
pytestmark = pytest.mark.xdist_group("package")

ROOT = Path(__file__).parents[2]
CLI = ROOT / "node_modules" / ".bin"

# A slow machine isn't tested here, so lint's cache is used: aws-cdk-lib takes half a minute without
# it. mypy uses it only under the settings that it was built with.
# Of pip's negative options, the variable is 0 to switch the positive one off.
QUICKER = {
    "PIP_NO_COMPILE": "0",
    "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache"),
    "CDK_VALIDATION": "false",
}
LINT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]

# The packages that the README and the wheel ask an index for.
LOCAL = ("aiohttp", "boto3", "botocore-a-la-carte-nimble", "ministack", "pyyaml")
ASKED = ("aws-cdk-lib", "constructs", "cdk-nag", "mypy", *LOCAL)
# The wheel itself, and the packages that make the environment.
UNASKED = {"cdk-nimble-streaming-session", "pip", "setuptools"}


def like_lint() -> str:
    """Return mypy's settings for a home folder, with all of lint's that its cache depends on."""
    lines = ["[mypy]", f"enable_error_code = {','.join(LINT['enable_error_code'])}"]
    for each in LINT["overrides"]:
        modules = each["module"]
        names = [modules] if isinstance(modules, str) else modules
        lines += [f"[mypy-{','.join(names)}]", f"follow_imports = {each['follow_imports']}"]
    return "\n".join(lines)


def versions(project: Path) -> dict[str, str]:
    """Return the packages that pip installed for a project, except the wheel itself."""
    (site,) = project.glob(".venv/lib/python*/site-packages")
    found = distributions(path=[str(site)])
    named = {environments.canonical(each.metadata["Name"]): each.version for each in found}
    assert named.keys() >= {*ASKED, *UNASKED} - {"setuptools"}
    return {name: version for name, version in named.items() if name not in UNASKED}


@dataclass(frozen=True)
class Newcomer:
    """A folder above the project, and what the README's commands printed."""

    home: Path
    project: Path
    told: str

    def type(self, script: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a script in bash."""
        return subprocess.run(  # noqa: S603 - our own pages
            ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607
            cwd=folder,
            env={
                # Packages that the README gets from an index come in their locked versions.
                **environments.only_from(self.home / "wheels"),
                # The CLI makes its environment with this python3.
                "PATH": f"{CLI}:{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": str(self.home / "home"),
                # The CLI asks the system for the home folder, not HOME.
                "CDK_HOME": str(self.home / "home" / ".cdk"),
                **UNPACKED,
                **QUICKER,
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def newcomer(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    """Return a newcomer who has followed the README."""
    home = tmp_path_factory.mktemp("newcomer")
    shutil.copy(wheel, home)
    for name in ("home", "tmp"):
        (home / name).mkdir()
    (home / "home" / ".mypy.ini").write_text(like_lint())
    environments.repack(home / "wheels", *ASKED)
    new = Newcomer(home, home / "my-studio", "")
    done = new.type(readme.script(), home)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    # `cdk init` installs too, and continues if it can't.
    assert "Unable to create virtualenv" not in done.stdout + done.stderr
    return replace(new, told=done.stdout)


def test_the_readme_in_an_empty_folder(newcomer: Newcomer) -> None:
    told = newcomer.told
    found = versions(newcomer.project)
    assert found == {name: environments.version(name) for name in found}
    assert "Success: no issues found in 1 source file" in told
    assert told.count("Type: Custom::NimbleStreamingSession") == 2, "synthesised twice"
    assert f"Session {SESSION_ID} is READY: arn:aws:nimble:" in told
    assert told.endswith("The local cloud has ended.\n")
    template = json.loads((newcomer.project / "cdk.out" / "Studio.template.json").read_text())
    assert len(policies.of_type(template, "AWS::CloudWatch::Alarm")) == 1
    # The function's code is exactly that of this repository.
    made: dict[str, Any] = {}
    exec(compile(readme.first_app(), "README.md", "exec"), made)  # noqa: S102 - our own README
    ((_, expected),) = examples.templates(made["app"])
    for each in ("AWS::Lambda::Function", "Custom::NimbleStreamingSession"):
        assert [r["Properties"] for r in policies.of_type(template, each)] == [
            r["Properties"] for r in policies.of_type(expected, each)
        ]


def test_an_app_with_other_services(newcomer: Newcomer) -> None:
    app, account, commands = readme.other_services()
    assert len([line for line in app.splitlines() if line]) <= 15
    folder = newcomer.home / "my-desks"
    folder.mkdir()
    shutil.copy(newcomer.project / "cdk.json", folder)
    (folder / "app.py").write_text(app)
    (folder / "account.py").write_text(account)
    done = newcomer.type(f"source ../my-studio/.venv/bin/activate\n{commands}", folder)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Success: no issues found in 1 source file" in done.stdout
    # The address exists only while the instance runs.
    assert re.search(r'^Desks\.Result = \{"desk": ?"[\d.]+"\}$', done.stdout, re.MULTILINE)
    assert done.stdout.endswith("The local cloud has ended.\n")
