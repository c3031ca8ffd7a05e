"""What the function may do: only what the properties in use need, on the sessions of the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_nimble_streaming_session._private import arns
from cdk_nimble_streaming_session.grants import DEPENDENT_ACTIONS
from cdk_waiter._private.permissions.arn_budget import ResourceLists
from cdk_waiter._private.permissions.stop_policies import StopPolicies
from cdk_waiter._private.template import infrastructure

if TYPE_CHECKING:
    from aws_cdk import aws_iam, aws_lambda, aws_logs
    from constructs import Construct, IDependable

    from cdk_waiter._private.permissions.arn_budget import ResourceList
    from cdk_waiter._private.permissions.role import FunctionRole
    from cdk_waiter._private.served import ServedSessions

_GET: Final = "nimble:GetStreamingSession"
_START: Final = "nimble:StartStreamingSession"
_STOP: Final = "nimble:StopStreamingSession"
_LIST: Final = "cloudformation:ListStackResources"
_DENIED: Final = 410
"""Characters of the statement that denies the network, with the longest ARN of a function."""


class Permissions:
    """The actions that the function calls, in one policy that grows with the sessions.

    A session that is stopped on Delete has a policy of its own beside it, where the role is made
    here. Dependent actions and resource types are those of the service authorization reference.

    Parameters
    ----------
    scope
        The provider, in the stack of the sessions.
    role
        The role whose document to fill.
    sessions
        The sessions that the function serves.
    """

    def __init__(self, scope: Construct, role: FunctionRole, sessions: ServedSessions) -> None:
        self._stack = stack = cdk.Stack.of(scope)
        self._role = role
        self._sids: set[str] = set()
        lists = ResourceLists(stack, role.room_for_resources, sessions)
        self._lists = lists
        self._backups = lists.make(arns.BACKUP)
        self._kept = lists.make(arns.SESSION)
        self._stopped = lists.make(arns.SESSION)
        role.on_addition = self._leave
        self._stop_policies: StopPolicies | None = None
        if role.has_policies:
            actions, shared = [_GET, _START, _STOP], self._needed_to_stop
            self._stop_policies = StopPolicies(scope, role.role, lists, sessions, actions, shared)

    def allow_itself(self, function: aws_lambda.IFunction, log_group: aws_logs.ILogGroup) -> None:
        """Allow writing the log, handing a wait over, and reading the state of its own stack."""
        self._allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], log_group.log_group_arn)
        self._allow("HandOver", ["lambda:InvokeFunction"], function.function_arn)
        self._allow("Stack", ["cloudformation:DescribeStacks"], self._stack.stack_id)

    def deny_network(self, function: aws_lambda.IFunction) -> None:
        """Deny the function's own code what Lambda does for its VPC, as Lambda's guide advises."""
        if "Network" in self._sids:
            return
        self._sids.add("Network")
        deny = cdk.aws_iam.PolicyStatement(
            sid="Network",
            effect=cdk.aws_iam.Effect.DENY,
            actions=infrastructure.NETWORK,
            resources=["*"],
            # Calls with the credentials of the function's environment have this key; those that
            # Lambda itself makes with the role don't.
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": function.function_arn}},
        )
        self._role.report(deny)
        self._role.document.add_statements(deny)
        self._leave(_DENIED)

    def _leave(self, characters: int) -> None:
        """Leave room in the role's policies for something else."""
        self._lists.leave(characters)
        if self._stop_policies is not None:
            self._stop_policies.settle()

    def allow_session(
        self,
        session: Construct,
        session_id: str,
        backup_id: str | None,
        *,
        stops: bool,
        restarts: bool,
    ) -> list[IDependable]:
        """Allow reading and starting a session, and stopping it on Delete or to restore a backup.

        What is allowed leaves the role again with the session's construct.

        Returns
        -------
        list
            The policies that have to stay as long as the session's resource.
        """
        policies: list[IDependable] = []
        if stops and self._stop_policies is not None:
            policies = self._stop_policies.allow(session, session_id)
        elif stops or restarts:
            self._allow_each(
                "StartAndStop", [_GET, _START, _STOP], self._stopped, session_id, session
            )
            self._allow("Holders", [_LIST], self._stack.stack_id)
        else:
            self._allow_each("Start", [_GET, _START], self._kept, session_id, session)
        self._allow("LaunchProfile", DEPENDENT_ACTIONS[_START], self._launch_profile())
        if backup_id is not None:
            self._allow_each("Restore", [_START], self._backups, backup_id, session)
        return policies

    def _needed_to_stop(self) -> list[aws_iam.PolicyStatement]:
        """Return the statements beside those on the session itself."""
        return [
            _statement([_LIST], self._stack.stack_id, "Holders"),
            _statement(DEPENDENT_ACTIONS[_STOP], self._launch_profile(), "LaunchProfile"),
        ]

    def _launch_profile(self) -> str:
        return arns.arn(self._stack, "launch-profile", arns.ANY_LAUNCH_PROFILE)

    def _allow(self, sid: str, actions: list[str], resource: str) -> None:
        if sid in self._sids:
            return
        self._sids.add(sid)
        self._role.report(_statement(actions, resource))
        self._add(sid, actions, resource)

    def _allow_each(
        self, sid: str, actions: list[str], each: ResourceList, name: str, user: Construct
    ) -> None:
        self._role.report(_statement(actions, each.add(name, user)), user)
        if sid not in self._sids:
            self._sids.add(sid)
            self._add(sid, actions, each.token())

    def _add(self, sid: str, actions: list[str], resource: str) -> None:
        self._role.document.add_statements(_statement(actions, resource, sid))


def _statement(
    actions: list[str], resource: str, sid: str | None = None
) -> aws_iam.PolicyStatement:
    return cdk.aws_iam.PolicyStatement(sid=sid, actions=actions, resources=[resource])
