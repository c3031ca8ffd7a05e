"""The wheel and the sdist, and what the README says to do with them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


# jsii unpacks its assemblies once for the whole run, not once for each empty home.
UNPACKED = {"JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(ROOT / ".local" / "jsii")}


def python(*command: str, cwd: Path, **environment: str) -> str:
    """Run Python and return what it printed."""
    done = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, *command],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), **UNPACKED, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    python("-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT), cwd=folder)
    return folder


@pytest.fixture(scope="module")
def site(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)  # noqa: S202 - built a moment ago
    return folder


def code_of(folder: Path) -> dict[str, bytes]:
    """Return the files of the function's code."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_carries_the_functions_code_byte_for_byte(site: Path) -> None:
    assert code_of(site / "cdk_nimble_streaming_session" / "_lambda") == code_of(ROOT / "lambda")
    assert (site / "cdk_nimble_streaming_session" / "py.typed").exists()
    assert not list(site.rglob("__pycache__"))


def test_the_sdist_builds_what_the_repository_builds(dist: Path, tmp_path: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    assert code_of(source / "lambda") == code_of(ROOT / "lambda")
    assert (source / "constructs" / "cdk_nimble_streaming_session" / "asset.py").exists()


def readme_apps() -> list[str]:
    """Return the Python code of the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("app", readme_apps())
def test_the_readmes_app_synthesises_with_the_installed_wheel(
    site: Path, tmp_path: Path, app: str
) -> None:
    (tmp_path / "app.py").write_text(app)
    where = "import cdk_nimble_streaming_session as c; print(c.__file__)"
    environment = {"PYTHONPATH": str(site), "CDK_OUTDIR": str(tmp_path / "out")}
    found = python("-c", where, cwd=tmp_path, **environment)
    assert Path(found.strip()).is_relative_to(site)
    python("app.py", cwd=tmp_path, **environment)
    (template,) = (tmp_path / "out").glob("Studio.template.json")
    assert "Custom::NimbleStreamingSession" in template.read_text()
    assert list((tmp_path / "out").glob("asset.*/handler.py"))
