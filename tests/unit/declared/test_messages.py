"""Messages for people: whole stories of declared resources, with each log line and the reason."""

from __future__ import annotations

import json
import os
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore

from declared import call
from testkit.declared.declarations import (
    certificate,
    crawler,
    declared_event,
    execution,
    fleet,
    job,
)
from testkit.declared.services import Thing
from testkit.declared.world import DeclaredWorld
from testkit.function.simulation import dated, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

STORIES = Path(__file__).with_name("messages.txt")
UPDATE = "UPDATE_SNAPSHOTS"


def a_start(_world: DeclaredWorld) -> dict[str, Any]:
    return declared_event("Create", fleet())


def a_start_that_fails(world: DeclaredWorld) -> dict[str, Any]:
    world.services.ends, world.services.why = deque(["BROKEN"]), "no free address"
    return declared_event("Create", fleet())


def a_state_without_a_phase(world: DeclaredWorld) -> dict[str, Any]:
    world.services.fleet.state = "PATCHING"
    return declared_event("Create", fleet(TimeoutSeconds="60"))


def a_rollback(world: DeclaredWorld) -> dict[str, Any]:
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    return declared_event("Update", fleet())


def a_stop(world: DeclaredWorld) -> dict[str, Any]:
    world.services.fleet.state, world.stack.status = "RUNNING", "DELETE_IN_PROGRESS"
    return declared_event("Delete", fleet(OnDelete="STOP"))


def access_that_is_denied(world: DeclaredWorld) -> dict[str, Any]:
    denied = refusal("AccessDeniedException", 400, "not authorized to perform")
    world.services.faults["DescribeFleets"] = deque([denied] * 99)
    return declared_event("Create", fleet())


def a_run(_world: DeclaredWorld) -> dict[str, Any]:
    return declared_event("Create", execution())


def a_run_that_fails(world: DeclaredWorld) -> dict[str, Any]:
    world.services.ends, world.services.why = deque(["FAILED"]), "disk full"
    return declared_event("Create", execution())


def a_run_that_takes_too_long(world: DeclaredWorld) -> dict[str, Any]:
    world.services.seconds = 99
    return declared_event("Create", job(TimeoutSeconds="60"))


def a_run_that_may_be_under_way(world: DeclaredWorld) -> dict[str, Any]:
    return dated(declared_event("Create", job()), world.clock.now - 70)


def a_start_without_an_answer(world: DeclaredWorld) -> dict[str, Any]:
    world.services.lost = deque([refusal("InternalServerError", 500, "try again")])
    return declared_event("Create", job())


def a_crawl_beside_another(world: DeclaredWorld) -> dict[str, Any]:
    world.services.crawler = Thing("RUNNING", world.clock.now + 20, "READY")
    return declared_event("Create", crawler())


def an_output_that_is_too_large(world: DeclaredWorld) -> dict[str, Any]:
    world.services.output = "x" * 5000
    return declared_event("Create", execution())


def a_cancelled_run(world: DeclaredWorld) -> dict[str, Any]:
    world.services.runs["jr_0"] = Thing("RUNNING")
    world.stack.status = "DELETE_IN_PROGRESS"
    return declared_event("Delete", job(OnDelete="CANCEL"), physical_id="jr_0")


def a_certificate_that_fails(world: DeclaredWorld) -> dict[str, Any]:
    world.services.certificate = Thing("PENDING_VALIDATION", world.clock.now + 5, "FAILED")
    world.services.why = "CAA_ERROR"
    return declared_event("Create", certificate())


def a_certificate_that_takes_too_long(_world: DeclaredWorld) -> dict[str, Any]:
    return declared_event("Create", certificate(TimeoutSeconds="60"))


def mistakes(_world: DeclaredWorld) -> dict[str, Any]:
    made = fleet(Start={**fleet()["Start"], "Parameters": {"Nmae": "studio"}})
    return declared_event("Create", made)


ALL: list[Callable[[DeclaredWorld], dict[str, Any]]] = [
    a_start,
    a_start_that_fails,
    a_state_without_a_phase,
    a_rollback,
    a_stop,
    access_that_is_denied,
    a_run,
    a_run_that_fails,
    a_run_that_takes_too_long,
    a_run_that_may_be_under_way,
    a_start_without_an_answer,
    a_crawl_beside_another,
    an_output_that_is_too_large,
    a_cancelled_run,
    a_certificate_that_fails,
    a_certificate_that_takes_too_long,
    mistakes,
]


def story(
    prepare: Callable[[DeclaredWorld], dict[str, Any]],
    log: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """Return the messages about a request, line by line."""
    world = DeclaredWorld()
    monkeypatch.setattr(call, "connect", world.services.client)
    answer = world.run(prepare(world))
    told = [f"# {prepare.__name__.replace('_', ' ')}"]
    for line in map(json.loads, log().splitlines()):
        if "_aws" in line:
            continue
        if line["event"] == "answered":
            line.pop("reason")
        for name in ("resource", "request"):
            line.pop(name, "")
        event = line.pop("event")
        told.append(" ".join([event, *(f"{name}={value}" for name, value in line.items())]))
    told.append(f"{answer['Status']} {answer['PhysicalResourceId']} {answer['Data']}")
    if answer["Reason"]:
        # The version of botocore changes with the lock file.
        told.append(answer["Reason"].replace(botocore.__version__, "(version)"))
    return "\n".join(told) + "\n"


def test_what_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    told = "\n".join(story(each, lambda: capsys.readouterr().out, monkeypatch) for each in ALL)
    if UPDATE in os.environ:
        STORIES.write_text(told, encoding="utf-8")
    known = STORIES.read_text(encoding="utf-8")
    assert told == known, f"Check the changes; {UPDATE}=1 rewrites the stories."
