"""The function behind the sessions of a stack, and all its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from cdk_nimble_streaming_session._private.permissions import SessionPermissions
from cdk_nimble_streaming_session._private.validation import identifier
from cdk_nimble_streaming_session.metrics import SessionMetrics
from cdk_nimble_streaming_session.on_delete import OnDelete
from cdk_waiter._private import validation as rules
from cdk_waiter._private.family import Family
from cdk_waiter._private.setting_warnings import warn
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

RESOURCE_TYPE: Final = "Custom::NimbleStreamingSession"
FAMILY: Final = Family(
    provider="StreamingSessionProvider",
    noun="session",
    code=("waiter", "streaming_session"),
    resource_types=frozenset({RESOURCE_TYPE}),
    function_description="Starts Nimble Studio streaming sessions and waits until they are READY",
    role_description="Starts Nimble Studio streaming sessions for this stack",
)


class StreamingSessionProvider(SessionMetrics, Provider):
    """A Lambda function with its role, policy and log group, for the sessions of one stack.

    A stack whose sessions name no provider creates one with every default. All sessions of a stack
    that talk to the same endpoint share one.

    Parameters
    ----------
    scope, id
        The place in the construct tree. In another place it is another function, which
        CloudFormation refuses for deployed sessions; see docs/operations.md.
    endpoint_url
        The API-compatible endpoint that the function talks to. Default: AWS's endpoint of the
        service, which AWS has closed.
    architecture
        The function's processor. Default: arm64 if the stack's region is known to offer it or is
        unknown at synthesis, otherwise x86_64.
    memory_size
        The function's memory in MiB, 128 to 10,240. The function spends most of its time waiting.
        Default: 128.
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
        The VPC that the function runs in. From there it must reach the endpoint, CloudFormation
        and Lambda in its region, and S3, where CloudFormation receives the answer; synthesis warns
        if it finds no route. The sessions wait for the endpoints, rules and routes of their own
        stack. If those belong to another stack, ``session.node.add_dependency(endpoint)`` keeps
        that stack until the session is answered. Default: no VPC.
    vpc_subnets
        The subnets of ``vpc``; as in jsii, also a dictionary with the fields of
        ``aws_ec2.SubnetSelection``. Default: the private subnets.
    security_groups
        The function's security groups in ``vpc``. Default: a new one that allows all outbound
        traffic.
    role
        Your own role. Nothing is granted to it, and synthesis warns with the permissions that it
        needs: `policy_document` and `infrastructure_document`. Default: a new one, unless
        `iam.Role.customize_roles` prevents it.
    permissions_boundary
        The boundary of the new role. Default: the scope's boundary, if any.
    tracing
        Whether X-Ray traces the function. Default: no.
    reserved_concurrent_executions
        Maximum number of requests handled at a time, at least 1; each session of a deployment is
        one. Further requests wait in Lambda's queue while their timeout runs. Default: the
        account's unreserved concurrency.
    environment_encryption
        The key that encrypts the function's environment, which holds only the endpoint's URL and
        the number of sessions. Default: Lambda's own key.
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

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        endpoint_url=rules.optional(rules.endpoint_url),
        **FUNCTION_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
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
        self._endpoint_url = endpoint_url
        settings = FunctionSettings(
            architecture=architecture,
            memory_size=memory_size,
            log_group=log_group,
            log_retention=log_retention,
            log_removal_policy=log_removal_policy,
            log_encryption_key=log_encryption_key,
            vpc=vpc,
            # The rule has already turned a dictionary into one.
            vpc_subnets=cast("ec2.SubnetSelection | None", vpc_subnets),
            security_groups=security_groups,
            role=role,
            permissions_boundary=permissions_boundary,
            tracing=tracing,
            reserved_concurrent_executions=reserved_concurrent_executions,
            environment_encryption=environment_encryption,
            dead_letter_queue=dead_letter_queue,
        )
        environment = {"AWS_ENDPOINT_URL_NIMBLE": endpoint_url} if endpoint_url else {}
        super().__init__(scope, id, FAMILY, settings, environment, "SESSIONS")
        self._session_permissions = SessionPermissions(self, self._permissions, self._served)

    @property
    def endpoint_url(self) -> str | None:
        """The endpoint that the function talks to; None for AWS's endpoint of the service."""
        return self._endpoint_url

    @rules.validated(
        session=rules.scope,
        session_id=identifier,
        backup_id=rules.optional(identifier),
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
        """Grant the function the permissions that a session needs; each session calls this itself.

        Returns
        -------
        list
            Constructs that must exist before the function is called.
        """
        stops = on_delete is OnDelete.STOP
        self._served.add(session, stops=stops)
        policies = self._session_permissions.allow_session(
            session, session_id, backup_id, stops=stops, restarts=allow_restart
        )
        return [*self._role.before_resources, *policies]

    def _add_warnings(self) -> None:
        if self._served.all() and self._endpoint_url is None:
            warn(
                self,
                "noEndpoint",
                "endpoint_url is missing, so the function calls the AWS endpoint of Nimble Studio. "
                "AWS has closed the service: each request fails a minute after its first call. Set "
                "endpoint_url to an API-compatible endpoint; if the service's name leads to one in "
                "your network, acknowledge this warning",
            )
