"""The custom resource: properties as strings, its timeout, and its dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_waiter._private.tokens import is_token

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct, IDependable

_GRACE_SECONDS: Final = 60
_MAX_SERVICE_TIMEOUT_SECONDS: Final = 3600


def custom_resource(
    scope: Construct,
    resource_type: str,
    function: lambda_.IFunction,
    timeout: float,
    properties: Mapping[str, object],
    permissions: Sequence[IDependable],
) -> cdk.CustomResource:
    """Create the custom resource of a construct.

    Parameters
    ----------
    scope
        The construct.
    resource_type
        The CloudFormation type.
    function
        The function that answers its requests.
    timeout
        Maximum time of one request, in seconds; a token passes.
    properties
        Its properties, without those that are None.
    permissions
        Policies that must exist before the function is called.
    """
    resource = cdk.CustomResource(
        scope,
        "Resource",
        resource_type=resource_type,
        service_token=function.function_arn,
        service_timeout=service_timeout(timeout),
        properties={name: value for name, value in properties.items() if value is not None},
    )
    node = resource.node
    # apply_removal_policy and escape hatches act on the default child.
    scope.node.default_child = node.default_child
    if permissions:
        node.add_dependency(*permissions)
    return resource


def seconds(duration: cdk.Duration | None, default: int) -> float:
    """Return the number of seconds of a duration; without one, the default."""
    return default if duration is None else duration.to_seconds()


def digits(number: float) -> str:
    """Return a whole number as text; a token passes."""
    return cdk.Tokenization.stringify_number(number) if is_token(number) else str(int(number))


def service_timeout(timeout: float) -> cdk.Duration:
    """Return the time after which CloudFormation gives up: a minute after the timeout.

    Without it, CloudFormation would wait an hour for a function that died. For a timeout that is
    known only at deployment, return CloudFormation's maximum.
    """
    limit = _MAX_SERVICE_TIMEOUT_SECONDS if is_token(timeout) else timeout + _GRACE_SECONDS
    return cdk.Duration.seconds(limit)
