"""The permission to stop a session outlives the session in every kind of update.

The tests assume of CloudFormation what docs/decisions.md says: it first creates and updates
everything in the new template, then deletes what only the old template had, in the order of the
old template's dependencies.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from testkit.construct.policies import warnings

if TYPE_CHECKING:
    from collections.abc import Callable

from cdk_nimble_streaming_session import OnDelete, StreamingSession, StreamingSessionProvider
from testkit.construct import policies
from testkit.construct.dependencies import closure

# All in one process, so that each template is synthesised once.
pytestmark = [pytest.mark.xdist_group("stop policies"), pytest.mark.slow]

SESSION = "Custom::NimbleStreamingSession"
STUDIO = "us-west-2:stid-abc123"
MOST = 14
"""Maximum number of sessions with a policy each; docs/decisions.md has this number."""
MAX_INLINE_CHARACTERS = 10_240


def seat(number: int) -> str:
    return f"session-{number:014}"


@cache
def classroom(
    *ids: str, on_delete: OnDelete = OnDelete.STOP, kept: int = 0, **options: Any
) -> dict[str, Any]:
    """Return the template of a stack that keeps its provider, even without sessions."""
    stack = cdk.Stack(cdk.App(), "Classroom")
    provider = StreamingSessionProvider(stack, "Provider")
    more: dict[str, Any] = {"studio_id": STUDIO, "provider": provider}
    for index, session_id in enumerate(ids):
        StreamingSession(
            stack, f"Seat{index}", session_id=session_id, on_delete=on_delete, **more, **options
        )
    for index in range(kept):
        StreamingSession(stack, f"Kept{index}", session_id=f"kept-{index:017}", **more)
    return policies.template(stack)


def sessions(template: dict[str, Any]) -> dict[str, str]:
    """Return the sessions' logical ids by session id."""
    return {
        each["Properties"]["SessionId"]: name
        for name, each in template["Resources"].items()
        if each["Type"] == SESSION
    }


def role_policies(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = template["Resources"].items()
    return {name: each for name, each in found if each["Type"] == policies.POLICY}


def attached_at_delete(
    old: dict[str, Any], new: dict[str, Any], session_id: str
) -> list[dict[str, Any]]:
    """Return the policies that are certain to be attached when a session of ``old`` is deleted.

    These are the policies of the new template, and of the others only those that the session
    depends on.
    """
    after = role_policies(new)
    waits = closure(old, sessions(old)[session_id])
    left = {n: p for n, p in role_policies(old).items() if n not in after and n in waits}
    return [*after.values(), *left.values()]


def allows(attached: list[dict[str, Any]], action: str, resource: str) -> bool:
    documents = [each["Properties"]["PolicyDocument"] for each in attached]
    statements = [each for document in documents for each in document["Statement"]]
    return any(
        name == action and fnmatchcase(resource, str(policies.deployed(pattern)))
        for name, pattern in policies.pairs(statements)
    )


def missing(old: dict[str, Any], new: dict[str, Any], session_id: str) -> set[str]:
    """Return the actions that a Delete with STOP calls without permission."""
    prefix = "arn:aws:nimble:ap-southeast-2:111122223333"
    arn = f"{prefix}:streaming-session/{session_id}"
    stack = policies.PSEUDO["AWS::StackId"]
    needed = {
        "nimble:GetStreamingSession": arn,
        "nimble:StopStreamingSession": arn,
        "nimble:GetLaunchProfile": f"{prefix}:launch-profile/{'p' * 22}",
        "cloudformation:ListStackResources": stack,
        "cloudformation:DescribeStacks": stack,
        "lambda:InvokeFunction": policies.LONGEST["Function"],
        "logs:PutLogEvents": policies.LONGEST["Log"],
    }
    attached = attached_at_delete(old, new, session_id)
    return {action for action, on in needed.items() if not allows(attached, action, on)}


STAYS = [seat(number) for number in range(3)]


def seats(*ids: str, **options: Any) -> Callable[[], dict[str, Any]]:
    return lambda: classroom(*ids, **options)


UPDATES = {
    "one of three is removed": (seats(*STAYS), seats(*STAYS[:2])),
    "the only one is removed": (seats("a"), seats()),
    "one is replaced by another": (seats("a"), seats("b")),
    "all are replaced": (
        seats(*map(seat, range(MOST))),
        seats(*map(seat, range(100, 100 + MOST))),
    ),
    "the last with STOP among others": (seats("a", kept=2), seats(kept=2)),
    "replaced and kept from now on": (
        seats("a"),
        seats("b", on_delete=OnDelete.RETAIN),
    ),
    "one too many for policies of their own is removed": (
        seats(*map(seat, range(MOST + 1))),
        seats(*map(seat, range(MOST))),
    ),
    "one too many takes another's place": (
        seats(*map(seat, range(MOST))),
        seats(*map(seat, range(1, MOST + 2))),
    ),
    "a whole class is removed": (seats(*map(seat, range(40))), seats(seat(0))),
    "a class of a hundred takes the place of a few": (
        seats(*map(seat, range(MOST))),
        seats(*map(seat, range(200, 300))),
    ),
}


@pytest.fixture(scope="module", params=UPDATES)
def update(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a template before and after an update."""
    old, new = UPDATES[request.param]
    return old(), new()


def test_a_session_that_leaves_the_stack_may_still_be_stopped(
    update: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    old, new = update
    gone = sessions(old).keys() - sessions(new).keys()
    assert gone
    for session_id in gone:
        assert missing(old, new, session_id) == set(), session_id


def test_a_rollback_may_stop_a_session_that_the_update_added(
    update: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    old, new = update
    for session_id in sessions(new).keys() - sessions(old).keys():
        stops = new["Resources"][sessions(new)[session_id]]["Properties"]["OnDelete"] == "STOP"
        assert missing(new, old, session_id) == set() or not stops


def test_the_policies_before_and_after_an_update_fit_together(
    update: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    old, new = (role_policies(each) for each in update)
    characters = 0
    for policy in old.keys() | new.keys():
        characters += max(
            len(
                json.dumps(policies.deployed(each["Properties"]["PolicyDocument"])).replace(" ", "")
            )
            for each in (old.get(policy), new.get(policy))
            if each is not None
        )
    assert characters < MAX_INLINE_CHARACTERS


def test_a_renamed_construct_that_now_retains_keeps_the_list_permission() -> None:
    # Issue 14: its old resource has to find out that the new one holds the session.
    old = classroom("a", backup_id="b1", allow_restart=True)
    new = classroom("a", on_delete=OnDelete.RETAIN, backup_id="b1", allow_restart=True)
    attached = list(role_policies(new).values())
    arn = "arn:aws:nimble:ap-southeast-2:111122223333:streaming-session/a"
    assert allows(attached, "nimble:StopStreamingSession", arn)
    stack = policies.PSEUDO["AWS::StackId"]
    assert allows(attached, "cloudformation:ListStackResources", stack)
    assert missing(old, new, "a") == set()


def test_each_stopped_session_has_its_own_policy() -> None:
    first, other = classroom("a", "b"), classroom("b")
    assert role_policies(other).keys() < role_policies(first).keys()
    (name,) = role_policies(first).keys() - role_policies(other).keys()
    document = role_policies(first)[name]["Properties"]["PolicyDocument"]
    (statement,) = document["Statement"]
    assert policies.deployed(statement["Resource"]).endswith(":streaming-session/a")
    assert name in first["Resources"][sessions(first)["a"]]["DependsOn"]
    assert name not in first["Resources"][sessions(first)["b"]]["DependsOn"]


@pytest.mark.parametrize(("count", "exact"), [(MOST, True), (MOST + 1, False)])
def test_sessions_have_their_own_policies_up_to_a_number(count: int, exact: bool) -> None:
    template = classroom(*map(seat, range(count)))
    text = json.dumps(role_policies(template))
    assert (":streaming-session/*" not in text) is exact
    # The function's own, the one that all stopping sessions share; then one each, or the pattern's.
    assert len(role_policies(template)) == 2 + (count if exact else 1)


def test_retain_needs_no_further_policy() -> None:
    kinds = [
        each["Type"] for each in classroom("a", on_delete=OnDelete.RETAIN)["Resources"].values()
    ]
    assert sorted(kinds) == [
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        SESSION,
    ]


def test_a_session_named_at_deployment_has_its_own_policy() -> None:
    stack = cdk.Stack(cdk.App(), "Studio")
    session_id = cdk.CfnParameter(stack, "Session").value_as_string
    for name in ("First", "Second"):
        StreamingSession(
            stack, name, studio_id=STUDIO, session_id=session_id, on_delete=OnDelete.STOP
        )
    assert len(role_policies(policies.template(stack))) == 3


def test_your_own_role_gets_one_document_for_all_sessions() -> None:
    stack = cdk.Stack(cdk.App(), "Studio")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    provider = StreamingSessionProvider(stack, "Provider", role=role)
    StreamingSession(
        stack,
        "Workstation",
        studio_id=STUDIO,
        session_id="a",
        on_delete=OnDelete.STOP,
        provider=provider,
    )
    sids = [each["Sid"] for each in stack.resolve(provider.policy_document)["Statement"]]
    assert sids == ["Log", "HandOver", "Stack", "StartAndStop", "Holders", "LaunchProfile"]
    assert role_policies(policies.template(stack)) == {}


@pytest.mark.parametrize(("on_delete", "expected"), [(OnDelete.STOP, 1), (OnDelete.RETAIN, 0)])
def test_stop_in_a_nested_stack_causes_a_warning(on_delete: OnDelete, expected: int) -> None:
    stack = cdk.Stack(cdk.App(), "Studio")
    nested = cdk.NestedStack(stack, "Nested")
    for session_id in ("a", "b"):
        StreamingSession(
            nested, session_id, studio_id=STUDIO, session_id=session_id, on_delete=on_delete
        )
    found = [each for each in warnings(stack) if "stopInNestedStack" in each]
    assert len(found) == expected


def test_one_backup_of_many_sessions_counts_once() -> None:
    template = classroom(*map(seat, range(60)), on_delete=OnDelete.RETAIN, backup_id="b1")
    (restore,) = [each for each in policies.statements(template) if each.get("Sid") == "Restore"]
    assert policies.deployed(restore["Resource"]).endswith(":streaming-session-backup/b1")
