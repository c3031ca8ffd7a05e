"""The function behind the declared resources of a stack, and all its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.permissions import DeclaredPermissions
from cdk_waiter._private.declared.resource_types import RESOURCE_TYPES
from cdk_waiter._private.family import Family
from cdk_waiter.provider import FUNCTION_RULES, MEMORY_MIB, FunctionSettings, Provider

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aws_cdk as cdk
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_sqs as sqs
    from constructs import Construct, IDependable

    from cdk_waiter.call import AwsCall

FAMILY: Final = Family(
    provider="WaiterProvider",
    noun="resource",
    code=("waiter", "declared"),
    resource_types=RESOURCE_TYPES,
    function_description="Starts, runs and awaits the AWS resources that its stack declares",
    role_description="Starts, runs and awaits the AWS resources that this stack declares",
)


class WaiterProvider(Provider):
    """A Lambda function with its role, policy and log group, for the declared resources of a stack.

    A stack whose resources name no provider creates one with every default. Create one yourself to
    change its settings, or to give some resources a function and a role of their own: anyone who
    can invoke a function can make it use all permissions of its role.

    Parameters
    ----------
    scope, id
        The place in the construct tree. In another place it is another function, which
        CloudFormation refuses for deployed resources.
    architecture
        The function's processor. Default: arm64 if the stack's region is known to offer it or is
        unknown at synthesis, otherwise x86_64.
    memory_size
        The function's memory in MiB, 128 to 10,240. Default: 128.
    log_group
        An existing log group. Default: a new one.
    log_retention
        How long the new log group keeps its entries. Default: one month.
    log_removal_policy
        What deleting the stack does to the new log group. Default: it is deleted.
    log_encryption_key
        The key that encrypts the new log group. If this app owns the key, its policy is extended to
        allow CloudWatch Logs to use it. Default: CloudWatch Logs' own key.
    vpc
        The VPC that the function runs in. From there it must reach the services that it calls,
        CloudFormation and Lambda in its region, and S3, where CloudFormation receives the answer.
        Default: no VPC.
    vpc_subnets
        The subnets of ``vpc``; as in jsii, also a dictionary with the fields of
        ``aws_ec2.SubnetSelection``. Default: the private subnets.
    security_groups
        The function's security groups in ``vpc``. Default: a new one that allows all outbound
        traffic.
    role
        Your own role. Nothing is granted to it, and synthesis warns with the permissions that it
        needs: `policy_document` and `infrastructure_document`. Default: a new one.
    permissions_boundary
        The boundary of the new role. Default: the scope's boundary, if any.
    tracing
        Whether X-Ray traces the function. Default: no.
    reserved_concurrent_executions
        Maximum number of requests handled at a time, at least 1; each resource of a deployment is
        one. Further requests wait in Lambda's queue while their timeout runs. Default: the
        account's limit.
    environment_encryption
        The key that encrypts the function's environment. Default: Lambda's own key.
    dead_letter_queue
        Receives requests that the function failed to answer in three attempts; not a FIFO queue.
        It then holds ResponseURLs, which are credentials for some hours, so encrypt it. Default:
        none.

    Raises
    ------
    ValueError
        When arguments contradict each other or are invalid.
    TypeError
        When ``vpc_subnets`` or a number has the wrong type.
    """

    _namespace = "CdkWaiter"

    @rules.validated(scope=rules.scope, id=rules.construct_id, **FUNCTION_RULES)
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        architecture: lambda_.Architecture | None = None,
        memory_size: int = MEMORY_MIB,
        log_group: logs.ILogGroup | None = None,
        log_retention: logs.RetentionDays | None = None,
        log_removal_policy: cdk.RemovalPolicy | None = None,
        log_encryption_key: kms.IKey | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | dict[str, Any] | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        role: iam.IRole | None = None,
        permissions_boundary: iam.IManagedPolicy | None = None,
        tracing: lambda_.Tracing | None = None,
        reserved_concurrent_executions: int | None = None,
        environment_encryption: kms.IKey | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
    ) -> None:
        settings = FunctionSettings(
            architecture=architecture,
            memory_size=memory_size,
            log_group=log_group,
            log_retention=log_retention,
            log_removal_policy=log_removal_policy,
            log_encryption_key=log_encryption_key,
            vpc=vpc,
            # The rule has replaced a dictionary.
            vpc_subnets=cast("ec2.SubnetSelection | None", vpc_subnets),
            security_groups=security_groups,
            role=role,
            permissions_boundary=permissions_boundary,
            tracing=tracing,
            reserved_concurrent_executions=reserved_concurrent_executions,
            environment_encryption=environment_encryption,
            dead_letter_queue=dead_letter_queue,
        )
        super().__init__(scope, id, FAMILY, settings, {"RESOURCES": "declared"}, "SESSIONS")
        self._declared = DeclaredPermissions(self, self._role, self._served)

    def serve(
        self, resource: Construct, calls: Sequence[AwsCall], *, stops: bool, cancels: bool
    ) -> list[IDependable]:
        """Grant the function the permissions that a resource needs; each calls this itself.

        Parameters
        ----------
        resource
            The resource's construct.
        calls
            The calls that the function makes for it.
        stops, cancels
            What deleting the resource does.

        Returns
        -------
        list
            Constructs that must exist before the function is called.
        """
        self._served.add(resource, stops=stops)
        policies = self._declared.allow(resource, calls, on_delete=stops or cancels, lists=stops)
        return [*self._role.before_resources, *policies]

    def _settle(self, template: dict[str, Any]) -> None:
        self._declared.settle(template)

    def _errors(self) -> list[str]:
        return self._declared.errors(self)
