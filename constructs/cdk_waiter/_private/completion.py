"""Settings of a provider that depend on the app as a whole, made when the app is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from constructs import IValidation

from cdk_nimble_streaming_session import notices
from cdk_waiter._private.template import infrastructure, network
from cdk_waiter._private.template.stack_graph import StackGraph, names, rendered

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from constructs import IConstruct

    from cdk_nimble_streaming_session._private.permissions import Permissions
    from cdk_waiter._private.permissions.role import FunctionRole
    from cdk_waiter._private.served import ServedSessions


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
    log_group
        The provider's log group.
    sessions
        The sessions that the function serves.
    vpc, selection
        The VPC and the subnets that the provider was given.
    """

    def __init__(
        self,
        provider: IConstruct,
        *,
        function: lambda_.Function,
        role: FunctionRole,
        permissions: Permissions,
        log_group: logs.ILogGroup,
        sessions: ServedSessions,
        vpc: ec2.IVpc | None,
        subnets: ec2.SubnetSelection | None,
    ) -> None:
        self._provider = provider
        self._function = function
        self._role = role
        self._permissions = permissions
        self._log_group = log_group
        self._sessions = sessions
        self._vpc = vpc
        self._subnets = subnets

    def validate(self) -> list[str]:
        """Complete the provider; part of jsii's ``IValidation``. There are no errors to return."""
        resource = self._function.node.default_child
        assert isinstance(resource, cdk.aws_lambda.CfnFunction)  # noqa: S101 - for mypy
        stack = cdk.Stack.of(self._provider)
        template = rendered(stack)
        function = stack.get_logical_id(resource)
        settings = template["Resources"][function]["Properties"]
        in_network = infrastructure.in_network(settings)
        if in_network:
            self._permissions.deny_network(self._function)
        log_group = self._log_group.log_group_name
        needs = infrastructure.derived(stack, template, function, log_group)
        self._role.complete(resource, needs, self._sessions)
        if settings["Role"] != stack.resolve(self._role.role.role_arn):
            notices.warn_of_other_role(self._provider)
        if not in_network and not self._role.has_additions:
            return []
        graph = StackGraph(stack, template)
        sessions = {name for name in graph.sessions if function in graph.edges(name)}
        waits: set[str] = set()
        if in_network:
            waits = self._complete_network(graph, resource, settings["VpcConfig"])
        waits |= self._role.order_additions(graph, function, needs.configs)
        for session in sessions:
            for name in waits - graph.edges(session):
                graph.add_dependency(session, name)
        return []

    def _complete_network(
        self, graph: StackGraph, resource: lambda_.CfnFunction, config: dict[str, Any]
    ) -> set[str]:
        placed = network.Placement(graph, resource, config, self._vpc, self._subnets)
        missing, unknown = network.unreachable(self._provider, placed)
        if missing and unknown:
            notices.warn_of_unknown_routes(self._provider, unknown, missing)
        elif missing:
            notices.warn_of_no_route(self._provider, missing)
        function = graph.id_of(resource)
        return network.to_wait_for(graph, function, names(config) | placed.names)
