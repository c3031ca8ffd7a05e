"""Many sessions in one stack."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest

import policies
from cdk_nimble_streaming_session import OnDelete, StreamingSession

# Quotas of CloudFormation and IAM.
MAX_TEMPLATE_BYTES = 1024 * 1024
MAX_RESOURCES = 500
MAX_POLICY_CHARACTERS = 10_240

BOTH: dict[str, Any] = {"on_delete": OnDelete.STOP, "backup": True}


def synthesised(count: int, *, backup: bool = False, **options: Any) -> dict[str, Any]:
    """Return the template of many sessions with ids as long as real ones."""
    stack = cdk.Stack(cdk.App(), "Classroom")
    for index in range(count):
        StreamingSession(
            stack,
            f"Seat{index}",
            studio_id="us-west-2:stid-abc123",
            session_id=f"session-{index:014}",
            backup_id=f"backup-{index:015}" if backup else None,
            **options,
        )
    return policies.template(stack)


def size(template: dict[str, Any]) -> int:
    """Return how many characters IAM counts in the policy: white space does not count."""
    (policy,) = policies.of_type(template, "AWS::IAM::Policy")
    document = policies.deployed(policy["Properties"]["PolicyDocument"])
    return len(json.dumps(document, separators=(",", ":")))


def wild(template: dict[str, Any]) -> set[str]:
    """Return the statements that name a pattern in place of ids."""
    made = policies.statements(template)
    return {each["Sid"] for each in made if "/*" in json.dumps(each["Resource"])}


def test_two_hundred_sessions_with_stop_and_backups() -> None:
    template = synthesised(200, **BOTH)
    assert len(json.dumps(template, indent=1)) < MAX_TEMPLATE_BYTES
    assert len(template["Resources"]) == 200 + 4 < MAX_RESOURCES
    assert size(template) < MAX_POLICY_CHARACTERS
    assert wild(template) == {"Restore", "StartAndStop"}


# The numbers that docs/decisions.md names.
@pytest.mark.parametrize(
    ("count", "options", "given_up"),
    [
        (40, BOTH, set()),
        (41, BOTH, {"Restore"}),
        (83, BOTH, {"Restore"}),
        (84, BOTH, {"Restore", "StartAndStop"}),
        (83, {}, set()),
        (84, {}, {"Start"}),
    ],
)
def test_arns_are_exact_up_to_a_number(
    count: int, options: dict[str, Any], given_up: set[str]
) -> None:
    template = synthesised(count, **options)
    assert wild(template) == given_up
    assert size(template) < MAX_POLICY_CHARACTERS


def test_sessions_that_may_be_stopped_stay_exact_the_longest() -> None:
    stack = cdk.Stack(cdk.App(), "Classroom")
    for index in range(120):
        stops = index < 50
        StreamingSession(
            stack,
            f"Seat{index}",
            studio_id="us-west-2:stid-abc123",
            session_id=f"session-{index:014}",
            on_delete=OnDelete.STOP if stops else OnDelete.RETAIN,
        )
    assert wild(policies.template(stack)) == {"Start"}
