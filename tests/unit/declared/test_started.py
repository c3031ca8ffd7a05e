"""A thing that is started: what each request, rollback, second delivery and id means."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import pytest

from testkit.declared.declarations import FLEET, declared_event, fleet
from testkit.declared.services import Thing
from testkit.function.simulation import dated, refusal

if TYPE_CHECKING:
    from testkit.declared.world import DeclaredWorld

ARN = f"arn:aws:appstream:us-west-2:111122223333:fleet/{FLEET}"
START, STOP = ["StartFleet"], ["StopFleet"]

REQUESTS: list[tuple[str, str, str, str, list[str], str]] = [
    # The request, the stack's status, the fleet's state, and the answer, the acts, the reason.
    ("Create", "CREATE_IN_PROGRESS", "STOPPED", "SUCCESS", START, ""),
    ("Create", "CREATE_IN_PROGRESS", "STOPPING", "SUCCESS", START, ""),
    ("Create", "CREATE_IN_PROGRESS", "STARTING", "SUCCESS", [], ""),
    ("Create", "CREATE_IN_PROGRESS", "RUNNING", "SUCCESS", [], ""),
    ("Create", "CREATE_IN_PROGRESS", "BROKEN", "FAILED", [], "BROKEN: NETWORK: no address"),
    ("Create", "CREATE_IN_PROGRESS", "DELETED", "FAILED", [], "DELETED"),
    ("Create", "CREATE_IN_PROGRESS", "ABSENT", "FAILED", [], "ResourceNotFoundException"),
    ("Update", "UPDATE_IN_PROGRESS", "STOPPED", "SUCCESS", START, ""),
    ("Update", "UPDATE_IN_PROGRESS", "RUNNING", "SUCCESS", [], ""),
    ("Update", "UPDATE_ROLLBACK_IN_PROGRESS", "STOPPED", "SUCCESS", [], "fleet was left as it is"),
    ("Update", "UPDATE_ROLLBACK_IN_PROGRESS", "BROKEN", "SUCCESS", [], "fleet was left as it is"),
    ("Update", "UPDATE_ROLLBACK_IN_PROGRESS", "ABSENT", "FAILED", [], "#absent"),
    ("Delete", "DELETE_IN_PROGRESS", "RUNNING", "SUCCESS", STOP, ""),
    ("Delete", "DELETE_IN_PROGRESS", "STARTING", "SUCCESS", STOP, ""),
    ("Delete", "DELETE_IN_PROGRESS", "STOPPED", "SUCCESS", [], ""),
    ("Delete", "DELETE_IN_PROGRESS", "ABSENT", "SUCCESS", [], ""),
    ("Delete", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "RUNNING", "SUCCESS", STOP, ""),
    # Nothing says that it was started by this stack.
    ("Delete", "ROLLBACK_IN_PROGRESS", "RUNNING", "SUCCESS", [], "it may have been running before"),
]


@pytest.mark.parametrize(("kind", "status", "state", "answered", "acts", "reason"), REQUESTS)
def test_a_request(
    world: DeclaredWorld,
    kind: str,
    status: str,
    state: str,
    answered: str,
    acts: list[str],
    reason: str,
) -> None:
    fleet_of = world.services.fleet = Thing(state)
    if state in {"STARTING", "STOPPING"}:
        fleet_of.due = world.clock.now + 20
        fleet_of.following = {"STARTING": "RUNNING", "STOPPING": "STOPPED"}[state]
    world.services.why = "no address" if state == "BROKEN" else ""
    world.stack.status, world.stack.changed_at = status, world.clock.now
    answer = world.run(declared_event(kind, fleet(OnDelete="STOP")))
    assert (answer["Status"], world.services.acts()) == (answered, acts)
    assert reason in answer["Reason"]
    assert answer["PhysicalResourceId"] == (
        FLEET if answered == "SUCCESS" or kind != "Create" else f"{FLEET}:not-started"
    )
    if answered == "SUCCESS" and kind != "Delete":
        assert answer["Data"] == {"Arn": ARN, "Users": "0"}


def test_a_rollback_stops_what_its_stack_started(world: DeclaredWorld) -> None:
    world.stack.changed_at = world.clock.now
    world.services.fleet = Thing("RUNNING", since=world.clock.now + 61)
    world.clock.now += 100
    world.stack.status = "ROLLBACK_IN_PROGRESS"
    world.run(declared_event("Delete", fleet(OnDelete="STOP")))
    assert world.services.acts() == STOP


def test_it_is_kept_by_default_and_while_another_resource_holds_it(world: DeclaredWorld) -> None:
    world.services.fleet = Thing("RUNNING")
    world.run(declared_event("Delete", fleet()))
    holder = {
        "LogicalResourceId": "Renamed",
        "ResourceType": "Custom::CdkWaiter",
        "PhysicalResourceId": FLEET,
        "ResourceStatus": "CREATE_COMPLETE",
    }
    world.stack.resources = [holder]
    world.stack.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    answer = world.again(declared_event("Delete", fleet(OnDelete="STOP")))
    assert answer["Reason"].startswith("The fleet was not stopped: another resource")
    assert not world.services.acts()
    holder["ResourceType"] = "Custom::Ec2InstanceStarted"
    world.again(declared_event("Delete", fleet(OnDelete="STOP")))
    assert world.services.acts() == STOP


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_second_delivery_does_nothing(world: DeclaredWorld, kind: str) -> None:
    world.stack.status = f"{kind.upper()}_IN_PROGRESS"
    made = dated(declared_event(kind, fleet()), world.clock.now)
    world.run(made)
    world.services.fleet.state = "STOPPED"
    world.stack.status = f"{kind.upper()}_COMPLETE"
    world.clock.now += 300
    world.again(made)
    assert world.services.acts() == START


def test_a_create_that_is_cancelled_starts_nothing(world: DeclaredWorld) -> None:
    world.services.fleet = Thing("STOPPING", world.clock.now + 90, "STOPPED")
    world.services.agenda.append((world.clock.now + 30, lambda: world.undo("ROLLBACK_IN_PROGRESS")))
    answer = world.run(declared_event("Create", fleet()))
    assert "Starting fleet studio failed: it was cancelled" in answer["Reason"]
    assert answer["PhysicalResourceId"] == f"{FLEET}:not-started"
    world.stack.status = "ROLLBACK_IN_PROGRESS"
    made = declared_event("Delete", fleet(OnDelete="STOP"), physical_id=f"{FLEET}:not-started")
    assert world.again(made)["Status"] == "SUCCESS"
    assert not world.services.acts()


def test_a_failed_start_is_repeated_only_if_it_is_listed(world: DeclaredWorld) -> None:
    world.services.ends = deque(["BROKEN", "BROKEN"])
    world.services.why = "no address"
    assert world.run(declared_event("Create", fleet(Retry=["NETWORK"])))["Status"] == "SUCCESS"
    assert world.services.acts() == START * 3
    world.services.fleet = Thing("STOPPED")
    world.services.ends = deque(["BROKEN"])
    answer = world.again(declared_event("Create", fleet(Retry=["CAPACITY"])))
    assert answer["Reason"] == (
        "Starting fleet studio failed: BROKEN: NETWORK: no address. "
        "Look at it in the service's console, then deploy again. See docs/operations.md#failed"
    )
    assert answer["PhysicalResourceId"] == FLEET


def test_a_state_without_a_phase_is_waited_for_and_named(world: DeclaredWorld) -> None:
    world.services.fleet = Thing("PATCHING", world.clock.now + 90, "STOPPED")
    world.run(declared_event("Create", fleet()))
    assert world.services.acts() == START
    world.services.fleet = Thing("PATCHING")
    answer = world.again(declared_event("Create", fleet(TimeoutSeconds="60")))
    assert "last seen PATCHING (a state without a phase: add it to phases)" in answer["Reason"]


def test_a_state_that_is_looked_for_in_vain_is_named(world: DeclaredWorld) -> None:
    answer = world.run(declared_event("Create", fleet(State="Fleets[0].Stat")))
    said = "Starting fleet studio failed: absent (the response has nothing at Fleets[0].Stat). "
    assert answer["Reason"].startswith(said)
    assert not world.services.acts()


def test_a_busy_code_is_a_conflict(world: DeclaredWorld) -> None:
    busy = refusal("OperationNotPermittedException", 400, "it is updating")
    world.services.faults["StartFleet"] = deque([busy] * 3)
    assert world.run(declared_event("Create", fleet()))["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("fault", "seconds", "reason"),
    [
        (refusal("AccessDeniedException", 400), 60, "appstream:DescribeFleets for fleet studio"),
        (refusal("UnauthorizedOperation", 403), 60, "with UnauthorizedOperation"),
        (refusal("AuthFailure", 401), 60, "with AuthFailure"),
        (refusal("InvalidClientTokenId", 400), 60, "with InvalidClientTokenId"),
        (refusal("UnrecognizedClientException", 400), 60, "with UnrecognizedClient"),
        (refusal("InvalidParameterCombinationException", 400), 0, "was refused with Invalid"),
        (refusal("RequestLimitExceeded", 400), 90, "no read succeeded within 90 s"),
        (refusal("ThrottlingException", 409), 90, "appstream:DescribeFleets: ThrottlingException"),
    ],
)
def test_an_error_is_known_by_its_name(
    world: DeclaredWorld, fault: Exception, seconds: float, reason: str
) -> None:
    world.services.faults["DescribeFleets"] = deque([fault] * 99)
    began = world.clock.now
    answer = world.run(declared_event("Create", fleet(TimeoutSeconds="90")))
    assert reason in answer["Reason"]
    assert seconds <= world.clock.now - began <= seconds + 12


def test_what_vanishes_before_a_stop_is_gone(world: DeclaredWorld) -> None:
    world.services.fleet = Thing("RUNNING")
    world.stack.status = "DELETE_IN_PROGRESS"
    gone = refusal("ResourceNotFoundException", 400)
    world.services.faults["StopFleet"] = deque([gone])
    world.services.agenda.append((world.clock.now + 5, lambda: vanish(world)))
    assert world.run(declared_event("Delete", fleet(OnDelete="STOP")))["Status"] == "SUCCESS"


def test_what_vanishes_before_a_start_is_refused(world: DeclaredWorld) -> None:
    world.services.faults["StartFleet"] = deque([refusal("ResourceNotFoundException", 404)])
    answer = world.run(declared_event("Create", fleet()))
    assert "appstream:StartFleet was refused with ResourceNotFound" in answer["Reason"]


def vanish(world: DeclaredWorld) -> None:
    world.services.fleet.state = "ABSENT"


REFUSED: list[tuple[Any, str, int]] = [
    ("Failures", "SUCCESS", 1),
    ("`null`", "SUCCESS", 1),
    ("`[]`", "SUCCESS", 1),
    ('`"no licence"`', "was refused with no licence", 1),
    ('`["LICENCE", "none is left"]`', "was refused with LICENCE: none is left", 1),
    ('`["OperationNotPermittedException", "later"]`', "OperationNotPermittedException: later", 9),
]


@pytest.mark.parametrize(("expression", "said", "starts"), REFUSED)
def test_a_start_that_is_refused_in_a_200(
    world: DeclaredWorld, expression: str, said: str, starts: int
) -> None:
    world.services.fleet.state = "BROKEN"
    properties = fleet(Refused=expression, Retry=["BROKEN"], TimeoutSeconds="300")
    world.services.seconds = 1
    world.services.ends = deque(["BROKEN"] * 99) if starts > 1 else deque()
    answer = world.run(declared_event("Create", properties))
    assert said in (answer["Status"], answer["Reason"]) or said in answer["Reason"]
    assert len(world.services.acts()) >= starts


def test_a_stop_that_is_refused_in_a_200(world: DeclaredWorld) -> None:
    world.services.fleet.state, world.stack.status = "RUNNING", "DELETE_IN_PROGRESS"
    vars(world.services)["_stop_fleet"] = lambda **_: {}
    made = fleet(OnDelete="STOP", Refused='`["LICENCE", "none is left"]`')
    answer = world.run(declared_event("Delete", made))
    assert answer["Status"] == "FAILED"
    assert "appstream:StopFleet was refused with LICENCE: none is left" in answer["Reason"]
