"""AwsCustomResource: one call of the API, without a wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import custom_resources as cr

from peers.settings import LAUNCH_PROFILE, MEMORY_MIB, START, any_launch_profile

if TYPE_CHECKING:
    from peers.settings import Settings

# The construct's singleton has no argument for its environment.
_SINGLETON = "AWS679f53fac002430cb0da5b7982bd2287"


def add(stack: cdk.Stack, settings: Settings) -> str:
    """Add the resource that starts the session; return its ARN from the answer to the start."""
    statement = cdk.aws_iam.PolicyStatement
    resource = cr.AwsCustomResource(
        stack,
        "Workstation",
        resource_type="Custom::StreamingSession",
        on_create=cr.AwsSdkCall(
            service="nimble",
            action="startStreamingSession",
            parameters={"studioId": settings.studio_id, "sessionId": settings.session_id},
            physical_resource_id=cr.PhysicalResourceId.of(settings.session_id),
            output_paths=["session.arn"],
        ),
        policy=cr.AwsCustomResourcePolicy.from_statements(
            [
                statement(actions=[START], resources=[settings.session_arn(stack)]),
                statement(actions=list(LAUNCH_PROFILE), resources=[any_launch_profile(stack)]),
            ]
        ),
        install_latest_aws_sdk=False,
        memory_size=MEMORY_MIB,
    )
    function = stack.node.find_child(_SINGLETON)
    function.add_environment("AWS_ENDPOINT_URL_NIMBLE", settings.endpoint_url)  # type: ignore[attr-defined]
    return resource.get_response_field("session.arn")
