"""The asset of a nested stack's template has the template's final content."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sqs as sqs

from cdk_nimble_streaming_session import StreamingSession, StreamingSessionProvider
from cdk_waiter._private.template import infrastructure

if TYPE_CHECKING:
    from collections.abc import Callable

ENDPOINT = "https://nimble.example.com"


def plain(stack: cdk.Stack) -> StreamingSessionProvider:
    return StreamingSessionProvider(stack, "Provider", endpoint_url=ENDPOINT)


def in_a_vpc(stack: cdk.Stack) -> StreamingSessionProvider:
    vpc = ec2.Vpc(stack, "Vpc", max_azs=1, nat_gateways=1)
    return StreamingSessionProvider(stack, "Provider", endpoint_url=ENDPOINT, vpc=vpc)


def with_a_destination(stack: cdk.Stack) -> StreamingSessionProvider:
    provider = plain(stack)
    target = destinations.SqsDestination(sqs.Queue(stack, "Lost"))
    provider.function.configure_async_invoke(on_failure=target)
    return provider


def with_an_l1_destination(stack: cdk.Stack) -> StreamingSessionProvider:
    provider = plain(stack)
    cdk.aws_lambda.CfnEventInvokeConfig(
        stack,
        "Config",
        function_name=provider.function.function_name,
        qualifier="$LATEST",
        destination_config={"onFailure": {"destination": sqs.Queue(stack, "Lost").queue_arn}},
    )
    return provider


def traced(stack: cdk.Stack) -> StreamingSessionProvider:
    provider = plain(stack)
    function = provider.function.node.default_child
    assert isinstance(function, cdk.CfnResource)
    function.add_property_override("TracingConfig.Mode", "Active")
    return provider


def published(
    make: Callable[[cdk.Stack], StreamingSessionProvider], depth: int = 1
) -> list[tuple[str, Any]]:
    """Return the key and the template of each nested stack, from the outermost on."""
    app = cdk.App()
    stack: cdk.Stack = cdk.Stack(app, "Parent")
    for level in range(depth):
        stack = cdk.NestedStack(stack, f"Nested{level}")
    StreamingSession(
        stack, "Session", studio_id="us-west-2:s", session_id="s", provider=make(stack)
    )
    folder = Path(app.synth().directory)
    files = json.loads((folder / "Parent.assets.json").read_text())["files"]
    template = json.loads((folder / "Parent.template.json").read_text())
    found = []
    for _ in range(depth):
        (resource,) = (
            each
            for each in template["Resources"].values()
            if each["Type"] == "AWS::CloudFormation::Stack"
        )
        url = json.dumps(resource["Properties"]["TemplateURL"])
        (key,) = (each for each in files if f"/{each}.json" in url)
        template = json.loads((folder / files[key]["source"]["path"]).read_text())
        found.append((key, template))
    return found


MAKERS = [plain, in_a_vpc, with_a_destination, with_an_l1_destination, traced]


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_the_assets_name_is_the_hash_of_its_content(
    make: Callable[[cdk.Stack], StreamingSessionProvider], depth: int
) -> None:
    for key, template in published(make, depth):
        text = json.dumps(template, separators=(",", ":"), ensure_ascii=False)
        assert key == hashlib.sha256(text.encode()).hexdigest()


def test_other_additions_also_change_the_assets_name(monkeypatch: pytest.MonkeyPatch) -> None:
    ((first, _),) = published(traced)
    monkeypatch.setattr(infrastructure, "TRACING", ["xray:PutTraceSegments"])
    ((second, _),) = published(traced)
    assert first != second
