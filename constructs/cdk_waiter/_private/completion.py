"""Completes a provider once the app is final: its role, its dependencies, and its warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from constructs import IValidation

from cdk_waiter._private.network_warnings import warn_of_missing_routes
from cdk_waiter._private.setting_warnings import warn
from cdk_waiter._private.template import infrastructure, network
from cdk_waiter._private.template.nested import publish_again
from cdk_waiter._private.template.stack_graph import StackGraph, names, rendered

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from constructs import IConstruct

    from cdk_waiter._private.family import Family
    from cdk_waiter._private.permissions.function_permissions import FunctionPermissions
    from cdk_waiter._private.permissions.role import FunctionRole
    from cdk_waiter._private.served_resources import ServedResources


@jsii.implements(IValidation)
class Completion:
    """Adjusts the role and the dependencies to the final function.

    Injectors, aspects and overrides may change the function. The CDK validates the tree after all
    of them have run and references between stacks are resolved, but before it writes templates.

    Parameters
    ----------
    provider
        The provider.
    family
        The resources that it serves.
    function
        Its function.
    role
        The function's role.
    permissions
        The permissions that the function needs.
    log_group
        The provider's log group.
    served
        The resources that the function serves.
    vpc, subnets
        The VPC and the subnets that the provider was given.
    settle
        Adapts the family's own permissions to the final template of the stack.
    errors
        Returns the family's own reasons why the app can't be synthesised.
    """

    def __init__(
        self,
        provider: IConstruct,
        *,
        family: Family,
        function: lambda_.Function,
        role: FunctionRole,
        permissions: FunctionPermissions,
        log_group: logs.ILogGroup,
        served: ServedResources,
        vpc: ec2.IVpc | None,
        subnets: ec2.SubnetSelection | None,
        settle: Callable[[dict[str, Any]], None],
        errors: Callable[[], list[str]],
    ) -> None:
        self._provider = provider
        self._family = family
        self._function = function
        self._role = role
        self._permissions = permissions
        self._log_group = log_group
        self._served = served
        self._vpc = vpc
        self._subnets = subnets
        self._settle = settle
        self._errors = errors

    def validate(self) -> list[str]:
        """Complete the provider and return errors; part of ``IValidation``."""
        stack = cdk.Stack.of(self._provider)
        template = rendered(stack)
        self._settle(template)
        self._complete(stack, template)
        publish_again(stack, template)
        return self._errors()

    def _complete(self, stack: cdk.Stack, template: dict[str, Any]) -> None:
        resource = self._function.node.default_child
        assert isinstance(resource, cdk.aws_lambda.CfnFunction)  # noqa: S101 - for mypy
        function = stack.get_logical_id(resource)
        settings = template["Resources"][function]["Properties"]
        in_network = infrastructure.in_network(settings)
        if in_network:
            self._permissions.deny_network(self._function)
        log_group = self._log_group.log_group_name
        needs = infrastructure.derived(stack, template, function, log_group)
        self._role.complete(resource, needs, self._served)
        if settings["Role"] != stack.resolve(self._role.role.role_arn):
            self._warn_of_other_role()
        if not in_network and not self._role.has_additions:
            return
        graph = StackGraph(stack, template, self._family.resource_types)
        waiting = {name for name in graph.waiting if function in graph.edges(name)}
        waits: set[str] = set()
        if in_network:
            waits = self._complete_network(graph, resource, settings["VpcConfig"])
        waits |= self._role.order_additions(graph, function, needs.configs)
        for each in waiting:
            for name in waits - graph.edges(each):
                graph.add_dependency(each, name)

    def _complete_network(
        self, graph: StackGraph, resource: lambda_.CfnFunction, config: dict[str, Any]
    ) -> set[str]:
        placed = network.Placement(graph, resource, config, self._vpc, self._subnets)
        warn_of_missing_routes(self._provider, placed)
        function = graph.id_of(resource)
        return network.to_wait_for(graph, function, names(config) | placed.names)

    def _warn_of_other_role(self) -> None:
        warn(
            self._provider,
            "otherRole",
            "The function's role was replaced by a property injector or an aspect, so nothing is "
            f"granted to it. Give that role to {self._family.provider} as role=, and add the "
            "statements of policy_document and infrastructure_document to it",
        )
