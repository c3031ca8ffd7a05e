"""The project's dependencies and files: pinned, hashed, suitably licensed and without secrets."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from testkit.packaging import environments, readme
from testkit.packaging.environments import closure, installed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import Distribution

ROOT = Path(__file__).parents[2]

PERMISSIVE = {
    "0BSD",
    "Apache 2.0",
    "Apache License",
    "Apache License 2.0",
    "Apache Software License",
    "Apache-2.0",
    "BSD",
    "BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CNRI-Python",
    "ISC",
    "MIT",
    "MIT License",
    "MIT-0",
    "MIT-CMU",
    "PSF-2.0",
    "Python Software Foundation License",
    "Zlib",
}
WEAK_COPYLEFT = {"MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"}
"""Fine for tools, which aren't distributed."""

JUDGED = {
    "docutils": "The GPL is that of one file, an editor's mode that is not installed.",
    "node_modules/querystring": "MIT, named in a field that lock files leave out.",
}
"""Tools whose licences a person has read, and why they are acceptable."""

# docs/decisions.md gives the reasons for these dependencies.
SHIPPED = ("aws-cdk-lib", "constructs")


PEERS = ROOT / "benchmarks" / "peers" / "packages"
CLIENTS = ROOT / "tests" / "clients" / "packages"
PYTHON_LOCKS = [
    environments.LOCK,
    environments.LOWEST,
    *sorted([*PEERS.glob("*.txt"), *CLIENTS.glob("*.txt")]),
]
NPM_LOCKS = [folder / "package-lock.json" for folder in (ROOT, PEERS, CLIENTS)]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def licences(found: Distribution) -> set[str]:
    """Return the licences that a package declares: an expression, classifiers or words."""
    about = found.metadata
    expression = about["License-Expression"]
    if expression:
        return set(re.split(r" AND | OR ", expression))
    classifiers = [text.split(" :: ")[-1] for text in about.get_all("Classifier") or []]
    named = {text for text in classifiers if text in PERMISSIVE | WEAK_COPYLEFT or "GPL" in text}
    return named or {str(about["License"] or "none").strip().splitlines()[0].strip()}


def test_every_package_has_a_licence_that_allows_its_use() -> None:
    shipped = closure(SHIPPED)
    assert shipped >= {"aws-cdk-lib", "jsii", "typing-extensions"}
    found = {name: licences(package) for name, package in installed().items()}
    tools = {package for package in found if package not in shipped}
    unfit = {package for package in shipped if not found[package] <= PERMISSIVE}
    unfit |= {package for package in tools if not found[package] <= PERMISSIVE | WEAK_COPYLEFT}
    assert {package: found[package] for package in unfit - JUDGED.keys()} == {}
    assert shipped.isdisjoint(JUDGED)


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=relative)
def test_every_npm_package_is_hashed_and_has_a_licence(lock: Path) -> None:
    listed = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    packages: dict[str, dict[str, Any]] = {k: v for k, v in listed.items() if k}
    assert packages
    for path, package in packages.items():
        assert package["integrity"].startswith("sha512-"), path
        assert path in JUDGED or package["license"] in PERMISSIVE, path


@pytest.mark.parametrize("lock", [*PYTHON_LOCKS, *NPM_LOCKS], ids=relative)
def test_no_lock_file_names_a_registry(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r'"resolved"|--(?:extra-)?index-url|--find-links|registry\.', text)


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=relative)
def test_the_versions_in_package_json_are_exact_and_locked(lock: Path) -> None:
    wanted = json.loads(lock.with_name("package.json").read_text(encoding="utf-8"))
    locked = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    for name, version in {
        **wanted.get("dependencies", {}),
        **wanted.get("devDependencies", {}),
    }.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert locked[f"node_modules/{name}"]["version"] == version


@pytest.mark.parametrize("lock", PYTHON_LOCKS, ids=relative)
def test_every_python_package_is_pinned_and_hashed(lock: Path) -> None:
    entries = environments.entries(lock)
    assert entries
    for entry in entries:
        assert re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry), entry


INSTALLS = re.compile(
    r"\b(?:pip3?|uv)\b.*\b(?:install|sync|download|wheel|run|tool|add)\b"
    r"|\bnpm\b.*\b(?:ci|install|i|add|exec|update)\b"
    r"|\b(?:npx|uvx|pipx|conda|yarn|pnpm|corepack|brew|dnf|apk|snap|gem|cargo|curl|wget)\b"
    r"|\bapt(?:-get)?\b.*\b(?:install|upgrade)\b"
    r"|-m build\b"
)
"""Commands that fetch other people's code, or would by default."""

FIT = re.compile(
    r"--require-hashes\b|\bnpm ci\b|-m build --no-isolation\b"
    # This folder itself, with only the packages already installed from its lock file.
    r"|\binstall --quiet --python \S+ --no-deps --no-build-isolation --editable \.$"
    # Debian signs its packages and keeps only the newest.
    r"|\bapt-get install -qq --no-install-recommends chromium chromium-driver fonts-dejavu-core$"
    # It refuses except in a release check.
    r"|^pip install --resolution highest --python$"
)

SAID = re.compile(
    r"pip install 'cdk-nimble-streaming-session\[local\]'|apt-get install chromium chromium-driver"
    r"|CDK CLI is not installed: npm install (aws-cdk@2)?$"
)
"""Commands that are only shown to people."""


def unfit(found: Iterable[str]) -> list[str]:
    """Return the commands that install something without pins and hashes."""
    return [text for text in found if INSTALLS.search(SAID.sub("", text)) and not FIT.search(text)]


def commands_of_ci() -> Iterator[str]:
    """Yield each command that make runs in CI, without text that is only printed."""
    for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines():
        assert re.match(r"#!|set |cd |(exec )?make (test|bench QUICK=1)$", line), line
        if "make" in line:
            words = [*shlex.split(line.removeprefix("exec ")), "--dry-run", "--always-make"]
            inside = os.environ | {"CI": "true"}
            done = subprocess.run(  # noqa: S603 - make says what it would run
                words, cwd=ROOT, env=inside, capture_output=True, text=True, check=True
            )
            text = re.sub(r'\becho "[^"]*"', "", done.stdout.replace("\\\n", " "))
            for command in re.split(r"\n|&&|\|\||;", text):
                yield re.sub(r"\s+|\d?>\S+", " ", command).strip()


def phrases(code: str) -> Iterator[str]:
    """Yield possible commands in code: each string, and the strings of a list or call joined."""
    tree = ast.parse(code)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                yield text
            case ast.Call(args=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
                words = [part.value for part in parts if isinstance(part, ast.Constant)]
                yield " ".join(word for word in words if isinstance(word, str))


def test_ci_installs_only_from_the_lock_files() -> None:
    commands = set(commands_of_ci())
    assert unfit(commands) == []
    # uv, its packages, this folder, the npm packages and the browser were all checked.
    assert len([text for text in commands if INSTALLS.search(text)]) == 5


def test_the_code_installs_only_from_the_lock_files() -> None:
    seen = 0
    for path in git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        file = ROOT / path
        if file.suffix == ".py" and file.is_file() and file != Path(__file__):
            found = list(phrases(file.read_text(encoding="utf-8")))
            assert unfit(found) == [], path
            seen += len([text for text in found if FIT.search(text)])
    assert seen >= 8


def test_only_the_release_check_installs_the_newest_versions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DIST", raising=False)
    with pytest.raises(AssertionError, match="the check of a release"):
        environments.create_with_the_newest(tmp_path / "env", tmp_path / "none.whl")
    assert not list(tmp_path.iterdir())


def test_the_readme_installs_only_from_a_folder() -> None:
    found = unfit(readme.script().splitlines())
    assert [line.split()[:2] for line in found] == [["pip", "install"]] * 3
    assert environments.only_from(ROOT)["PIP_NO_INDEX"] == "1"
    newcomer = (ROOT / "tests" / "package" / "test_newcomer.py").read_text(encoding="utf-8")
    assert "**environments.only_from(" in newcomer


@pytest.mark.parametrize(
    "code",
    [
        'run(["pip", "install", "aws-cdk-lib==2.240.0"])',
        'run([sys.executable, "-m", "pip", "install", *names])',
        '_uv("pip", "install", "--python", python, "--no-deps", wheel)',
        'run("cd there && npm install aws-cdk", shell=True)',
        'run(f"npx {tool}")',
        'run(("apt-get", "install", "-y", "nodejs"))',
        'run("-m", "build", "--outdir", folder)',
    ],
)
def test_the_search_for_unpinned_installs_finds_each(code: str) -> None:
    assert unfit(phrases(code)) != []


SECRETS = {
    "an access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a secret access key": r"aws_secret_access_key\s*[=:]\s*[\"']?[0-9A-Za-z/+]{40}\b",
    "a private key": "-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a signature": r"X-Amz-Signature=[0-9a-f]{64}",
    "a session token": r"X-Amz-Security-Token=[0-9A-Za-z%/+]{40}",
    "a token of GitHub": r"\bgh[pousr]_[0-9A-Za-z]{36}\b",
    "a token of PyPI": r"\bpypi-AgE[0-9A-Za-z_-]{40}",
    "a token of npm": r"\bnpm_[0-9A-Za-z]{36}\b",
    "a token of Slack": r"\bxox[abprs]-[0-9A-Za-z-]{20}",
    "a JSON web token": r"\beyJ[0-9A-Za-z_-]{20,}\.eyJ[0-9A-Za-z_-]{20,}\.",
    "a password in a URL": r"https?://[^\s/:@\"'{}<>]{3,}:[^\s/:@\"'{}<>]{8,}@",
}
# AWS's own example, and the key that the tests plant and that must not be used.
EXAMPLES = {"AKIAIOSFODNN7EXAMPLE", "AKIAREALREALREALREAL"}


def secrets(text: str) -> Iterator[str]:
    """Return the parts of a text that look like secrets."""
    for kind, pattern in SECRETS.items():
        for match in re.finditer(pattern, text):
            if match.group() not in EXAMPLES:
                yield f"{kind}: {match.group()[:12]}…"


def git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - fixed commands
    return done.stdout.decode(errors="replace")


def test_no_secret_is_in_the_files() -> None:
    for path in git("ls-files", "-z").split("\0"):
        if path and (ROOT / path).is_file():
            text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
            assert list(secrets(text)) == [], path


def test_no_secret_is_in_the_history() -> None:
    assert list(secrets(git("log", "--all", "--patch", "--unified=0", "--no-color"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "aws_secret_access_key = " + "x" * 40,
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "https://example/?X-Amz-Signature=" + "0" * 64,
        "X-Amz-Security-Token=" + "F" * 60,
        "ghp_" + "a" * 36,
        "pypi-AgE" + "a" * 60,
        "npm_" + "a" * 36,
        "xoxb-" + "1" * 24,
        "eyJ" + "a" * 30 + ".eyJ" + "b" * 30 + ".c",
        "https://somebody:" + "password1@example.com",
    ],
)
def test_the_search_for_secrets_finds_each(text: str) -> None:
    assert list(secrets(f"before {text} after"))
