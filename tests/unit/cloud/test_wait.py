"""The wait for the work on the stacks that an earlier command began."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from nimble_local.cloud.deployment import commands
from nimble_local.cloud.deployment.commands import App, Commands
from nimble_local.cloud.deployment.report import Tool
from nimble_local.cloud.deployment.wait import in_progress, wait_until_idle
from nimble_local.cloud.errors import InterruptedByUserError
from nimble_local.cloud.folder import Folder
from nimble_local.cloud.servers.definitions import EMULATOR
from nimble_local.cloud.servers.processes import Identity
from nimble_local.cloud.servers.record import Record, RunningServer

if TYPE_CHECKING:
    from pathlib import Path

UPDATING = {"Studio": "UPDATE_IN_PROGRESS", "Portal": "CREATE_COMPLETE"}
UPDATED = {"Studio": "UPDATE_COMPLETE", "Portal": "CREATE_COMPLETE"}
CONTROL = cast("Any", SimpleNamespace(sessions=dict))


class FakeStacks:
    """Stacks whose statuses are given in advance, the last ones for good."""

    def __init__(self, *told: dict[str, str]) -> None:
        self._told = list(told)
        self.asked = 0

    def statuses(self) -> dict[str, str]:
        self.asked += 1
        return self._told.pop(0) if len(self._told) > 1 else self._told[0]


def waited(*told: dict[str, str]) -> tuple[dict[str, str], list[str], list[float], int]:
    """Return the statuses after the wait, the lines, the sleeps, and the number of queries."""
    stacks, said, slept = FakeStacks(*told), list[str](), list[float]()
    found = wait_until_idle(cast("Any", stacks), CONTROL, said.append, slept.append)
    return found, said, slept, stacks.asked


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_FAILED"])
def test_idle_stacks_cost_one_query_and_no_line(status: str) -> None:
    assert waited({"Studio": status}) == ({"Studio": status}, [], [], 1)


def test_the_wait_ends_with_the_update_and_returns_the_statuses_after_it() -> None:
    rolling_back = {**UPDATING, "Studio": "UPDATE_ROLLBACK_IN_PROGRESS"}
    found, said, slept, asked = waited(UPDATING, UPDATING, rolling_back, UPDATED)
    assert found == UPDATED
    assert said == [
        "Waiting for the update of Studio (UPDATE_IN_PROGRESS), which an earlier command began ..."
    ]
    assert len(slept) == 3
    assert asked == 4


def test_work_that_is_not_only_an_update_is_called_work() -> None:
    _, (line,), _, _ = waited({**UPDATING, "Portal": "DELETE_IN_PROGRESS"}, UPDATED)
    expected = "the work on Studio (UPDATE_IN_PROGRESS), Portal (DELETE_IN_PROGRESS), which"
    assert expected in line


def test_a_stack_in_review_is_not_being_changed() -> None:
    assert in_progress({"Studio": "REVIEW_IN_PROGRESS", "Portal": "DELETE_IN_PROGRESS"}) == [
        "Portal (DELETE_IN_PROGRESS)"
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    cdk = tmp_path / "node_modules" / ".bin" / "cdk"
    cdk.parent.mkdir(parents=True)
    cdk.touch(0o755)
    return Folder(tmp_path, tmp_path / ".local")


def deploying(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, stacks: FakeStacks, sleep: Any, said: list[str]
) -> Commands:
    """Return the commands on a cloud that runs and has these stacks."""
    server = RunningServer(EMULATOR, Identity(1, "1"), "http://127.0.0.1:1")
    supervisor = SimpleNamespace(running=lambda: Record(None, (server,)))
    monkeypatch.setattr(commands, "_stacks", lambda _record: stacks)
    monkeypatch.setattr(commands, "Control", lambda _url: CONTROL)
    tool = Tool("make deploy", "make destroy", "start")
    caller = {"PATH": os.environ["PATH"]}
    return Commands(folder, cast("Any", supervisor), caller, tool, said.append, sleep)


def test_a_deploy_stops_at_a_stack_that_broke_during_the_wait(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    slept: list[float] = []
    stacks = FakeStacks(UPDATING, {"Studio": "UPDATE_ROLLBACK_FAILED"})
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
