"""The wheel and the sdist."""

from __future__ import annotations

import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from testkit.construct import examples, policies
from testkit.packaging import readme
from testkit.packaging.fresh_python import run, started

# All in one process, so that the wheel is built once.
pytestmark = pytest.mark.xdist_group("package")

ROOT = Path(__file__).parents[2]


def test_an_index_accepts_the_metadata(dist: Path) -> None:
    files = sorted(str(path) for path in dist.iterdir())
    assert len(files) == 2
    run("-m", "twine", "--no-color", "check", "--strict", *files, cwd=dist)


def test_the_wheel_contains_the_emulators_page(site: Path) -> None:
    inside = Path("nimble_local", "emulator", "webpage", "static")
    files, installed = (
        {str(path.relative_to(root)) for path in root.rglob("*.*")}
        for root in (ROOT / "local" / inside, site / inside)
    )
    assert {"index.html", "styles/page.css", "scripts/main.js"} <= files
    assert installed == files


def code_of(folder: Path) -> dict[str, bytes]:
    """Return the files of the function."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_contains_the_functions_code_byte_for_byte(site: Path) -> None:
    assert code_of(site / "cdk_waiter" / "_lambda") == code_of(ROOT / "lambda")
    for name in ("cdk_nimble_streaming_session", "cdk_waiter"):
        assert (site / name / "py.typed").exists()
    assert not list(site.rglob("__pycache__"))


def test_the_sdist_builds_what_the_repository_builds(dist: Path, tmp_path: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    assert code_of(source / "lambda") == code_of(ROOT / "lambda")
    assert (source / "constructs" / "cdk_waiter" / "_private" / "validation.py").exists()


@pytest.mark.parametrize("zipped", [False, True], ids=["unpacked", "zipped"])
def test_the_readmes_app_is_the_same_from_the_wheel_and_from_the_repository(
    site: Path, wheel: Path, tmp_path: Path, *, zipped: bool
) -> None:
    app = readme.first_app()
    path = str(wheel if zipped else site)
    where = "import cdk_nimble_streaming_session as c; print('found', c.__file__)"
    (tmp_path / "app.py").write_text(f"{app}\n{where}\n")
    out = tmp_path / "out"
    printed = run("app.py", cwd=tmp_path, PYTHONPATH=path, CDK_OUTDIR=str(out))
    assert f"found {path}" in printed
    template = json.loads((out / "Studio.template.json").read_text())
    assert template == template_of(app)


def template_of(app: str) -> dict[str, Any]:
    """Return an app's template, made with the package of the repository."""
    made: dict[str, Any] = {}
    exec(compile(app, "README.md", "exec"), made)  # noqa: S102 - our own README
    ((_, template),) = examples.templates(made["app"])
    assert policies.of_type(template, "Custom::NimbleStreamingSession")
    return template


def checked(site: Path, folder: Path) -> str:
    """Return mypy's output for the apps in a folder, with the package of the wheel."""
    # The wheel's package precedes the editable one, and the paths in the project's settings lead
    # nowhere from this folder. Settings and cache are lint's: a cold run over aws-cdk-lib takes
    # half a minute.
    settings = ["--config-file", str(ROOT / "pyproject.toml")]
    cache = ["--cache-dir", str(ROOT / ".mypy_cache")]
    apps = [str(path) for path in folder.glob("*.py")]
    return started("-m", "mypy", *settings, *cache, *apps, cwd=folder, MYPYPATH=str(site)).stdout


def test_mypy_strict_accepts_an_app_with_the_wheel(site: Path, tmp_path: Path) -> None:
    (tmp_path / "readme.py").write_text(readme.whole_app())
    for name in examples.NAMES:
        (tmp_path / f"{name}.py").write_text((examples.EXAMPLES / name / "app.py").read_text())
    assert checked(site, tmp_path).startswith("Success: no issues found")


def test_mypy_strict_reports_wrong_types(site: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(readme.first_app().replace('"yeG7lDwNQEiwNTRT7DrV7Q"', "7"))
    assert 'Argument "session_id" to "StreamingSession" has incompatible' in checked(site, tmp_path)


def test_the_import_loads_no_service_of_aws_cdk(tmp_path: Path) -> None:
    code = (
        "import sys, aws_cdk, cdk_nimble_streaming_session; "
        "print('aws_cdk.aws_lambda' in sys.modules)"
    )
    assert run("-c", code, cwd=tmp_path, PYTHONPATH=str(ROOT / "constructs")).strip() == "False"


def test_the_version_is_in_one_place() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (version,) = re.findall(r'^version = "(.+)"$', project, re.MULTILINE)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", changelog, re.MULTILINE)[0] == version
    code = [p.read_text(encoding="utf-8") for p in (ROOT / "constructs").rglob("*.py")]
    assert not [text for text in code if version in text]
