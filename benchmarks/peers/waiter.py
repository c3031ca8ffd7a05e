"""One function around the waiter of botocore."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from peers.settings import GET, allow, allow_start

if TYPE_CHECKING:
    from peers.settings import Settings


def add(stack: cdk.Stack, settings: Settings, code: str = "waiter") -> str:
    """Add the resource that starts the session; return its ARN."""
    function = settings.function(
        stack, "Function", code, handler="index.handler", timeout=cdk.Duration.minutes(15)
    )
    allow_start(function, settings)
    allow(function, [GET], settings.session_arn(stack))
    resource = cdk.CustomResource(
        stack,
        "Workstation",
        resource_type="Custom::StreamingSession",
        service_token=function.function_arn,
        properties=settings.properties,
    )
    return resource.get_att_string("Arn")
