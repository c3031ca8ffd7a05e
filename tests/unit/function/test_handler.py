"""The guard at the door: it answers also when the rest can't be loaded."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from simulation import SESSION, Clock, Context, event

if TYPE_CHECKING:
    from collections.abc import Iterator

LAMBDA = Path(__file__).parents[3] / "lambda"


class Answers(BaseHTTPRequestHandler):
    """Notes what CloudFormation is told."""

    seen: ClassVar[list[dict[str, Any]]] = []

    def do_PUT(self) -> None:
        self.seen.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    Answers.seen.clear()
    with HTTPServer(("127.0.0.1", 0), Answers) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/answer"
        running.shutdown()
        thread.join()


RUN = "import handler, json, sys; handler.handler(json.loads(sys.argv[1]), None)"


@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Delete", "SUCCESS")])
@pytest.mark.parametrize("broken", ["response.py", "main.py", "plan.py"])
def test_a_syntax_error_in_our_own_code_is_answered(
    tmp_path: Path, url: str, broken: str, kind: str, status: str
) -> None:
    shutil.copytree(LAMBDA, tmp_path / "lambda")
    (tmp_path / "lambda" / "streaming_session" / broken).write_text("def (:\n")
    made = event(kind) | {"ResponseURL": url}
    done = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", RUN, json.dumps(made)],
        cwd=tmp_path / "lambda",
        capture_output=True,
        text=True,
        check=True,
    )
    (answer,) = Answers.seen
    assert answer["Status"] == status
    assert "SyntaxError" in answer["Reason"]
    assert answer["RequestId"] == made["RequestId"]
    assert url not in done.stdout + done.stderr


@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Delete", "SUCCESS")])
def test_a_part_that_is_missing_is_answered(
    url: str, monkeypatch: pytest.MonkeyPatch, kind: str, status: str
) -> None:
    handler = importlib.import_module("handler")
    monkeypatch.setitem(sys.modules, "streaming_session.main", None)
    monkeypatch.delattr("streaming_session.main")
    handler.handler(event(kind) | {"ResponseURL": url}, None)
    (answer,) = Answers.seen
    assert answer["Status"] == status
    assert "Nothing was done to the session" in answer["Reason"]
    assert answer["PhysicalResourceId"] == (
        SESSION if kind == "Delete" else f"{SESSION}:not-started"
    )


def test_the_handler_passes_on(url: str) -> None:
    handler = importlib.import_module("handler")
    clock = Clock()
    made = event(PollIntervalSeconds="0") | {"ResponseURL": url}
    handler.handler(made, Context(clock, clock.now + 900))
    (answer,) = Answers.seen
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
