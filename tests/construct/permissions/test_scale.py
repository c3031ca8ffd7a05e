"""Many sessions in one stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from cdk_nimble_streaming_session import OnDelete, StreamingSession, StreamingSessionProvider
from testkit.construct import policies

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

# Quotas of CloudFormation and IAM.
MAX_TEMPLATE_BYTES = 1024 * 1024
MAX_RESOURCES = 500
MAX_INLINE_CHARACTERS = 10_240
MAX_MANAGED_CHARACTERS = 6_144

BOTH: dict[str, Any] = {"on_delete": OnDelete.STOP, "backup": True}
RESTARTED: dict[str, Any] = {"backup": True, "allow_restart": True}


def seats(stack: cdk.Stack, count: int, *, backup: bool = False, **options: Any) -> dict[str, Any]:
    """Return the template of a stack with many sessions; their ids are as long as real ones."""
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


def synthesised(count: int, **options: Any) -> dict[str, Any]:
    """Return the template of many sessions that share the function with every default."""
    return seats(cdk.Stack(cdk.App(), "Classroom"), count, **options)


def size(template: dict[str, Any], kind: str = policies.POLICY) -> int:
    """Return the number of characters that IAM counts in the policies, without white space."""
    found = policies.of_type(template, kind)
    documents = [policies.deployed(each["Properties"]["PolicyDocument"]) for each in found]
    return sum(len(json.dumps(document, separators=(",", ":"))) for document in documents)


def wild(template: dict[str, Any], kind: str = policies.POLICY, *denied: str) -> set[str]:
    """Return the statements that name a pattern in place of ids; those with ``denied`` deny."""
    made = policies.statements(template, kind, denied)
    return {each["Sid"] for each in made if "/*" in json.dumps(each["Resource"])}


def test_200_sessions_with_stop_and_backups_fit_into_a_stack() -> None:
    template = synthesised(200, **BOTH)
    assert len(json.dumps(template, indent=1)) < MAX_TEMPLATE_BYTES
    # The policies: one for all sessions, and two for those that are stopped.
    assert len(template["Resources"]) == 200 + 6 < MAX_RESOURCES
    assert size(template) < MAX_INLINE_CHARACTERS
    assert wild(template) == {"Restore", "StartAndStop"}


class Counted:
    """Passes on what Python asks jsii's process, and counts it.

    Parameters
    ----------
    provider
        jsii's own connection to its process.
    """

    def __init__(self, provider: Any) -> None:
        self._provider = provider
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        """Return the method of a call."""
        self.calls += 1
        return getattr(self._provider, name)


def test_a_session_makes_few_calls_to_jsii(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take most of a synthesis."""
    counted = Counted(jsii.kernel.provider)
    monkeypatch.setattr(jsii.kernel, "provider", counted)
    synthesised(10)
    for_ten = counted.calls
    synthesised(20)
    for_twenty = counted.calls - for_ten
    # Ten more sessions make 190 calls.
    assert 0 < for_twenty - for_ten <= 200


# The numbers that docs/decisions.md names.
@pytest.mark.parametrize(
    ("count", "options", "given_up"),
    [
        (11, BOTH, set()),
        (12, BOTH, {"Restore"}),
        (14, BOTH, {"Restore"}),
        (15, BOTH, {"StartAndStop"}),
        (74, BOTH, {"StartAndStop"}),
        (75, BOTH, {"Restore", "StartAndStop"}),
        (40, RESTARTED, set()),
        (41, RESTARTED, {"Restore"}),
        (83, RESTARTED, {"Restore"}),
        (84, RESTARTED, {"Restore", "StartAndStop"}),
        (83, {}, set()),
        (84, {}, {"Start"}),
    ],
)
def test_arns_are_exact_up_to_a_number_of_sessions(
    count: int, options: dict[str, Any], given_up: set[str]
) -> None:
    template = synthesised(count, **options)
    assert wild(template) == given_up
    assert size(template) < MAX_INLINE_CHARACTERS


def test_arns_of_stopped_sessions_stay_exact_the_longest() -> None:
    stack = cdk.Stack(cdk.App(), "Classroom")
    for index in range(70):
        stops = index < 10
        StreamingSession(
            stack,
            f"Seat{index}",
            studio_id="us-west-2:stid-abc123",
            session_id=f"session-{index:014}",
            on_delete=OnDelete.STOP if stops else OnDelete.RETAIN,
        )
    assert wild(policies.template(stack)) == {"Start"}


def everything(stack: cdk.Stack) -> dict[str, Any]:
    """Return the settings that add to what the function's role has to allow."""
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-west-2a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
    )
    queue = sqs.Queue(stack, "Queue", encryption_master_key=kms.Key(stack, "Key"))
    return {"vpc": vpc, "tracing": lambda_.Tracing.ACTIVE, "dead_letter_queue": queue}


@pytest.mark.parametrize(
    ("count", "given_up"),
    [
        (11, set()),
        (12, {"Restore"}),
        (13, {"Restore"}),
        (14, {"StartAndStop"}),
    ],
)
def test_the_policies_of_a_role_fit_together(count: int, given_up: set[str]) -> None:
    stack = cdk.Stack(cdk.App(), "Classroom")
    provider = StreamingSessionProvider(stack, "Provider", **everything(stack))
    template = seats(stack, count, provider=provider, **BOTH)
    assert size(template) < MAX_INLINE_CHARACTERS
    assert wild(template, policies.POLICY, "Network") == given_up


MANAGED = "AWS::IAM::ManagedPolicy"


def with_a_role_of_ones_own(
    count: int, settings: Callable[[cdk.Stack], dict[str, Any]]
) -> dict[str, Any]:
    """Return the template of many sessions whose function has a role with a managed policy."""
    stack = cdk.Stack(cdk.App(), "Classroom")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    provider = StreamingSessionProvider(stack, "Provider", role=role, **settings(stack))
    iam.ManagedPolicy(stack, "Mine", roles=[role], document=provider.policy_document)
    return seats(stack, count, provider=provider, **BOTH)


@pytest.mark.parametrize(
    ("count", "given_up"),
    [
        (21, set()),
        (22, {"Restore"}),
        (45, {"Restore"}),
        (46, {"Restore", "StartAndStop"}),
    ],
)
def test_your_own_policy_fits_into_a_managed_policy(count: int, given_up: set[str]) -> None:
    template = with_a_role_of_ones_own(count, lambda _: {})
    assert size(template, MANAGED) < MAX_MANAGED_CHARACTERS
    assert wild(template, MANAGED) == given_up


def test_your_own_policy_stops_growing() -> None:
    """So it fits for 200 sessions, too."""
    sizes = {size(with_a_role_of_ones_own(count, lambda _: {}), MANAGED) for count in (46, 50)}
    assert len(sizes) == 1


@pytest.mark.parametrize(
    ("count", "given_up"),
    [
        (19, set()),
        (20, {"Restore"}),
        (40, {"Restore"}),
        (41, {"Restore", "StartAndStop"}),
    ],
)
def test_your_own_policy_fits_with_every_setting(count: int, given_up: set[str]) -> None:
    template = with_a_role_of_ones_own(count, everything)
    assert size(template, MANAGED) < MAX_MANAGED_CHARACTERS
    assert wild(template, MANAGED, "Network") == given_up
