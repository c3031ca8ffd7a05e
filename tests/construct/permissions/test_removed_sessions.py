"""Sessions that ``try_remove_child`` removes from the app."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_nimble_streaming_session import OnDelete, StreamingSession, StreamingSessionProvider
from testkit.construct import policies

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINT = "https://nimble.example.com"
TYPE = "Custom::NimbleStreamingSession"


def session(scope: Construct, name: str, **options: Any) -> StreamingSession:
    return StreamingSession(
        scope, name, studio_id="us-west-2:stid-abc123", session_id=f"id-of-{name}", **options
    )


def names(stack: cdk.Stack) -> set[str]:
    """Return the ids of sessions and backups that the policies of a stack name."""
    found = json.dumps(policies.of_type(policies.template(stack), policies.POLICY))
    return {text for text in ("id-of-a", "id-of-b", "id-of-c", "backup-of-b") if text in found}


@pytest.mark.parametrize("kind", list(OnDelete))
@pytest.mark.parametrize("where", ["child", "around", "again"])
def test_a_removed_session_leaves_no_permission(
    stack: cdk.Stack, kind: OnDelete, where: str
) -> None:
    room = Construct(stack, "Room")
    session(room, "a", on_delete=kind)
    session(room, "b", on_delete=kind, backup_id="backup-of-b")
    session(stack, "c", on_delete=kind)
    if where == "around":
        assert stack.node.try_remove_child("Room")
    else:
        assert room.node.try_remove_child("b")
    if where == "again":
        # Another session takes its place.
        StreamingSession(room, "b", studio_id="us-west-2:s", session_id="other", on_delete=kind)
    assert names(stack) == ({"id-of-c"} if where == "around" else {"id-of-a", "id-of-c"})


@pytest.mark.parametrize("kind", list(OnDelete))
def test_a_backup_stays_in_the_policy_while_another_session_uses_it(
    stack: cdk.Stack, kind: OnDelete
) -> None:
    for name in ("a", "b"):
        session(stack, name, on_delete=kind, backup_id="backup-of-b")
    assert stack.node.try_remove_child("b")
    assert names(stack) == {"id-of-a", "backup-of-b"}


def test_removing_the_last_session_leaves_no_permission(stack: cdk.Stack) -> None:
    session(stack, "a", backup_id="backup-of-b")
    assert stack.node.try_remove_child("a")
    template = policies.template(stack)
    assert policies.of_type(template, TYPE) == []
    statements = policies.statements(template)
    assert statements
    for each in statements:
        if str(each["Action"]).startswith("nimble:") and each["Sid"] != "LaunchProfile":
            resource = json.dumps(each["Resource"])
            assert ":streaming-session/" in resource or ":streaming-session-backup/" in resource
            assert resource.rstrip('"]} ').endswith("/")


def test_removed_sessions_leave_room_for_the_others(stack: cdk.Stack) -> None:
    """Sessions get policies of their own again once they no longer need a pattern."""
    room = Construct(stack, "Room")
    session(stack, "a", on_delete=OnDelete.STOP)
    for number in range(100):
        session(room, f"b{number}", on_delete=OnDelete.STOP)
    assert stack.node.try_remove_child("Room")
    assert names(stack) == {"id-of-a"}
    patterns = [
        pair
        for pair in policies.pairs(policies.statements(policies.template(stack)))
        if "streaming-session/*" in json.dumps(pair)
    ]
    assert patterns == []


def test_a_removed_session_causes_no_warning(stack: cdk.Stack) -> None:
    provider = StreamingSessionProvider(stack, "Provider", reserved_concurrent_executions=2)
    for name in ("a", "b", "c"):
        session(stack, name, provider=provider)
    assert stack.node.try_remove_child("c")
    (warning,) = policies.all_warnings(stack)
    assert "noEndpoint" in warning
    for name in ("a", "b"):
        assert stack.node.try_remove_child(name)
    other = cdk.Stack(cdk.App(), "Other")
    provider = StreamingSessionProvider(other, "Provider", reserved_concurrent_executions=1)
    for name in ("a", "b"):
        session(other, name, provider=provider)
        assert other.node.try_remove_child(name)
    assert policies.all_warnings(other) == []


def test_the_warning_about_your_own_role_omits_a_removed_session(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    provider = StreamingSessionProvider(stack, "Provider", role=role, endpoint_url=ENDPOINT)
    for name in ("a", "b"):
        session(stack, name, provider=provider)
    assert stack.node.try_remove_child("b")
    (warning,) = policies.all_warnings(stack)
    assert "id-of-a" in warning
    assert "id-of-b" not in warning


def test_a_removed_session_is_not_in_the_report_of_customized_roles(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path))
    roles = {"Studio/Provider/Role": "precreated"}
    iam.Role.customize_roles(app, use_precreated_roles=roles)
    stack = cdk.Stack(app, "Studio")
    provider = StreamingSessionProvider(stack, "Provider", endpoint_url=ENDPOINT)
    for name in ("a", "b"):
        session(stack, name, provider=provider, backup_id=f"backup-of-{name}")
    assert stack.node.try_remove_child("b")
    app.synth()
    report = (tmp_path / "iam-policy-report.txt").read_text()
    assert "streaming-session/id-of-a" in report
    assert "streaming-session-backup/backup-of-a" in report
    assert "of-b" not in report


@pytest.mark.parametrize("removed", [True, False])
def test_no_warning_about_a_removed_session_with_stop_in_a_nested_stack(
    stack: cdk.Stack, *, removed: bool
) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    session(nested, "a")
    session(nested, "b", on_delete=OnDelete.STOP)
    if removed:
        assert nested.node.try_remove_child("b")
    found = [each for each in policies.all_warnings(stack) if "stopInNestedStack" in each]
    assert len(found) == (not removed)
