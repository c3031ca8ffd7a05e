"""The function behind the sessions of a stack, and everything that can be set about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import aws_cdk as cdk
import jsii
from constructs import Construct

from cdk_nimble_streaming_session._private.permissions import Permissions
from cdk_nimble_streaming_session.metrics import FunctionMetrics
from cdk_nimble_streaming_session.on_delete import OnDelete
from cdk_waiter._private import validation as rules
from cdk_waiter._private.completion import Completion
from cdk_waiter._private.function.architecture import default_architecture
from cdk_waiter._private.function.asset import code
from cdk_waiter._private.function.log_group import check as check_log_group
from cdk_waiter._private.function.log_group import log_group as log_group_of
from cdk_waiter._private.permissions.role import FunctionRole
from cdk_waiter._private.permissions.role import check as check_role
from cdk_waiter._private.served import ServedSessions
from cdk_waiter._private.setting_warnings import SettingNotices
from cdk_waiter._private.template import infrastructure, network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_sqs as sqs
    from constructs import IConstruct, IDependable

TIMEOUT_MINUTES: Final = 15
MEMORY_MIB: Final = 128
# Lambda's own.
MIN_MEMORY_MIB: Final = 128
MAX_MEMORY_MIB: Final = 10_240
# Beyond any account's; a larger one would lose digits on its way through jsii.
_MAX_CONCURRENCY: Final = 1_000_000


@jsii.implements(cdk.IStableStringProducer)
class _Number:
    """The number of members that a set has at synthesis."""

    def __init__(self, members: ServedSessions) -> None:
        self._members = members

    def produce(self) -> str:
        """Return it; part of jsii's ``IStableStringProducer``."""
        return str(len(self._members.all()))


class StreamingSessionProvider(FunctionMetrics, Construct):
    """A Lambda function with its role, policy and log group, for the sessions of one stack.

    A stack whose sessions name no provider makes one with every default. All sessions of a stack
    that talk to one endpoint share one.

    Parameters
    ----------
    scope, id
        Where it stands in the tree. Elsewhere it is another function, which CloudFormation refuses
        for sessions that are deployed; see docs/operations.md.
    endpoint_url
        The API-compatible endpoint that the function talks to. Default: the service's own, which
        AWS has closed.
    architecture
        The function's processor. Default: arm64, where the stack's region is known to have it or
        is not known at synthesis, else x86_64.
    memory_size
        The function's memory in MiB, 128 to 10,240. It waits most of the time. Default: 128.
    log_group
        A log group of one's own. Default: one is made.
    log_retention
        How long the made log group keeps the log. Default: a month.
    log_removal_policy
        What deleting the stack does to the made log group. Default: it is deleted.
    log_encryption_key
        The key that encrypts the made log group. Where this app owns the key, its policy is
        extended so that CloudWatch Logs may use it. Default: CloudWatch Logs' own.
    vpc
        Where the function runs. From there it has to reach the endpoint, CloudFormation and Lambda
        in its region, and S3, where CloudFormation takes the answer; synthesis warns where it sees
        no way. The sessions wait for the endpoints, rules and routes of their own stack; where
        those are another stack's, ``session.node.add_dependency(endpoint)`` keeps that stack until
        the session is answered. Default: in no VPC.
    vpc_subnets
        The subnets of ``vpc``; like jsii, it also takes a dictionary of what
        ``aws_ec2.SubnetSelection`` takes. Default: its private ones.
    security_groups
        The function's security groups in ``vpc``. Default: one is made that allows all outbound.
    role
        A role of one's own. Nothing is granted to it, and synthesis warns with what it must allow:
        `policy_document` and `infrastructure_document`. Default: one is made, as far as
        `iam.Role.customize_roles` lets it.
    permissions_boundary
        The boundary of the made role. Default: the one of the scope, if any.
    tracing
        Whether X-Ray traces the function. Default: no.
    reserved_concurrent_executions
        How many requests are handled at a time, at least 1; each session of a deployment is one.
        More of them wait in Lambda's queue while their time runs. Default: whatever the account has
        left.
    environment_encryption
        The key that encrypts the function's environment, which holds only the endpoint's URL and
        the number of sessions. Default: Lambda's own.
    dead_letter_queue
        Takes requests that the function could not answer in three tries; no FIFO queue. It then
        holds ResponseURLs, which are credentials for some hours: encrypt it. Default: none.

    Raises
    ------
    ValueError
        When arguments contradict each other or can't be right.
    TypeError
        When ``vpc_subnets`` or a number is of another type.
    """

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        endpoint_url=rules.optional(rules.endpoint_url),
        architecture=rules.optional(rules.member("aws_lambda.Architecture")),
        memory_size=rules.number(MIN_MEMORY_MIB, MAX_MEMORY_MIB),
        log_group=rules.optional(rules.implementing("aws_logs.ILogGroup", "log_group_arn")),
        log_retention=rules.optional(rules.member("aws_logs.RetentionDays")),
        log_removal_policy=rules.optional(rules.member("RemovalPolicy")),
        log_encryption_key=rules.optional(rules.implementing("aws_kms.IKey", "key_arn")),
        vpc=rules.optional(rules.implementing("aws_ec2.IVpc", "vpc_id")),
        vpc_subnets=rules.optional(network.subnet_selection),
        security_groups=rules.optional(
            rules.sequence(rules.implementing("aws_ec2.ISecurityGroup", "security_group_id"))
        ),
        role=rules.optional(rules.implementing("aws_iam.IRole", "role_arn")),
        permissions_boundary=rules.optional(
            rules.implementing("aws_iam.IManagedPolicy", "managed_policy_arn")
        ),
        tracing=rules.optional(rules.member("aws_lambda.Tracing")),
        # With 0 no request would ever be answered.
        reserved_concurrent_executions=rules.optional(rules.number(1, _MAX_CONCURRENCY)),
        environment_encryption=rules.optional(rules.implementing("aws_kms.IKey", "key_arn")),
        dead_letter_queue=rules.optional(rules.standard_queue),
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the name that every construct gives it
        *,
        endpoint_url: str | None = None,
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
        network.check(vpc, vpc_subnets, security_groups)
        check_log_group(log_group, log_retention, log_removal_policy, log_encryption_key)
        check_role(role, permissions_boundary)
        super().__init__(scope, id)
        self._endpoint_url = endpoint_url
        self._sessions = ServedSessions()
        # The rule has made it of a dictionary.
        subnets = cast("ec2.SubnetSelection | None", vpc_subnets)
        stack = cdk.Stack.of(self)
        self._log_group = log_group_of(
            self, log_group, log_retention, log_removal_policy, log_encryption_key
        )
        traced = tracing not in (None, cdk.aws_lambda.Tracing.DISABLED)
        needed = infrastructure.statements(
            vpc=vpc is not None, tracing=traced, dead_letter_queue=dead_letter_queue
        )
        self._role = FunctionRole(self, role, permissions_boundary, needed)
        self._before_sessions: list[IDependable] = list(self._role.before_sessions)
        self._function = cdk.aws_lambda.Function(
            self,
            "Function",
            description="Starts Nimble Studio streaming sessions and waits until they are READY",
            runtime=cdk.aws_lambda.Runtime.PYTHON_3_14,
            architecture=architecture or default_architecture(stack),
            handler="handler.handler",
            code=code(self),
            role=self._role.for_function(),
            timeout=cdk.Duration.minutes(TIMEOUT_MINUTES),
            memory_size=memory_size,
            log_group=self._log_group,
            environment={
                **({"AWS_ENDPOINT_URL_NIMBLE": endpoint_url} if endpoint_url else {}),
                # A property of the resource would update every session when one is added.
                "SESSIONS": cdk.Lazy.string(_Number(self._sessions)),
            },
            environment_encryption=environment_encryption,
            vpc=vpc,
            vpc_subnets=subnets,
            security_groups=security_groups,
            tracing=tracing,
            reserved_concurrent_executions=reserved_concurrent_executions,
            dead_letter_queue=dead_letter_queue,
        )
        self._function.node.add_dependency(*self._role.before_function)
        cdk.Aspects.of(self).add(
            SettingNotices(self, self._function, self._log_group, endpoint_url, self._sessions)
        )
        self._permissions = Permissions(self, self._role, self._sessions)
        self._permissions.allow_itself(self._function, self._log_group)
        if vpc is not None:
            self._permissions.deny_network(self._function)
        self.node.add_validation(
            Completion(
                self,
                function=self._function,
                role=self._role,
                permissions=self._permissions,
                log_group=self._log_group,
                sessions=self._sessions,
                vpc=vpc,
                subnets=subnets,
            )
        )

    @property
    def endpoint_url(self) -> str | None:
        """The endpoint that the function talks to; None for the service's own."""
        return self._endpoint_url

    @property
    def function(self) -> lambda_.Function:
        """The function.

        A grant to it, as in ``bucket.grant_read(provider.function)``, reaches the role. With a
        role of your own it adds to the warning of what that role must allow.
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
        """What the function calls; it grows with the sessions that use the function.

        With a role of one's own it is for a policy of one's own, which must exist before the
        sessions: ``session.node.add_dependency(policy)``. It names the function.
        """
        return self._role.document

    @property
    def infrastructure_document(self) -> iam.PolicyDocument:
        """What Lambda needs of the role for settings such as ``vpc`` and ``dead_letter_queue``.

        That holds for settings that injectors, aspects or overrides give the function, too; these
        are known only at synthesis.

        With a role of one's own it is for a policy of one's own, which must exist before the
        function: ``provider.function.node.add_dependency(policy)``.
        """
        return self._role.infrastructure

    @rules.validated(
        session=rules.scope,
        session_id=rules.identifier,
        backup_id=rules.optional(rules.identifier),
        on_delete=rules.member("OnDelete", OnDelete),
        allow_restart=rules.boolean,
    )
    def serve(
        self,
        session: Construct,
        session_id: str,
        backup_id: str | None,
        *,
        on_delete: OnDelete,
        allow_restart: bool,
    ) -> list[IDependable]:
        """Allow the function what a session needs; a session calls this itself.

        Returns
        -------
        list
            What has to exist before the function is called.
        """
        stops = on_delete is OnDelete.STOP
        self._sessions.add(session, stops=stops)
        policies = self._permissions.allow_session(
            session, session_id, backup_id, stops=stops, restarts=allow_restart
        )
        return [*self._before_sessions, *policies]

    def _metered(self) -> tuple[IConstruct, str]:
        return self._function, self._function.function_name
