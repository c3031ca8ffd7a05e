"""Warnings about valid settings that don't do what their author expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs

from cdk_nimble_streaming_session import StreamingSession, StreamingSessionProvider
from testkit.construct import policies

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., StreamingSession]

ENDPOINT = "https://nimble.example.com"


def found(stack: cdk.Stack, name: str) -> list[str]:
    return [each for each in policies.all_warnings(stack) if f":{name}]" in each]


def test_the_warning_about_a_missing_endpoint_can_be_acknowledged(
    stack: cdk.Stack, session: Make
) -> None:
    session()
    (warning,) = found(stack, "noEndpoint")
    assert "AWS has closed the service" in warning
    assert "endpoint_url" in warning
    cdk.Annotations.of(stack).acknowledge_warning("cdk-nimble-streaming-session:noEndpoint")
    assert found(cdk.Stack.of(stack), "noEndpoint") == []


def test_an_endpoint_of_the_session_or_the_provider_prevents_the_warning(
    stack: cdk.Stack, session: Make
) -> None:
    session(endpoint_url=cdk.Fn.import_value("Endpoint"))
    other = cdk.Stack(cdk.App(), "Other")
    provider = StreamingSessionProvider(other, "Provider", endpoint_url=ENDPOINT)
    StreamingSession(other, "Session", studio_id="us-west-2:s", session_id="s", provider=provider)
    assert found(stack, "noEndpoint") == found(other, "noEndpoint") == []


@pytest.mark.parametrize(
    ("studio_id", "region", "name"),
    [
        ("us-west-2:stid-abc123", None, ""),
        ("us-west-2:stid-abc123", "us-west-2", ""),
        ("us-west-2:stid-abc123", "eu-west-1", "studioInOtherRegion"),
        ("stid-abc123", None, "studioWithoutRegion"),
        ("stid-abc123", "us-west-2", "studioWithoutRegion"),
        ("dummy-value-for-/studio", "us-west-2", ""),
    ],
)
def test_a_studio_of_another_region_causes_a_warning(
    studio_id: str, region: str | None, name: str
) -> None:
    stack = cdk.Stack(cdk.App(), "Studio", env=cdk.Environment(region=region))
    StreamingSession(stack, "Session", studio_id=studio_id, session_id="s", endpoint_url=ENDPOINT)
    warnings = policies.all_warnings(stack)
    assert len(warnings) == bool(name)
    for warning in warnings:
        assert f":{name}]" in warning
        assert f"studio_id is '{studio_id}'" in warning


@pytest.mark.parametrize(("limit", "warned"), [(2, True), (3, False), (None, False)])
def test_fewer_executions_than_sessions_cause_a_warning(
    stack: cdk.Stack, session: Make, limit: int | None, *, warned: bool
) -> None:
    provider = StreamingSessionProvider(
        stack, "Provider", reserved_concurrent_executions=limit, endpoint_url=ENDPOINT
    )
    for name in ("a", "b", "c"):
        session(name, session_id=name, provider=provider)
    warnings = found(stack, "concurrency")
    assert len(warnings) == warned
    for warning in warnings:
        assert "reserved_concurrent_executions is 2, and 3 sessions use the function" in warning
        assert "fail without being started" in warning


@pytest.mark.parametrize("given", ["setting", "escape hatch", "standard"])
def test_a_log_group_without_metrics_causes_a_warning(
    stack: cdk.Stack, session: Make, given: str
) -> None:
    kind = logs.LogGroupClass.INFREQUENT_ACCESS if given == "setting" else None
    group = logs.LogGroup(stack, "Log", log_group_class=kind)
    settings: dict[str, Any] = {"log_group": group} if given != "escape hatch" else {}
    provider = StreamingSessionProvider(stack, "Provider", endpoint_url=ENDPOINT, **settings)
    if given == "escape hatch":
        made = provider.log_group.node.default_child
        assert isinstance(made, logs.CfnLogGroup)
        made.log_group_class = "INFREQUENT_ACCESS"
    session(provider=provider)
    assert len(found(stack, "infrequentAccess")) == (given != "standard")
