"""Warnings about settings that are valid, and still don't do what their author expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
import jsii

from cdk_nimble_streaming_session.notices import warn_of_stop_in_nested_stack
from cdk_waiter._private.validation import is_literal

if TYPE_CHECKING:
    from aws_cdk import aws_lambda, aws_logs
    from constructs import Construct, IConstruct

    from cdk_waiter._private.served import ServedSessions

PREFIX: Final = "cdk-nimble-streaming-session:"


def check_studio(session: Construct, studio_id: str) -> None:
    """Warn of a studio that the function doesn't find in the stack's region."""
    if not is_literal(studio_id):
        return
    region, separator, _ = studio_id.partition(":")
    own = cdk.Stack.of(session).region
    if not separator:
        _warn(
            session,
            "studioWithoutRegion",
            f"studio_id is '{studio_id}', without a region. The service's ids begin with it, as in "
            f"us-west-2:{studio_id}; without it the service answers ResourceNotFoundException",
        )
    elif region != own and not cdk.Token.is_unresolved(own):
        _warn(
            session,
            "studioInOtherRegion",
            f"studio_id is '{studio_id}', and the stack is in {own}. The function calls the "
            "service in the stack's own region and doesn't find a studio of another one there. "
            f"Deploy the stack to {region}",
        )


@jsii.implements(cdk.IAspect)
class SettingNotices:
    """Warns of a provider's settings, as they are when the app is synthesised.

    Parameters
    ----------
    provider
        The provider.
    function, log_group
        Its function and log group.
    endpoint_url
        The endpoint that it was given.
    sessions
        The sessions that the function serves.
    """

    def __init__(
        self,
        provider: IConstruct,
        function: aws_lambda.Function,
        log_group: aws_logs.ILogGroup,
        endpoint_url: str | None,
        sessions: ServedSessions,
    ) -> None:
        self._provider = provider
        self._function = function
        self._log_group = log_group
        self._endpoint_url = endpoint_url
        self._sessions = sessions

    def visit(self, node: IConstruct) -> None:
        """Annotate the provider; part of jsii's ``IAspect``."""
        if node is not self._provider:
            return
        # It is the first step of synthesis that reaches the provider.
        self._sessions.refresh()
        if self._sessions.all() and self._endpoint_url is None:
            self._warn_of_no_endpoint()
        if self._sessions.any_stops() and cdk.Stack.of(node).nested:
            warn_of_stop_in_nested_stack(self._provider)
        function = self._function.node.default_child
        if isinstance(function, cdk.aws_lambda.CfnFunction):
            self._check_concurrency(function.reserved_concurrent_executions)
        group = self._log_group.node.default_child
        infrequent = cdk.aws_logs.LogGroupClass.INFREQUENT_ACCESS.value
        if isinstance(group, cdk.aws_logs.CfnLogGroup) and group.log_group_class == infrequent:
            _warn(
                self._provider,
                "infrequentAccess",
                f"log_group {self._log_group.node.path} is of class INFREQUENT_ACCESS, from which "
                "CloudWatch extracts no metrics: metric_failures and the others stay empty, and "
                "an alarm on them never goes off. Use the class STANDARD",
            )

    def _warn_of_no_endpoint(self) -> None:
        _warn(
            self._provider,
            "noEndpoint",
            "endpoint_url is missing, so the function calls the AWS endpoint of Nimble Studio. "
            "AWS has closed the service: each request fails a minute after its first call. Set "
            "endpoint_url to an API-compatible endpoint; if the service's name leads to one in "
            "your network, acknowledge this warning",
        )

    def _check_concurrency(self, limit: object) -> None:
        needed = len(self._sessions.all())
        if isinstance(limit, int | float) and limit < needed:
            _warn(
                self._provider,
                "concurrency",
                f"reserved_concurrent_executions is {int(limit)}, and {needed} sessions use the "
                f"function. A deployment of them all handles {int(limit)} at a time; the others "
                "wait in Lambda's queue while their timeout runs, and those whose turn comes after "
                f"it fail without being started. Reserve {needed}, deploy fewer sessions at a "
                "time, or raise timeout",
            )


def _warn(construct: IConstruct, name: str, message: str) -> None:
    cdk.Annotations.of(construct).add_warning_v2(PREFIX + name, message)
