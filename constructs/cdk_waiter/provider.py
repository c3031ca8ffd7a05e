"""The function behind the resources of a stack, with its role, policy and log group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk
from constructs import Construct

from cdk_waiter._private import validation as rules
from cdk_waiter._private.completion import Completion
from cdk_waiter._private.function import log_group as log_groups
from cdk_waiter._private.function.architecture import default_architecture
from cdk_waiter._private.function.asset import code
from cdk_waiter._private.metrics import FunctionMetrics
from cdk_waiter._private.permissions import role as roles
from cdk_waiter._private.permissions.function_permissions import FunctionPermissions
from cdk_waiter._private.permissions.role import FunctionRole
from cdk_waiter._private.served_resources import ServedResources
from cdk_waiter._private.setting_warnings import SettingWarnings
from cdk_waiter._private.template import infrastructure, network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_sqs as sqs
    from constructs import IConstruct

    from cdk_waiter._private.family import Family

TIMEOUT_MINUTES: Final = 15
MEMORY_MIB: Final = 128
# Lambda's limits.
MIN_MEMORY_MIB: Final = 128
MAX_MEMORY_MIB: Final = 10_240
# Beyond any account's limit; a larger number would lose digits on its way through jsii.
_MAX_CONCURRENCY: Final = 1_000_000

FUNCTION_RULES: Final[dict[str, rules.Rule]] = {
    "architecture": rules.optional(rules.member("aws_lambda.Architecture")),
    "memory_size": rules.number(MIN_MEMORY_MIB, MAX_MEMORY_MIB),
    "log_group": rules.optional(rules.implementing("aws_logs.ILogGroup", "log_group_arn")),
    "log_retention": rules.optional(rules.member("aws_logs.RetentionDays")),
    "log_removal_policy": rules.optional(rules.member("RemovalPolicy")),
    "log_encryption_key": rules.optional(rules.implementing("aws_kms.IKey", "key_arn")),
    "vpc": rules.optional(rules.implementing("aws_ec2.IVpc", "vpc_id")),
    "vpc_subnets": rules.optional(network.subnet_selection),
    "security_groups": rules.optional(
        rules.sequence(rules.implementing("aws_ec2.ISecurityGroup", "security_group_id"))
    ),
    "role": rules.optional(rules.implementing("aws_iam.IRole", "role_arn")),
    "permissions_boundary": rules.optional(
        rules.implementing("aws_iam.IManagedPolicy", "managed_policy_arn")
    ),
    "tracing": rules.optional(rules.member("aws_lambda.Tracing")),
    # With 0 no request would ever be answered.
    "reserved_concurrent_executions": rules.optional(rules.number(1, _MAX_CONCURRENCY)),
    "environment_encryption": rules.optional(rules.implementing("aws_kms.IKey", "key_arn")),
    "dead_letter_queue": rules.optional(rules.standard_queue),
}
"""The rules for `FunctionSettings`."""


@dataclass(frozen=True)
class FunctionSettings:
    """Settings of the function; for their meanings see ``StreamingSessionProvider``."""

    architecture: lambda_.Architecture | None = None
    memory_size: int = MEMORY_MIB
    log_group: logs.ILogGroup | None = None
    log_retention: logs.RetentionDays | None = None
    log_removal_policy: cdk.RemovalPolicy | None = None
    log_encryption_key: kms.IKey | None = None
    vpc: ec2.IVpc | None = None
    vpc_subnets: ec2.SubnetSelection | None = None
    security_groups: Sequence[ec2.ISecurityGroup] | None = None
    role: iam.IRole | None = None
    permissions_boundary: iam.IManagedPolicy | None = None
    tracing: lambda_.Tracing | None = None
    reserved_concurrent_executions: int | None = None
    environment_encryption: kms.IKey | None = None
    dead_letter_queue: sqs.IQueue | None = None


class Provider(FunctionMetrics, Construct):
    """A Lambda function with its role, policy and log group, for one family of resources.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    family
        The resources that the function serves.
    settings
        Settings of the function.
    environment
        Environment variables.
    count
        The name of the environment variable that holds the number of resources.

    Raises
    ------
    ValueError
        When settings contradict each other.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        family: Family,
        settings: FunctionSettings,
        environment: dict[str, str],
        count: str,
    ) -> None:
        network.check(settings.vpc, settings.vpc_subnets, settings.security_groups)
        logging = (
            settings.log_group,
            settings.log_retention,
            settings.log_removal_policy,
            settings.log_encryption_key,
        )
        log_groups.check(*logging)
        roles.check(settings.role, settings.permissions_boundary)
        super().__init__(scope, id)
        self._served = ServedResources()
        self._log_group = log_groups.log_group(self, *logging)
        traced = settings.tracing not in (None, cdk.aws_lambda.Tracing.DISABLED)
        needed = infrastructure.statements(
            vpc=settings.vpc is not None,
            tracing=traced,
            dead_letter_queue=settings.dead_letter_queue,
        )
        self._role = FunctionRole(
            self, family, settings.role, settings.permissions_boundary, needed
        )
        self._function = cdk.aws_lambda.Function(
            self,
            "Function",
            description=family.function_description,
            runtime=cdk.aws_lambda.Runtime.PYTHON_3_14,
            architecture=settings.architecture or default_architecture(cdk.Stack.of(self)),
            handler="handler.handler",
            code=code(self, family.code),
            role=self._role.for_function(),
            timeout=cdk.Duration.minutes(TIMEOUT_MINUTES),
            memory_size=settings.memory_size,
            log_group=self._log_group,
            # As a property of the resources, the number would update all of them when one is added.
            environment={**environment, count: cdk.Lazy.string(self._served)},
            environment_encryption=settings.environment_encryption,
            vpc=settings.vpc,
            vpc_subnets=settings.vpc_subnets,
            security_groups=settings.security_groups,
            tracing=settings.tracing,
            reserved_concurrent_executions=settings.reserved_concurrent_executions,
            dead_letter_queue=settings.dead_letter_queue,
        )
        self._function.node.add_dependency(*self._role.before_function)
        cdk.Aspects.of(self).add(
            SettingWarnings(
                self, family, self._function, self._log_group, self._served, self._add_warnings
            )
        )
        self._permissions = FunctionPermissions(self, self._role, self._served)
        self._permissions.allow_itself(self._function, self._log_group)
        if settings.vpc is not None:
            self._permissions.deny_network(self._function)
        self.node.add_validation(
            Completion(
                self,
                family=family,
                function=self._function,
                role=self._role,
                permissions=self._permissions,
                log_group=self._log_group,
                served=self._served,
                vpc=settings.vpc,
                subnets=settings.vpc_subnets,
                settle=self._settle,
                errors=self._errors,
            )
        )

    @property
    def function(self) -> lambda_.Function:
        """The function.

        A grant to it, as in ``bucket.grant_read(provider.function)``, reaches the role. If you pass
        your own role, the grant is added to the warning that lists what that role must allow.
        """
        return self._function

    @property
    def log_group(self) -> logs.ILogGroup:
        """The function's log group."""
        return self._log_group

    @property
    def role(self) -> iam.IRole:
        """The function's role."""
        return self._role.role

    @property
    def policy_document(self) -> iam.PolicyDocument:
        """Permissions for the function's own calls; they grow with the resources it serves.

        If you pass your own role, put them into a policy that exists before the resources:
        ``session.node.add_dependency(policy)``. They name the function.
        """
        return self._role.document

    @property
    def infrastructure_document(self) -> iam.PolicyDocument:
        """Permissions that Lambda needs for settings such as ``vpc`` and ``dead_letter_queue``.

        They include settings that injectors, aspects or overrides give the function; those are
        known only at synthesis.

        If you pass your own role, put them into a policy that exists before the function:
        ``provider.function.node.add_dependency(policy)``.
        """
        return self._role.infrastructure

    def _add_warnings(self) -> None:
        """Add the family's own warnings at synthesis."""

    def _settle(self, template: dict[str, Any]) -> None:
        """Adapt the family's own permissions to the final template of the stack."""

    def _errors(self) -> list[str]:
        """Return the family's own reasons why the app can't be synthesised."""
        return []

    def _metered(self) -> tuple[IConstruct, str]:
        return self._function, self._function.function_name
