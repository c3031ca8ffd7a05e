"""Permissions that every function needs, and the policy that grows with the resources it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_waiter._private.permissions.arn_budget import ArnBudget
from cdk_waiter._private.template import infrastructure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam, aws_lambda, aws_logs
    from constructs import Construct

    from cdk_waiter._private.permissions.arn_budget import ArnList
    from cdk_waiter._private.permissions.role import FunctionRole
    from cdk_waiter._private.served_resources import ServedResources

_DENY_LENGTH: Final = 410
"""Characters of the statement that denies the network, with the longest function ARN."""


class FunctionPermissions:
    """The actions that the function's own code calls.

    Parameters
    ----------
    scope
        The provider.
    role
        The role whose document to fill.
    served
        The resources that the function serves.

    Attributes
    ----------
    role
        The role.
    budget
        The room for ARNs in the role's policy.
    """

    def __init__(self, scope: Construct, role: FunctionRole, served: ServedResources) -> None:
        self._stack = cdk.Stack.of(scope)
        self._sids: set[str] = set()
        self.role = role
        self.budget = ArnBudget(role.room_for_resources, served)
        role.on_addition = self.budget.shrink

    def allow_itself(self, function: aws_lambda.IFunction, log_group: aws_logs.ILogGroup) -> None:
        """Allow writing the log, handing over a wait, and reading the state of its own stack."""
        self.allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], log_group.log_group_arn)
        self.allow("HandOver", ["lambda:InvokeFunction"], function.function_arn)
        self.allow("Stack", ["cloudformation:DescribeStacks"], self._stack.stack_id)

    def deny_network(self, function: aws_lambda.IFunction) -> None:
        """Deny the function's code the actions that Lambda uses for its VPC.

        Lambda's guide advises this.
        """
        if "Network" in self._sids:
            return
        self._sids.add("Network")
        deny = cdk.aws_iam.PolicyStatement(
            sid="Network",
            effect=cdk.aws_iam.Effect.DENY,
            actions=infrastructure.NETWORK,
            resources=["*"],
            # Calls with the credentials of the function's environment have this key. Calls that
            # Lambda itself makes with the role don't.
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": function.function_arn}},
        )
        self.role.report(deny)
        self.role.document.add_statements(deny)
        self.budget.shrink(_DENY_LENGTH)

    def allow(self, sid: str, actions: Sequence[str], resource: str) -> None:
        """Allow actions on a resource, once for each ``sid``."""
        if sid in self._sids:
            return
        self._sids.add(sid)
        self.role.report(statement(actions, resource))
        self.role.document.add_statements(statement(actions, resource, sid))

    def allow_each(
        self, sid: str, actions: Sequence[str], arns: ArnList, name: str, user: Construct
    ) -> None:
        """Allow actions on the resources of a list, and add one to it.

        Parameters
        ----------
        sid
            The statement's id.
        actions
            The actions.
        arns
            The list.
        name
            The name of the resource to add.
        user
            The construct that needs it; the resource leaves the list together with it.
        """
        arn = arns.add(name, user)
        if not self.role.has_policies:
            self.role.report(statement(actions, arn), user)
        if sid not in self._sids:
            self._sids.add(sid)
            self.role.document.add_statements(statement(actions, arns.token(), sid))


def statement(
    actions: Sequence[str], resource: str, sid: str | None = None
) -> aws_iam.PolicyStatement:
    """Return a statement that allows actions on a resource."""
    return cdk.aws_iam.PolicyStatement(sid=sid, actions=list(actions), resources=[resource])
