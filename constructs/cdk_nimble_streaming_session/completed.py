"""Settings of a provider that depend on the app as a whole, made when the app is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from constructs import IValidation

from cdk_nimble_streaming_session import network, notices
from cdk_nimble_streaming_session.stack_graph import StackGraph, names

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_lambda as lambda_
    from constructs import IConstruct

    from cdk_nimble_streaming_session.permissions import Permissions
    from cdk_nimble_streaming_session.role import FunctionRole


@jsii.implements(IValidation)
class Completion:
    """Adjusts role and dependencies to the function that others may have changed.

    The CDK validates the tree after all aspects have run and after it has resolved the references
    between stacks, and before it writes a template: only then is the function what it will be.

    Parameters
    ----------
    provider
        The provider.
    function
        Its function.
    role
        The function's role.
    permissions
        The actions that the function calls.
    vpc, selection
        The VPC and the subnets that the provider was given.
    """

    def __init__(
        self,
        provider: IConstruct,
        function: lambda_.Function,
        role: FunctionRole,
        permissions: Permissions,
        vpc: ec2.IVpc | None,
        selection: ec2.SubnetSelection | None,
    ) -> None:
        self._provider = provider
        self._function = function
        self._role = role
        self._permissions = permissions
        self._vpc = vpc
        self._selection = selection

    def validate(self) -> list[str]:
        """Complete the provider; part of jsii's ``IValidation``. There are no errors to return."""
        resource = self._function.node.default_child
        assert isinstance(resource, cdk.aws_lambda.CfnFunction)  # noqa: S101 - for mypy
        settings = dict(resource._cfn_properties)  # noqa: SLF001 - all of them in one call
        vpc = _of(settings.get("vpcConfig"))
        if vpc:
            self._permissions.deny_network(self._function)
        self._role.complete(resource, settings)
        if not vpc and not self._role.has_additions:
            return []
        graph = StackGraph(cdk.Stack.of(self._provider))
        function = graph.id_of(resource)
        sessions = {name for name in graph.sessions if function in graph.edges(name)}
        waits: set[str] = set()
        if vpc:
            waits = self._complete_network(graph, function, vpc)
        waits |= self._role.order_additions(graph, function)
        for session in sessions:
            for name in waits - graph.edges(session):
                graph.add_dependency(session, name)
        return []

    def _complete_network(self, graph: StackGraph, function: str, vpc: dict[str, Any]) -> set[str]:
        missing = network.unreachable(
            self._provider, self._vpc, self._selection, _list(vpc.get("subnetIds"))
        )
        if missing:
            notices.warn_of_no_route(self._provider, missing)
        stack = cdk.Stack.of(self._provider)
        given = names(stack.resolve(vpc))
        if self._vpc is not None:
            given |= network.names_of(stack, self._vpc.vpc_id)
        return network.to_wait_for(graph, function, given)


def _of(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
