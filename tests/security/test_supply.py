"""What the project is made of: pinned and hashed, under fit licences, and without secrets."""

from __future__ import annotations

import json
import re
import subprocess
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

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
"""Fine for tools, which are not handed on."""

JUDGED = {"docutils": "The GPL is that of one file, an editor's mode that is not installed."}
"""Tools whose licences a person has read, and why they will do."""

# Not here: docs/decisions.md says why they are installed at all.
SHIPPED = ("aws-cdk-lib", "constructs")


PEERS = ROOT / "benchmarks" / "peers" / "packages"
PYTHON_LOCKS = [ROOT / "requirements.lock", *sorted(PEERS.glob("*.txt"))]
NPM_LOCKS = [ROOT / "package-lock.json", PEERS / "package-lock.json"]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def licences(found: Distribution) -> set[str]:
    """Return the licences that a package names: as an expression, by classifiers, or in words."""
    about = found.metadata
    expression = about["License-Expression"]
    if expression:
        return set(re.split(r" AND | OR ", expression))
    classifiers = [text.split(" :: ")[-1] for text in about.get_all("Classifier") or []]
    named = {text for text in classifiers if text in PERMISSIVE | WEAK_COPYLEFT or "GPL" in text}
    return named or {str(about["License"] or "none").strip().splitlines()[0].strip()}


def name(found: Distribution) -> str:
    return re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower()


INSTALLED = {name(found): found for found in distributions()}


def closure(names: tuple[str, ...]) -> set[str]:
    """Return packages with all that they need."""
    known: set[str] = set()
    wanted = list(names)
    while wanted:
        one = wanted.pop()
        if one in known or one not in INSTALLED:
            continue
        known.add(one)
        needs = [Requirement(text) for text in INSTALLED[one].requires or []]
        wanted += [
            re.sub(r"[-_.]+", "-", need.name).lower()
            for need in needs
            if need.marker is None or need.marker.evaluate({"extra": ""})
        ]
    return known


def test_every_package_has_a_licence_that_allows_its_use() -> None:
    shipped = closure(SHIPPED)
    assert shipped >= {"aws-cdk-lib", "jsii", "typing-extensions"}
    found = {package: licences(INSTALLED[package]) for package in INSTALLED}
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
        assert package["license"] in PERMISSIVE, path


@pytest.mark.parametrize("lock", PYTHON_LOCKS, ids=relative)
def test_every_python_package_is_pinned_and_hashed(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert entries
    for entry in entries:
        assert re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry), entry


def test_what_ci_installs_comes_from_the_lock_files() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert all(re.match(r"#!|set |cd |(exec )?make (test|bench QUICK=1)$", line) for line in ci)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    install = makefile[: makefile.index("install: $(INSTALLED)")]
    pip = [line for line in install.splitlines() if re.search(r"pip install|UV\) sync", line)]
    assert len(pip) == 2
    bench = (ROOT / "benchmarks" / "harness" / "install.py").read_text(encoding="utf-8")
    pip += [line for line in bench.splitlines() if '"pip"' in line]
    assert all("--require-hashes" in line for line in pip)
    assert "--no-deps --no-build-isolation --editable ." in install
    assert "@npm ci " in install
    assert '"npm", "ci"' in bench
    assert "npm install" not in makefile + bench


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
# AWS's own example, and what the tests plant as the key that must not be used.
EXAMPLES = {"AKIAIOSFODNN7EXAMPLE", "AKIAREALREALREALREAL"}


def secrets(text: str) -> Iterator[str]:
    """Say what in a text looks like a secret."""
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
def test_the_look_for_secrets_finds_one(text: str) -> None:
    assert list(secrets(f"before {text} after"))
