"""The acts in each state of the service, cell by cell, through the whole function.

A cell holds the acts that the service carries out, in order, and after "!" the entry of
docs/operations.md that a FAILED answer names. An empty cell is a SUCCESS that touched nothing.
"""

from __future__ import annotations

import pytest

from streaming_session.attributes import ATTRIBUTES
from streaming_session.lifecycle import PHASES
from testkit.function.simulation import ARN, SESSION, Simulation, event

COLUMNS: dict[str, dict[str, str]] = {
    "plain": {},
    "backup": {"BackupId": "b1"},
    "restart": {"BackupId": "b1", "AllowRestart": "true"},
}
"""The properties of a Create and an Update; the other columns are a Delete's OnDelete."""

# A START_FAILED session was found in that state; this request hasn't started it yet. A session that
# somebody runs was started without a backup. A state that changes on its own changes to the one
# after the arrow.
TABLE = """
state                                 | plain              | backup             | restart            | retain | stop
STOPPED                               | start              | start              | start              |        |
CREATE_IN_PROGRESS > READY            |                    | !other-backup      | stop start         |        | stop
START_IN_PROGRESS > READY             |                    | !other-backup      | stop start         |        | stop
READY                                 |                    | !other-backup      | stop start         |        | stop
STOP_IN_PROGRESS > STOPPED            | start              | start              | start              |        |
START_FAILED:INSUFFICIENT_CAPACITY    | start              | start              | start              |        |
START_FAILED:INTERNAL_ERROR           | start              | start              | start              |        |
START_FAILED:NETWORK_CONNECTION_ERROR | start              | start              | start              |        |
START_FAILED:NETWORK_INTERFACE_ERROR  | start              | start              | start              |        |
START_FAILED:ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR       | start              | start              | start              |        |
START_FAILED:INITIALIZATION_SCRIPT_ERROR              | start              | start              | start              |        |
START_FAILED:DECRYPT_STREAMING_IMAGE_ERROR            | start              | start              | start              |        |
START_FAILED:AMI_VALIDATION_ERROR                     | start              | start              | start              |        |
START_FAILED:MELTED                                   | start              | start              | start              |        |
START_FAILED                                          | start              | start              | start              |        |
CREATE_FAILED                         | !failed            | !failed            | !failed            |        |
STOP_FAILED                           | !stop-failed       | !stop-failed       | !stop-failed       |        | !stop-failed
DELETE_FAILED                         | !failed            | !failed            | !failed            |        |
DELETE_IN_PROGRESS > DELETED          | !gone              | !gone              | !gone              |        |
DELETED                               | !gone              | !gone              | !gone              |        |
nowhere                               | !absent            | !absent            | !absent            |        |
"""  # noqa: E501 - a table


def cells() -> list[tuple[str, str, str, str]]:
    """Return request type, state, column and cell."""
    head, *rows = [
        [cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()
    ]
    made = []
    for state, *row in rows:
        for column, cell in zip(head[1:], row, strict=True):
            kinds = ("Delete",) if column in ("retain", "stop") else ("Create", "Update")
            made += [(kind, state, column, cell) for kind in kinds]
    return made


def put(world: Simulation, state: str) -> None:
    """Bring the session into a state of the table."""
    now, _, then = state.partition(" > ")
    world.service.absent = now == "nowhere"
    world.service.state, _, world.service.code = now.partition(":")
    if then:
        world.service.following, world.service.due = (then, ""), world.clock.now + 20


def test_the_table_has_every_state_of_the_model() -> None:
    states = {state.split(" ")[0].split(":")[0] for _, state, _, _ in cells()}
    assert states == {*PHASES, "nowhere"}


@pytest.mark.parametrize("on_delete", ["RETAIN", "STOP"])
@pytest.mark.parametrize(("kind", "state", "column", "cell"), cells())
def test_each_cell_of_the_table(
    world: Simulation, kind: str, state: str, column: str, cell: str, on_delete: str
) -> None:
    put(world, state)
    if kind == "Delete":
        on_delete = column.upper()
    properties = {"OnDelete": on_delete, **COLUMNS.get(column, {})}
    answer = world.run(event(kind, old={}, **properties))
    acts, _, topic = cell.partition("!")
    assert [name for name, _ in world.service.calls if name != "get"] == acts.split()
    assert answer["Status"] == ("FAILED" if topic else "SUCCESS")
    if topic:
        assert SESSION in answer["Reason"]
        assert answer["Reason"].endswith(f"docs/operations.md#{topic}")
    elif kind == "Delete":
        assert answer["PhysicalResourceId"] == SESSION
    else:
        assert answer["PhysicalResourceId"] == SESSION
        assert set(answer["Data"]) == set(ATTRIBUTES)
        assert (answer["Data"]["State"], answer["Data"]["Arn"]) == ("READY", ARN)
    if "start" in acts:
        assert world.service.named("start")[0].get("backupId") == properties.get("BackupId")


@pytest.mark.parametrize("state", sorted({state for _, state, _, _ in cells()}))
def test_a_delete_that_retains_makes_no_calls(world: Simulation, state: str) -> None:
    put(world, state)
    world.run(event("Delete", OnDelete="RETAIN"))
    assert not world.service.calls
    assert not world.stack.asked


DELETES = [cell for cell in cells() if cell[0] == "Delete"]
PLAIN = [(state, cell) for _, state, column, cell in cells() if column == "plain"]


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize(("state", "cell"), sorted(set(PLAIN)))
def test_allow_restart_without_a_backup_changes_nothing(
    world: Simulation, state: str, cell: str, kind: str
) -> None:
    put(world, state)
    world.run(event(kind, old={}, AllowRestart="true"))
    acts = [name for name, _ in world.service.calls if name != "get"]
    assert acts == cell.partition("!")[0].split()


@pytest.mark.parametrize(("kind", "state", "column", "cell"), DELETES)
def test_a_backup_and_allow_restart_do_not_affect_a_delete(
    world: Simulation, kind: str, state: str, column: str, cell: str
) -> None:
    put(world, state)
    world.run(event(kind, OnDelete=column.upper(), BackupId="b1", AllowRestart="true"))
    acts = [name for name, _ in world.service.calls if name != "get"]
    assert acts == cell.partition("!")[0].split()


@pytest.mark.parametrize(("state", "cell"), sorted(set(PLAIN)))
def test_an_update_that_keeps_its_backup_acts_like_one_without(
    world: Simulation, state: str, cell: str
) -> None:
    put(world, state)
    kept = {"BackupId": "b1", "AllowRestart": "true"}
    world.run(event("Update", old=kept, **kept))
    acts = [(name, sent.get("backupId")) for name, sent in world.service.calls if name != "get"]
    assert acts == [(act, None) for act in cell.partition("!")[0].split()]
