"""The function behind the sessions of a stack: one for all of them, and one more per endpoint."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from aws_cdk import Duration, RemovalPolicy, Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_nimble_streaming_session.asset import code
from cdk_nimble_streaming_session.permissions import Permissions

_ID: Final = "NimbleStreamingSessionProvider"

RUNTIME: Final = lambda_.Runtime.PYTHON_3_14
TIMEOUT: Final = Duration.minutes(15)
MEMORY_MIB: Final = 128


class StreamingSessionProvider(Construct):
    """A Lambda function with its role, policy and log group.

    Parameters
    ----------
    scope, id
        Where it stands in the tree.
    endpoint_url
        The API-compatible endpoint that the function talks to.
    """

    def __init__(self, scope: Construct, id: str, *, endpoint_url: str | None = None) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        log_group = logs.LogGroup(
            self,
            "Log",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Starts Nimble Studio streaming sessions for this stack",
        )
        # Not the role's default policy: the function waits for that one, which names the function.
        self._policy = iam.Policy(self, "Policy", roles=[role])
        self._function = lambda_.Function(
            self,
            "Function",
            description="Starts Nimble Studio streaming sessions and waits until they are READY",
            runtime=RUNTIME,
            handler="handler.handler",
            code=code(),
            role=role,
            timeout=TIMEOUT,
            memory_size=MEMORY_MIB,
            log_group=log_group,
            environment={"AWS_ENDPOINT_URL_NIMBLE": endpoint_url} if endpoint_url else None,
        )
        self._permissions = Permissions(self._policy)
        self._permissions.allow_itself(self._function, log_group)

    @classmethod
    def for_stack(cls, scope: Construct, endpoint_url: str | None) -> StreamingSessionProvider:
        """Return the provider that the sessions of a stack share, making it if need be."""
        stack = Stack.of(scope)
        name = _ID + _suffix(stack, endpoint_url)
        found = stack.node.try_find_child(name)
        if isinstance(found, cls):
            return found
        return cls(stack, name, endpoint_url=endpoint_url)

    @property
    def service_token(self) -> str:
        """The function's ARN, to which CloudFormation sends the requests."""
        return self._function.function_arn

    @property
    def permissions(self) -> Permissions:
        """What the function may do."""
        return self._permissions

    @property
    def policy(self) -> iam.Policy:
        """The policy that has to exist before the function is called."""
        return self._policy


def _suffix(stack: Stack, endpoint_url: str | None) -> str:
    if endpoint_url is None:
        return ""
    unresolved = Token.is_unresolved(endpoint_url)
    # A token prints a number that depends on the order of construction; what it stands for doesn't.
    text = json.dumps(stack.resolve(endpoint_url), sort_keys=True) if unresolved else endpoint_url
    return hashlib.sha256(text.encode()).hexdigest()[:8]
