"""The fixture ``nimble``, in this test run and for users without aws-cdk-lib and Node."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID

if TYPE_CHECKING:
    from nimble_local.fixture import Nimble

PAGE = (Path(__file__).parents[3] / "docs" / "emulator.md").read_text(encoding="utf-8")
IDS = {"studioId": STUDIO_ID, "sessionId": SESSION_ID}

REFUSER = """
import sys
class Refuser:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"aws_cdk", "constructs", "jsii", "ministack"}:
            raise ImportError(f"{name} is not to be had here")
sys.meta_path.insert(0, Refuser())
"""


@pytest.fixture
def nimble_settings() -> dict[str, Any]:
    return {"start_seconds": 60}


@pytest.fixture
def nimble_seed() -> dict[str, Any]:
    return {"sessions": [{"sessionId": "desk-12", "state": "READY"}]}


def pytest_in(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a folder as a user without aws-cdk-lib and Node would."""
    (folder / "sitecustomize.py").write_text(REFUSER)
    return subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={"PATH": str(folder), "PYTHONPATH": str(folder), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_in_the_docs_passes(tmp_path: Path) -> None:
    # The others need Node.js and a local cloud: tests/e2e/test_nimble_cloud_fixture.py.
    example, *_ = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "test_example.py").write_text(example)
    done = pytest_in(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_pytest_lists_the_fixtures_without_importing_the_emulator(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "def test():\n"
        "    assert 'nimble_local.pytest_plugin' in sys.modules\n"
        "    assert {'aiohttp', 'boto3', 'nimble_local.emulator'}.isdisjoint(sys.modules)\n"
    )
    (tmp_path / "test_light.py").write_text(code)
    done = pytest_in(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = pytest_in(tmp_path, "--fixtures").stdout
    assert "nimble -- " in shown
    assert "an emulator of Nimble Studio for this test." in shown


def test_settings_and_seed_can_be_overridden(nimble: Nimble) -> None:
    nimble.clock.stop()
    nimble.client.start_streaming_session(**IDS)
    nimble.clock.forward(59)
    assert nimble.session(SESSION_ID)["state"] == "START_IN_PROGRESS"
    nimble.clock.forward(timedelta(seconds=1))
    assert nimble.session(SESSION_ID)["state"] == "READY"
    assert nimble.session("desk-12")["state"] == "READY"
    assert nimble.journal.operations() == ["StartStreamingSession"]


def test_the_clock_runs_in_real_time_until_it_is_told_otherwise(nimble: Nimble) -> None:
    before = nimble.clock.now()
    # It's shown in milliseconds, and a request may take less than one.
    while (later := nimble.clock.now()) == before:
        continue
    assert timedelta() < later - before < timedelta(seconds=30)
    nimble.clock.stop()
    still = nimble.clock.now()
    assert nimble.clock.now() == still
    nimble.clock.forward(3600)
    assert nimble.clock.now() == still + timedelta(hours=1)
    nimble.clock.run(1_000_000)
    assert nimble.clock.now() > still + timedelta(hours=1)


def test_faults_come_and_go(nimble: Nimble) -> None:
    fault = nimble.faults.add("rate-limit", per_second=0.001, operation="GetStudio")
    nimble.client.get_studio(studioId=STUDIO_ID)
    with pytest.raises(nimble.client.exceptions.ThrottlingException):
        nimble.client.get_studio(studioId=STUDIO_ID)
    nimble.client.get_streaming_session(**IDS)
    assert [(f["id"], f["hits"]) for f in nimble.faults.active()] == [(fault, 1)]
    nimble.faults.remove(fault)
    nimble.client.get_studio(studioId=STUDIO_ID)
    nimble.faults.add("latency", seconds=0)
    nimble.faults.clear()
    assert nimble.faults.active() == []
    assert [e["status"] for e in nimble.journal.entries(operation="GetStudio")] == [200, 429, 200]
    with pytest.raises(ValueError, match="A fault of kind 'latency' needs seconds"):
        nimble.faults.add("latency")
    with pytest.raises(ValueError, match="No fault that is switched on has this id"):
        nimble.faults.remove(fault)


def test_the_world_is_changed_and_reset(nimble: Nimble) -> None:
    nimble.seed({"sessions": [{"sessionId": "another"}]})
    assert nimble.session("another")["state"] == "STOPPED"
    nimble.client.start_streaming_session(**IDS)
    assert nimble.journal.operations(SESSION_ID) == ["StartStreamingSession"]
    nimble.reset()
    assert nimble.session(SESSION_ID)["state"] == "STOPPED"
    assert nimble.session("desk-12")["state"] == "READY"
    assert nimble.journal.entries() == []
    with pytest.raises(ValueError, match="No streaming session has the id 'another'"):
        nimble.session("another")
    with pytest.raises(ValueError, match="Unknown key 'x'"):
        nimble.seed({"x": []})


def test_the_docs_list_everything_that_the_fixture_has(nimble: Nimble) -> None:
    section = PAGE.partition("## In tests")[2].partition("\n## ")[0]
    parts = {name for name in dir(nimble) if not name.startswith("_")} - {"close"}
    assert parts == set(re.findall(r"^\|.*?`nimble\.(\w+)", section, re.MULTILINE)) | {"reset"}
    for part in ("faults", "clock", "journal"):
        row = next(line for line in section.splitlines() if line.startswith(f"| `nimble.{part}`"))
        methods = {name for name in dir(getattr(nimble, part)) if not name.startswith("_")}
        assert methods == set(re.findall(r"`(\w+)\(", row))
