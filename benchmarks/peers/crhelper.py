"""crhelper, which polls through EventBridge rules that it creates at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from peers.settings import GET, allow, allow_start

if TYPE_CHECKING:
    from peers.settings import Settings

# The statement from crhelper's documentation.
_POLLING = [
    "lambda:AddPermission",
    "lambda:RemovePermission",
    "events:PutRule",
    "events:DeleteRule",
    "events:PutTargets",
    "events:RemoveTargets",
]


def add(stack: cdk.Stack, settings: Settings) -> str:
    """Add the resource that starts the session; return its ARN."""
    function = settings.function(
        stack,
        "Function",
        "crhelper",
        handler="index.handler",
        timeout=cdk.Duration.minutes(1),
    )
    allow_start(function, settings)
    allow(function, [GET], settings.session_arn(stack))
    allow(function, _POLLING, "*")
    resource = cdk.CustomResource(
        stack,
        "Workstation",
        resource_type="Custom::StreamingSession",
        service_token=function.function_arn,
        properties=settings.properties,
    )
    return resource.get_att_string("Arn")
