"""The commands and the code of the READMEs work."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

from nimble_local.emulator.faults.kinds import FAILURES
from nimble_local.emulator.seed import seed_file
from streaming_session.advice import HINTS
from testkit.construct import examples, policies
from testkit.packaging import readme
from testkit.packaging.fresh_python import run

# All in one process, so that the wheel is built once.
pytestmark = pytest.mark.xdist_group("package")

ROOT = Path(__file__).parents[2]
COMMANDS = [
    line
    for title in readme.sections()
    if title != readme.OWN_APP
    for line in readme.commands(title)
]

# Commands behind make targets that tests cover: whole deployments, and builds of this folder.
RUN_BY_TESTS = {
    "deploy": "-m nimble_local.cloud deploy",
    "destroy": "-m nimble_local.cloud destroy",
    "build": "-m build --no-isolation",
}


def test_every_code_block_is_of_a_tested_kind() -> None:
    kinds = {block.language for title in readme.sections() for block in readme.blocks(title)}
    assert kinds == {"console", "python", "yaml", "mermaid"}
    assert list(readme.sections())[:3] == [
        "Try it without an account: two commands",
        "Status of the service",
        readme.OWN_APP,
    ]


def test_the_first_code_block_is_part_of_the_tested_app() -> None:
    first, *others = readme.introduction()
    assert others == []
    assert first.language == "python"
    assert first.text in readme.first_app()
    # It has to be on the first screen.
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.partition("```python")[0].splitlines()) < 10


def test_the_quoted_reason_is_one_of_the_functions() -> None:
    text = " ".join(readme.sections()["Failures"].replace("\n> ", " ").split())
    code = "ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR"
    assert f"START_FAILED ({code}): {FAILURES[code]} {HINTS[code]} See" in text
    assert f"docs/operations.md#{code.lower()}" in text


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_are_valid(line: str, tmp_path: Path) -> None:
    tool, *words = shlex.split(line, comments=True)
    match tool:
        case "make":
            done = subprocess.run(  # noqa: S603 - our own README; -n only prints
                ["make", "-n", *words],  # noqa: S607
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            if len(words) == 1:
                assert RUN_BY_TESTS.get(words[0], "") in done.stdout
        case "node_modules/.bin/cdk":
            # `make install` puts nothing into PATH.
            assert (ROOT / tool).exists()
            assert words.pop(0) == "deploy"
            run("app.py", "--check", *words, cwd=ROOT, HOME=str(tmp_path))
        case _:
            pytest.fail(f"{line!r} is neither make nor the installed CLI")


def test_the_small_install_matches_the_extra() -> None:
    """`test_the_emulator_without_aws_cdk_lib` shows that the emulator needs no more."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^\$ pip \S+ (.*ministack.*)$", page, re.MULTILINE)
    assert shlex.split(line) == project["optional-dependencies"]["local"]


@pytest.mark.parametrize("name", examples.NAMES)
def test_the_context_of_an_examples_readme_is_what_its_app_reads(name: str) -> None:
    folder = examples.EXAMPLES / name
    text = (folder / "README.md").read_text(encoding="utf-8")
    app = (folder / "app.py").read_text(encoding="utf-8")
    read = set(re.findall(r'context\("(\w+)"\)', app))
    assert read
    assert read >= set(re.findall(r"-c (\w+)=", text))
    assert read == set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


@pytest.mark.parametrize("name", examples.WITH_SESSIONS)
def test_the_seed_of_an_example_has_what_its_app_starts(name: str) -> None:
    seed = seed_file.load(examples.EXAMPLES / name / "studio.yaml")
    seed_file.check(examples.EXAMPLES / name / "studio.yaml")
    studios = {each["launchProfileId"]: each["studioId"] for each in seed["launchProfiles"]}
    sessions = {each["sessionId"]: studios[each["launchProfileId"]] for each in seed["sessions"]}
    backups = {each["backupId"]: each["sessionId"] for each in seed.get("backups", ())}
    started = [
        resource["Properties"]
        for _, template in examples.templates(examples.app(name))
        for resource in policies.of_type(template, "Custom::NimbleStreamingSession")
    ]
    assert started
    for session in started:
        assert sessions[session["SessionId"]] == session["StudioId"]
        if "BackupId" in session:
            assert backups[session["BackupId"]] == session["SessionId"]
