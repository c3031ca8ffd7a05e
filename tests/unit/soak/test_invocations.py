"""The record of invocations while it grows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from soak.cloud.invocations import Invocation, Invocations, age, moment

if TYPE_CHECKING:
    from pathlib import Path

INVOCATION = {"function": "f", "request": "r", "kind": "Create", "resource": "w", "session": "d"}


def note(path: Path, number: str, **values: Any) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"number": number, "at": moment(), **values}) + "\n")


def test_invocations_are_read_as_they_are_recorded(tmp_path: Path) -> None:
    path = tmp_path / "invocations"
    invocations = Invocations(path)
    assert invocations.of("s") == []
    note(path, "1", stack="s", **INVOCATION)
    note(path, "2", stack="t", **INVOCATION)
    (invocation,) = invocations.of("s")
    assert (invocation.function, invocation.ended, invocation.onward) == ("f", "", False)
    assert invocations.going("s") == [invocation]
    note(path, "1", error="", log="said")
    (invocation,) = invocations.of("s")
    assert invocation.ended
    assert invocation.log == "said"
    assert invocations.going("s") == []
    assert invocations.going("t")


def test_half_a_line_is_read_later(tmp_path: Path) -> None:
    path = tmp_path / "invocations"
    invocations = Invocations(path)
    line = json.dumps({"number": "1", "at": moment(), "stack": "s", **INVOCATION})
    path.write_text(line[:20], encoding="utf-8")
    assert invocations.of("s") == []
    path.write_text(line + "\n", encoding="utf-8")
    assert len(invocations.of("s")) == 1


def test_an_invocation_that_will_be_retried_is_still_going(tmp_path: Path) -> None:
    path = tmp_path / "invocations"
    invocations = Invocations(path)
    note(path, "1", stack="s", **INVOCATION, onward=True)
    note(path, "1", error="Worker process died", log="")
    assert len(invocations.going("s")) == 1
    note(path, "2", stack="s", **INVOCATION, onward=True)
    note(path, "2", error="", log="")
    assert invocations.going("s") == []


def test_a_kill_ends_only_invocations_that_ran_then(tmp_path: Path) -> None:
    path = tmp_path / "invocations"
    before = moment()
    note(path, "1", stack="s", **INVOCATION)
    note(path, "1", error="Worker process died", log="")
    (invocation,) = Invocations(path).of("s")
    assert invocation.was_killed([(before, moment())])
    assert not invocation.was_killed([(moment(5), moment(6))])
    assert not invocation.was_killed([])


def test_requests_are_dated_back_for_one_stack(tmp_path: Path) -> None:
    path = tmp_path / "invocations"
    Invocations(path).date_back("s", 65.0)
    assert (age(path, "s"), age(path, "t")) == (65.0, 0.0)


def test_an_invocation_restores_only_a_new_backup() -> None:
    def restores(kind: str, old: dict[str, str] | None, **new: str) -> bool:
        event = {"ResourceProperties": new, **({"OldResourceProperties": old} if old else {})}
        return Invocation("s", "f", "r", kind, "w", "d", event=event).restores

    assert restores("Create", None, BackupId="b")
    assert restores("Update", {"BackupId": "a"}, BackupId="b")
    assert restores("Update", {"BackupId": "b", "SessionId": "x"}, BackupId="b", SessionId="y")
    assert not restores("Update", {"BackupId": "b"}, BackupId="b")
    assert not restores("Update", {"BackupId": "b"})
    assert not restores("Create", None)
    assert not restores("Delete", None, BackupId="b")
