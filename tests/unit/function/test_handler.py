"""The entry point answers even if the rest of the function can't be loaded."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import tomllib
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import fallback
import handler
from outbound import UndeliverableError
from testkit.function.simulation import SESSION, LambdaContext, SimulatedClock, event
from testkit.scripted_server import Reset, Script, reply, scripted_server
from waiter.cloudformation.answer import refused

if TYPE_CHECKING:
    from collections.abc import Iterator

LAMBDA = Path(__file__).parents[3] / "lambda"


@pytest.fixture
def cloudformation() -> Iterator[Script]:
    with scripted_server() as server:
        server.replies.append(reply(200))
        yield server


def told(cloudformation: Script) -> dict[str, Any]:
    """Return the only answer that was sent to CloudFormation."""
    (body,) = cloudformation.bodies()
    answer: dict[str, Any] = json.loads(body)
    return answer


RUN = """
import handler, json, sys, types
context = types.SimpleNamespace(get_remaining_time_in_millis=lambda: 0)
handler.handler(json.loads(sys.argv[1]), context)
"""


@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Delete", "SUCCESS")])
@pytest.mark.parametrize(
    "broken",
    [
        "waiter/__init__.py",
        "waiter/cloudformation/document.py",
        "waiter/invocation.py",
        "waiter/wait/model.py",
        "streaming_session/__init__.py",
    ],
)
def test_a_syntax_error_in_our_own_code_is_answered(
    tmp_path: Path, cloudformation: Script, broken: str, kind: str, status: str
) -> None:
    shutil.copytree(LAMBDA, tmp_path / "lambda")
    (tmp_path / "lambda" / broken).write_text("def (:\n")
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
    assert f"SyntaxError in line 1 of {Path(broken).name}" in answer["Reason"]
    assert answer["RequestId"] == made["RequestId"]
    assert cloudformation.url not in done.stdout + done.stderr


@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Delete", "SUCCESS")])
def test_a_missing_module_is_answered(
    cloudformation: Script,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    status: str,
    context: LambdaContext,
) -> None:
    monkeypatch.setitem(sys.modules, "waiter.invocation", None)
    monkeypatch.delattr("waiter.invocation")
    handler.handler(event(kind) | {"ResponseURL": cloudformation.url}, context)
    answer = told(cloudformation)
    assert answer["Status"] == status
    assert "Nothing was done to the session" in answer["Reason"]
    assert answer["PhysicalResourceId"] == (
        SESSION if kind == "Delete" else f"{SESSION}:not-started"
    )


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "waiter.invocation", None)
    monkeypatch.delattr("waiter.invocation", raising=False)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimulatedClock:
    clock = SimulatedClock()
    monkeypatch.setattr("fallback.time.sleep", clock.sleep)
    return clock


@pytest.fixture
def context(clock: SimulatedClock) -> LambdaContext:
    return LambdaContext(clock, clock.now + 30)


OLD_PYTHON = """
import datetime
import sys

sys.version_info = (3, 10, 12, "final", 0)
del datetime.UTC
"""


@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Delete", "SUCCESS")])
def test_a_runtime_that_is_too_old_is_named_with_the_required_one(
    cloudformation: Script, kind: str, status: str
) -> None:
    """An aspect may set Python 3.10, which has no `datetime.UTC`."""
    made = event(kind) | {"ResponseURL": cloudformation.url}
    subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", OLD_PYTHON + RUN, json.dumps(made)], cwd=LAMBDA, check=True
    )
    answer = told(cloudformation)
    assert answer["Status"] == status
    assert "ImportError in line" in answer["Reason"]
    assert "Python 3.10: set its runtime to Python 3.11 or newer." in answer["Reason"]
    assert "whole release" not in answer["Reason"]


@pytest.mark.usefixtures("broken")
def test_the_advice_names_the_required_runtime(
    cloudformation: Script, monkeypatch: pytest.MonkeyPatch, context: LambdaContext
) -> None:
    monkeypatch.setattr(fallback, "_OLDEST_PYTHON", (99, 1))
    handler.handler(event() | {"ResponseURL": cloudformation.url}, context)
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    advice = f"It runs on Python {here}: set its runtime to Python 99.1 or newer."
    assert advice in told(cloudformation)["Reason"]


@pytest.mark.parametrize("minor", [9, 10, 11])
def test_old_runtimes_can_parse_the_guard(minor: int) -> None:
    for name in ("handler.py", "fallback.py", "outbound.py"):
        ast.parse((LAMBDA / name).read_text(), feature_version=(3, minor))


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("address", [{}, {"ResponseURL": ""}])
def test_the_guard_ignores_an_event_that_cannot_be_answered(
    address: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    context: LambdaContext,
) -> None:
    monkeypatch.setattr(fallback, "deliver", pytest.fail)
    made = {name: value for name, value in event().items() if name != "ResponseURL"}
    handler.handler(made | address, context)
    assert "The function can't be loaded" in json.loads(capsys.readouterr().out)["reason"]


FAILED_EVENTS = [
    ("Create", {}, False, "FAILED", f"{SESSION}:not-started"),
    ("Create", {}, True, "FAILED", SESSION),
    ("Update", {}, False, "FAILED", "before"),
    ("Update", {}, True, "FAILED", SESSION),
    ("Delete", {}, True, "SUCCESS", "before"),
    ("Delete", {"OnDelete": "STOP"}, False, "FAILED", "before"),
    ("Delete", {"OnDelete": "STOP"}, True, "FAILED", "before"),
]


@pytest.mark.parametrize(("kind", "properties", "started", "status", "physical_id"), FAILED_EVENTS)
def test_the_guard_answers_like_the_engine(
    kind: str, properties: dict[str, Any], started: bool, status: str, physical_id: str
) -> None:
    """The engine and its stand-in give the same answer."""
    made = event(kind, physical_id="before", **properties)
    found = fallback.failed(made, "why", started=started)
    assert (found["Status"], found["PhysicalResourceId"]) == (status, physical_id)
    assert found["Reason"] == "why"
    answer = refused(made, "why", started=started)
    assert (answer.status, answer.physical_id) == (status, physical_id)


def test_the_guard_names_the_oldest_python_that_the_project_supports() -> None:
    project = tomllib.loads((LAMBDA.parent / "pyproject.toml").read_text())["project"]
    oldest = ".".join(map(str, fallback._OLDEST_PYTHON))
    assert project["requires-python"] == f">={oldest}"


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(
    ("kind", "properties", "physical_id", "status"),
    [
        ("Create", {}, SESSION, "FAILED"),
        ("Update", {}, SESSION, "FAILED"),
        ("Delete", {"OnDelete": "STOP"}, "invented", "FAILED"),
        ("Delete", {"OnDelete": "RETAIN"}, "invented", "SUCCESS"),
    ],
)
def test_a_started_request_is_not_said_to_have_done_nothing(
    cloudformation: Script,
    kind: str,
    properties: dict[str, Any],
    physical_id: str,
    status: str,
    context: LambdaContext,
) -> None:
    made = event(kind, physical_id="invented", **properties) | {"Continuation": {}}
    handler.handler(made | {"ResponseURL": cloudformation.url}, context)
    answer = told(cloudformation)
    assert (answer["Status"], answer["PhysicalResourceId"]) == (status, physical_id)
    assert "Nothing was done" not in answer["Reason"]


def test_a_syntax_error_is_placed_in_its_own_file(
    cloudformation: Script, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, context: LambdaContext
) -> None:
    (tmp_path / "invocation.py").write_text("first = 1\ndef (:\n")
    monkeypatch.delitem(sys.modules, "waiter.invocation")
    monkeypatch.delattr("waiter.invocation")
    monkeypatch.setattr("waiter.__path__", [str(tmp_path)])
    handler.handler(event() | {"ResponseURL": cloudformation.url}, context)
    assert "SyntaxError in line 2 of invocation.py" in told(cloudformation)["Reason"]


@pytest.mark.usefixtures("broken")
def test_a_delete_of_something_never_started_succeeds(
    cloudformation: Script, context: LambdaContext
) -> None:
    made = event("Delete", physical_id=f"{SESSION}:not-started", OnDelete="STOP")
    handler.handler(made | {"ResponseURL": cloudformation.url}, context)
    assert told(cloudformation)["Status"] == "SUCCESS"


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("properties", [None, {}, {"SessionId": "x" * 5000}, {"SessionId": ["a"]}])
def test_the_guard_needs_no_properties(
    cloudformation: Script, properties: object, context: LambdaContext
) -> None:
    made = event() | {"ResponseURL": cloudformation.url, "ResourceProperties": properties}
    handler.handler(made, context)
    assert told(cloudformation)["PhysicalResourceId"].endswith(":not-started")
    assert len(cloudformation.bodies()[0]) < 1500


@pytest.mark.usefixtures("broken")
def test_the_guard_tries_again(
    cloudformation: Script, clock: SimulatedClock, context: LambdaContext
) -> None:
    cloudformation.replies[:0] = [reply(503), Reset()]
    handler.handler(event() | {"ResponseURL": cloudformation.url}, context)
    assert len(cloudformation.requests) == 3
    assert clock.slept == [0.5, 1]


@pytest.mark.usefixtures("broken")
def test_the_guard_stops_if_the_request_was_answered_before(
    cloudformation: Script, clock: SimulatedClock, context: LambdaContext
) -> None:
    cloudformation.replies[:] = [reply(403)]
    handler.handler(event() | {"ResponseURL": cloudformation.url}, context)
    assert clock.slept == []


@pytest.mark.usefixtures("broken")
def test_the_guard_fails_the_invocation_when_it_cannot_answer(
    cloudformation: Script, context: LambdaContext
) -> None:
    cloudformation.replies[:] = [reply(500)] * 10
    with pytest.raises(UndeliverableError, match=r"did not take the answer: HTTP status 500\Z"):
        handler.handler(event() | {"ResponseURL": cloudformation.url}, context)


@pytest.mark.usefixtures("broken")
def test_the_guard_never_shows_the_url(context: LambdaContext) -> None:
    url = "https://cloudformation.example/\x01?X-Amz-Signature=secret"
    with pytest.raises(UndeliverableError) as raised:
        handler.handler(event() | {"ResponseURL": url}, context)
    shown = "".join(traceback.format_exception(raised.value))
    assert "InvalidURL" in shown
    assert "secret" not in shown


def test_a_module_that_exits_is_answered(cloudformation: Script, tmp_path: Path) -> None:
    shutil.copytree(LAMBDA, tmp_path / "lambda")
    (tmp_path / "lambda" / "waiter" / "invocation.py").write_text("import sys\nsys.exit(3)\n")
    made = event() | {"ResponseURL": cloudformation.url}
    subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", RUN, json.dumps(made)], cwd=tmp_path / "lambda", check=True
    )
    assert "SystemExit in line 2 of invocation.py" in told(cloudformation)["Reason"]


def test_the_handler_calls_the_engine(cloudformation: Script) -> None:
    clock = SimulatedClock()
    made = event(PollIntervalSeconds="0") | {"ResponseURL": cloudformation.url}
    handler.handler(made, LambdaContext(clock, clock.now + 900))
    answer = told(cloudformation)
    assert "PollIntervalSeconds" in answer["Reason"]
    assert answer["PhysicalResourceId"].endswith(":not-started")


RUNTIME = {
    "botocore",
    "dateutil",
    "jmespath",
    "six",
    "urllib3",
    "streaming_session",
    "waiter",
    "handler",
    "fallback",
    "outbound",
}
"""Allowed imports besides the standard library: botocore and its dependencies."""


def test_the_function_imports_only_what_the_runtime_has() -> None:
    code = f"""
import sys
import traceback

class Runtime:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in {RUNTIME} | sys.stdlib_module_names:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Runtime())
from waiter import invocation
"""
    subprocess.run([sys.executable, "-c", code], cwd=LAMBDA, check=True)  # noqa: S603 - this Python
