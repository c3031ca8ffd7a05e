"""The guard at the door: it answers also when the rest can't be loaded."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scripted_server import Script, reply, scripted_server
from simulation import SESSION, Clock, Context, event

if TYPE_CHECKING:
    from collections.abc import Iterator

LAMBDA = Path(__file__).parents[3] / "lambda"


@pytest.fixture
def cloudformation() -> Iterator[Script]:
    with scripted_server() as server:
        server.replies.append(reply(200))
        yield server


def told(cloudformation: Script) -> dict[str, Any]:
    """Return the one answer that CloudFormation was sent."""
    (body,) = cloudformation.bodies()
    answer: dict[str, Any] = json.loads(body)
    return answer


RUN = "import handler, json, sys; handler.handler(json.loads(sys.argv[1]), None)"


@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Delete", "SUCCESS")])
@pytest.mark.parametrize("broken", ["response.py", "main.py", "plan.py"])
def test_a_syntax_error_in_our_own_code_is_answered(
    tmp_path: Path, cloudformation: Script, broken: str, kind: str, status: str
) -> None:
    shutil.copytree(LAMBDA, tmp_path / "lambda")
    (tmp_path / "lambda" / "streaming_session" / broken).write_text("def (:\n")
    made = event(kind) | {"ResponseURL": cloudformation.url}
    done = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", RUN, json.dumps(made)],
        cwd=tmp_path / "lambda",
        capture_output=True,
        text=True,
        check=True,
    )
    answer = told(cloudformation)
    assert answer["Status"] == status
    assert f"SyntaxError in line 1 of {broken}" in answer["Reason"]
    assert answer["RequestId"] == made["RequestId"]
    assert cloudformation.url not in done.stdout + done.stderr


@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Delete", "SUCCESS")])
def test_a_part_that_is_missing_is_answered(
    cloudformation: Script, monkeypatch: pytest.MonkeyPatch, kind: str, status: str
) -> None:
    handler = importlib.import_module("handler")
    monkeypatch.setitem(sys.modules, "streaming_session.main", None)
    monkeypatch.delattr("streaming_session.main")
    handler.handler(event(kind) | {"ResponseURL": cloudformation.url}, None)
    answer = told(cloudformation)
    assert answer["Status"] == status
    assert "Nothing was done to the session" in answer["Reason"]
    assert answer["PhysicalResourceId"] == (
        SESSION if kind == "Delete" else f"{SESSION}:not-started"
    )


def test_the_handler_passes_on(cloudformation: Script) -> None:
    handler = importlib.import_module("handler")
    clock = Clock()
    made = event(PollIntervalSeconds="0") | {"ResponseURL": cloudformation.url}
    handler.handler(made, Context(clock, clock.now + 900))
    answer = told(cloudformation)
    assert "PollIntervalSeconds" in answer["Reason"]
    assert answer["PhysicalResourceId"].endswith(":not-started")


RUNTIME = {"botocore", "dateutil", "jmespath", "six", "urllib3", "streaming_session"}
"""What a module may be loaded from beside the standard library: botocore and what it needs."""


def test_importing_the_function_takes_nothing_that_the_runtime_lacks() -> None:
    code = f"""
import sys

class Runtime:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in {RUNTIME} | sys.stdlib_module_names:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Runtime())
from streaming_session import main
"""
    subprocess.run([sys.executable, "-c", code], cwd=LAMBDA, check=True)  # noqa: S603 - this Python
