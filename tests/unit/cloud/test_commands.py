"""A deploy on a cloud that already runs: what it says before the CLI starts."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from nimble_local.cloud.deployment import commands
from nimble_local.cloud.deployment.commands import App, Commands
from nimble_local.cloud.deployment.report import Tool
from nimble_local.cloud.errors import InterruptedByUserError, LocalCloudError
from nimble_local.cloud.folder import Folder
from nimble_local.cloud.servers.definitions import EMULATOR
from nimble_local.cloud.servers.processes import Identity
from nimble_local.cloud.servers.record import Record, RunningServer

if TYPE_CHECKING:
    from pathlib import Path

UPDATING = {"Studio": "UPDATE_IN_PROGRESS"}
BROKEN = {"Studio": "UPDATE_ROLLBACK_FAILED"}
SESSIONS = {
    "desk-1": {"state": "DELETED", "history": []},
    "desk-2": {"state": "READY", "history": []},
}


class FakeStacks:
    """Stacks whose statuses are given in advance, the last ones for good."""

    def __init__(self, *told: dict[str, str]) -> None:
        self._told = list(told)

    def statuses(self) -> dict[str, str]:
        return self._told.pop(0) if len(self._told) > 1 else self._told[0]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    cdk = tmp_path / "node_modules" / ".bin" / "cdk"
    cdk.parent.mkdir(parents=True)
    cdk.touch(0o755)
    return Folder(tmp_path, tmp_path / ".local")


def deploying(
    folder: Folder,
    monkeypatch: pytest.MonkeyPatch,
    stacks: FakeStacks,
    sleep: Any,
    said: list[str],
    seed: str = "",
) -> Commands:
    """Return the commands on a cloud that runs and has these stacks."""
    server = RunningServer(EMULATOR, Identity(1, "1"), "http://127.0.0.1:1")
    supervisor = SimpleNamespace(running=lambda: Record(None, (server,), seed))
    monkeypatch.setattr(commands, "_stacks", lambda _record: stacks)
    monkeypatch.setattr(
        commands, "Control", lambda _url: SimpleNamespace(sessions=lambda: SESSIONS)
    )
    tool = Tool("make deploy", "make destroy", "start")
    caller = {"PATH": os.environ["PATH"]}
    return Commands(folder, cast("Any", supervisor), caller, tool, said.append, sleep)


def test_a_deploy_stops_at_a_stack_that_broke_during_the_wait(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    slept: list[float] = []
    stacks = FakeStacks(UPDATING, BROKEN)
    assert deploying(folder, monkeypatch, stacks, slept.append, said).deploy(App()) == 1
    assert said[0].startswith("Waiting for the update of Studio")
    assert said[1].startswith("Stack Studio is UPDATE_ROLLBACK_FAILED")
    assert len(slept) == 1


def test_ctrl_c_during_the_wait_says_that_the_update_continues(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_seconds: float) -> None:
        raise InterruptedByUserError(2)

    said: list[str] = []
    command = deploying(folder, monkeypatch, FakeStacks(UPDATING), interrupt, said)
    with pytest.raises(InterruptedByUserError) as raised:
        command.deploy(App())
    assert "the stack update continues: Studio (UPDATE_IN_PROGRESS)" in raised.value.message


@pytest.mark.parametrize(
    ("seed", "expected"),
    [
        ("", "deploy"),
        ("{project}/seeds/studio.yaml", "deploy --seed seeds/studio.yaml"),
        ("/elsewhere/studio.yaml", "deploy --seed /elsewhere/studio.yaml"),
    ],
)
def test_starting_over_names_the_seed_file_of_the_running_cloud(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, seed: str, expected: str
) -> None:
    said: list[str] = []
    seed = seed.format(project=folder.project)
    command = deploying(folder, monkeypatch, FakeStacks(BROKEN), pytest.fail, said, seed)
    assert command.deploy(App()) == 1
    assert said[0].endswith(f"`make destroy`, then `make {expected}`.")


@pytest.mark.parametrize(
    ("session_id", "expected"),
    [
        ("desk-1", "Session desk-1 has been deleted. The local cloud still has: desk-2. Deploy"),
        ("desk-3", "The local cloud has no session desk-3. It has: desk-2. Deploy"),
    ],
)
def test_a_session_that_cannot_be_deployed_comes_with_the_others(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, session_id: str, expected: str
) -> None:
    command = deploying(folder, monkeypatch, FakeStacks({}), pytest.fail, [])
    with pytest.raises(LocalCloudError) as raised:
        command.deploy(App(session_id=session_id))
    message = str(raised.value)
    assert message.startswith(expected)
    assert "`nimble-local create`. To start over" in message
