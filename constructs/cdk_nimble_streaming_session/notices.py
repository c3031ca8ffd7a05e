"""Warnings about the settings of a provider."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from aws_cdk import Annotations, Stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam
    from constructs import IConstruct

    from cdk_waiter._private.template.infrastructure import Unknown

_PREFIX: Final = "cdk-nimble-streaming-session:"


def warn_of_stop_in_nested_stack(provider: IConstruct) -> None:
    """Say that a nested stack's deletion doesn't show whether all of the app goes."""
    Annotations.of(provider).add_warning_v2(
        _PREFIX + "stopInNestedStack",
        "on_delete is OnDelete.STOP in a nested stack. CloudFormation deletes a nested stack also "
        "when its parent's update fails or drops it, so a session may be stopped although it "
        "is still wanted. Put the session into the parent stack, or use OnDelete.RETAIN; if this "
        "is intended, acknowledge this warning",
    )


def warn_of_own_role(
    provider: IConstruct, documents: Sequence[iam.PolicyDocument], attached: Sequence[str]
) -> None:
    """Say what a role of your own must allow."""
    resolved = [Stack.of(provider).resolve(document) for document in documents]
    statements = [each for document in resolved if document for each in document["Statement"]]
    allowed = json.dumps(statements, sort_keys=True)
    also = f". Attach these policies as well: {', '.join(attached)}" if attached else ""
    Annotations.of(provider).add_warning_v2(
        _PREFIX + "ownRole",
        "role is one of your own, so nothing is granted to it. It must allow what "
        "policy_document and infrastructure_document hold, or requests fail with "
        f"AccessDenied: {allowed}{also}",
    )


def warn_of_other_role(provider: IConstruct) -> None:
    """Say that the function has a role that nothing is granted to."""
    Annotations.of(provider).add_warning_v2(
        _PREFIX + "otherRole",
        "The function's role was replaced by a property injector or an aspect, so nothing is "
        "granted to it. Give that role to StreamingSessionProvider as role=, and allow it what "
        "policy_document and infrastructure_document hold",
    )


def warn_of_unknown_settings(provider: IConstruct, settings: Sequence[Unknown]) -> None:
    """Say for which settings of the function something isn't granted to the role."""
    needed = "; ".join(
        f"{each.setting} needs {', '.join(each.actions) or 'what its guide lists'} on {each.on}"
        for each in settings
    )
    Annotations.of(provider).add_warning_v2(
        _PREFIX + "unknownSettings",
        "The function has settings from outside StreamingSessionProvider, and synthesis can't tell "
        f"all that its role must allow for them: {needed}. Allow it with "
        "provider.function.add_to_role_policy(...)",
    )


def warn_of_no_route(provider: IConstruct, missing: Sequence[str]) -> None:
    """Say what the function may not reach from its VPC."""
    Annotations.of(provider).add_warning_v2(
        _PREFIX + "noRoute",
        "The subnets of the function have no NAT for IPv4, and the app has no VPC endpoint "
        f"for {', '.join(missing)}. The function could not work without reaching these and "
        "the API's endpoint. Add a NAT gateway or these endpoints; where they exist "
        "outside this app, acknowledge this warning",
    )


def warn_of_unknown_routes(
    provider: IConstruct, subnets: Sequence[str], missing: Sequence[str]
) -> None:
    """Say that it isn't known what the function reaches from its VPC."""
    Annotations.of(provider).add_warning_v2(
        _PREFIX + "unknownRoutes",
        f"The app doesn't show the routes of these subnets of the function: {', '.join(subnets)}. "
        f"From there it must reach {', '.join(missing)} and the API's endpoint, by NAT for IPv4 or "
        "by VPC endpoints. Make sure of that, then acknowledge this warning",
    )
