"""The provider framework of the CDK, with an is-complete handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import custom_resources as cr

from peers.settings import GET, POLL_SECONDS, allow, allow_start

if TYPE_CHECKING:
    from peers.settings import Settings


def add(stack: cdk.Stack, settings: Settings) -> str:
    """Add the resource that starts the session; return its ARN."""
    code = "provider_framework"
    minute = cdk.Duration.minutes(1)
    on_event = settings.function(stack, "OnEvent", code, handler="index.on_event", timeout=minute)
    complete = settings.function(
        stack, "IsComplete", code, handler="index.is_complete", timeout=minute
    )
    allow_start(on_event, settings)
    allow(complete, [GET], settings.session_arn(stack))
    provider = cr.Provider(
        stack,
        "Provider",
        on_event_handler=on_event,
        is_complete_handler=complete,
        query_interval=cdk.Duration.seconds(POLL_SECONDS),
        total_timeout=cdk.Duration.minutes(30),
    )
    resource = cdk.CustomResource(
        stack,
        "Workstation",
        resource_type="Custom::StreamingSession",
        service_token=provider.service_token,
        properties=settings.properties,
    )
    return resource.get_att_string("Arn")
