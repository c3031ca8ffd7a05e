"""The apps that this repository shows, synthesised."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import aws_cdk as cdk

ROOT = Path(__file__).parents[4]
EXAMPLES = ROOT / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/app.py"))
WITH_SESSIONS = sorted(path.parent.name for path in EXAMPLES.glob("*/studio.yaml"))
"""The examples that start sessions, with a seed for the emulator."""

_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def app(name: str) -> cdk.App:
    """Run an example in this process, and return its app, which it has synthesised."""
    made: cdk.App = runpy.run_path(str(EXAMPLES / name / "app.py"))["app"]
    return made


def main_app(context: dict[str, str]) -> cdk.App:
    """Return the app at the root of the repository."""
    made: cdk.App = runpy.run_path(str(ROOT / "app.py"))["build"](context)
    return made


def templates(made: cdk.App) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the name and the template of each stack."""
    for artifact in made.synth().stacks:
        yield artifact.stack_name, artifact.template


def masked(template: dict[str, Any]) -> str:
    """Return a template as text without the hashes of assets, which change with every byte."""
    return _HASH.sub("<hash>", json.dumps(template, indent=1, sort_keys=True)) + "\n"
