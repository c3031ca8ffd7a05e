"""What synthesis does about a provider's settings once everything around it is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import jsii
from aws_cdk import Annotations, IAspect, Stack

from cdk_nimble_streaming_session import network

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from constructs import DependencyGroup, IConstruct

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


@jsii.implements(IAspect)
class RoleNotice:
    """Says what a role of one's own must allow."""

    def __init__(self, provider: IConstruct, *documents: iam.PolicyDocument) -> None:
        self._provider = provider
        self._documents = documents

    def visit(self, node: IConstruct) -> None:
        """Annotate the provider; part of jsii's ``IAspect``."""
        if node is not self._provider:
            return
        resolved = [Stack.of(node).resolve(document) for document in self._documents]
        statements = [each for document in resolved if document for each in document["Statement"]]
        allowed = json.dumps(statements, sort_keys=True)
        Annotations.of(node).add_warning_v2(
            _PREFIX + "ownRole",
            "role is one of your own, so nothing is granted to it. It must allow what "
            "policy_document and infrastructure_document hold, or requests fail with "
            f"AccessDenied: {allowed}",
        )


@jsii.implements(IAspect)
class NetworkNotice:
    """Says what the function may not reach from its VPC, and orders the endpoints that it may.

    Parameters
    ----------
    provider
        The provider.
    vpc, selection
        Where its function runs.
    first
        Takes the endpoints that have to exist as long as the sessions do.
    """

    def __init__(
        self,
        provider: IConstruct,
        vpc: ec2.IVpc,
        selection: ec2.SubnetSelection | None,
        first: DependencyGroup,
    ) -> None:
        self._provider = provider
        self._vpc = vpc
        self._selection = selection
        self._first = first

    def visit(self, node: IConstruct) -> None:
        """Annotate the provider; part of jsii's ``IAspect``."""
        if node is not self._provider:
            return
        stack = Stack.of(node)
        endpoints = network.endpoints(stack, self._vpc)
        self._first.add(*network.to_wait_for(stack, endpoints))
        missing = network.unreachable(stack, self._vpc, self._selection, endpoints)
        if missing:
            Annotations.of(node).add_warning_v2(
                _PREFIX + "noRoute",
                "The subnets of the function have no NAT for IPv4, and the app has no VPC endpoint "
                f"for {', '.join(missing)}. The function could not work without reaching these and "
                "the API's endpoint. Add a NAT gateway or these endpoints; where they exist "
                "outside this app, acknowledge this warning",
            )
