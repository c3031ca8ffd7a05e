"""Something that others do: each request only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from testkit.declared.declarations import CERTIFICATE, certificate, declared_event
from testkit.declared.services import Thing
from testkit.function.simulation import dated

if TYPE_CHECKING:
    from testkit.declared.world import DeclaredWorld

DATA = {"Domain": "studio.example"}

REQUESTS = [
    # The request, the stack's status, the certificate's state, and the answer and its reason.
    ("Create", "CREATE_IN_PROGRESS", "ISSUED", "SUCCESS", ""),
    ("Create", "CREATE_IN_PROGRESS", "PENDING_VALIDATION", "SUCCESS", ""),
    ("Create", "CREATE_IN_PROGRESS", "FAILED", "FAILED", "failed: FAILED: CAA_ERROR."),
    ("Create", "CREATE_IN_PROGRESS", "REVOKED", "FAILED", "#gone"),
    ("Create", "CREATE_IN_PROGRESS", "ABSENT", "FAILED", "#absent"),
    ("Create", "CREATE_IN_PROGRESS", "PENDING_VALIDATION later", "FAILED", "was not ISSUED within"),
    ("Update", "UPDATE_IN_PROGRESS", "PENDING_VALIDATION", "SUCCESS", ""),
    ("Update", "UPDATE_IN_PROGRESS", "FAILED", "FAILED", "#failed"),
    ("Update", "UPDATE_ROLLBACK_IN_PROGRESS", "PENDING_VALIDATION", "SUCCESS", "left as it is"),
    ("Update", "UPDATE_ROLLBACK_IN_PROGRESS", "FAILED", "SUCCESS", "left as it is"),
    ("Update", "UPDATE_ROLLBACK_IN_PROGRESS", "ABSENT", "FAILED", "#absent"),
    ("Delete", "DELETE_IN_PROGRESS", "ISSUED", "SUCCESS", ""),
]


@pytest.mark.parametrize(("kind", "status", "state", "answered", "reason"), REQUESTS)
def test_a_request(
    world: DeclaredWorld, kind: str, status: str, state: str, answered: str, reason: str
) -> None:
    state, _, late = state.partition(" ")
    due = world.clock.now + (9999 if late else 90)
    pending = state == "PENDING_VALIDATION"
    world.services.certificate = Thing(state, due if pending else None, "ISSUED")
    world.services.why = "CAA_ERROR" if state == "FAILED" else ""
    world.stack.status = status
    answer = world.run(declared_event(kind, certificate(OnDelete="RETAIN")))
    assert answer["Status"] == answered
    assert reason in answer["Reason"]
    if answered == "FAILED":
        assert answer["Reason"].startswith(f"Waiting for certificate {CERTIFICATE} failed: ")
    elif kind != "Delete":
        assert (answer["PhysicalResourceId"], answer["Data"]) == (CERTIFICATE, DATA)
    assert not world.services.acts()
    if "ROLLBACK" in status:
        # It waits only until the status can't be that of an earlier rollback.
        assert len(world.services.calls) <= 7
    if kind == "Delete":
        assert not world.services.calls


def test_a_create_that_is_cancelled(world: DeclaredWorld) -> None:
    """It ends at its hand-over, and its Delete calls nothing."""
    world.services.agenda.append((world.clock.now + 30, lambda: world.undo("ROLLBACK_IN_PROGRESS")))
    answer = world.run(declared_event("Create", certificate()))
    assert "failed: it was cancelled" in answer["Reason"]
    assert answer["PhysicalResourceId"] == f"{CERTIFICATE}:not-started"
    assert world.clock.now < 1_000_000 + 900


def test_a_late_failure_does_not_speak_of_a_start(world: DeclaredWorld) -> None:
    world.services.certificate.state = "FAILED"
    late = dated(declared_event("Create", certificate()), world.clock.now - 70)
    assert "started" not in world.run(late)["Reason"]


def test_a_second_delivery_only_reads(world: DeclaredWorld) -> None:
    world.services.certificate.state = "ISSUED"
    world.stack.status = "CREATE_COMPLETE"
    made = dated(declared_event("Create", certificate()), world.clock.now - 300)
    assert world.run(made)["Status"] == "SUCCESS"
    assert not world.services.acts()
