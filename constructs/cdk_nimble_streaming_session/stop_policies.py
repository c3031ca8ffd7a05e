"""Permissions to stop that outlive the sessions they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import aws_iam as iam
from constructs import DependencyGroup

from cdk_nimble_streaming_session import arns
from cdk_nimble_streaming_session.resource_lists import PREFIX_LENGTH, digest, name_length
from cdk_nimble_streaming_session.role_policy import RolePolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_cdk import Stack
    from constructs import Construct, IDependable

    from cdk_nimble_streaming_session.resource_lists import ResourceLists

_OVERHEAD: Final = 172
"""Characters of a session's policy without the ARN."""


class StopPolicies:
    """One policy for each session that is stopped on Delete, as long as the role has room for them.

    CloudFormation updates a policy before it deletes what an update removed or replaced, so a
    shared list has lost the session by then. A policy of the session's own leaves the template
    together with the session, and goes after it because the session depends on it. Two generations
    exist side by side during such an update, so each counts twice. Beyond that, one policy with a
    pattern takes their place; it leaves the stack in the same order.

    Parameters
    ----------
    scope
        The provider.
    stack
        Its stack.
    role
        The role that was made for the function.
    lists
        The lists that share the role's room.
    actions
        Actions on each session.
    shared
        Returns the statements that each of these sessions needs, which name no session.
    """

    def __init__(
        self,
        scope: Construct,
        stack: Stack,
        role: iam.IRole,
        lists: ResourceLists,
        actions: Sequence[str],
        shared: Callable[[], list[iam.PolicyStatement]],
    ) -> None:
        self._scope = scope
        self._stack = stack
        self._role = role
        self._lists = lists
        self._actions = list(actions)
        self._shared = shared
        self._common: list[RolePolicy] = []
        self._any = DependencyGroup()
        self._is_exact = True
        self._own: dict[str, RolePolicy] = {}

    def allow(self, session_id: str) -> list[IDependable]:
        """Allow a session to be read, started and stopped; return what it has to depend on."""
        if not self._common:
            shared = iam.PolicyDocument(statements=self._shared())
            self._common.append(RolePolicy(self._scope, "Stop", self._role, shared))
        key = digest(self._stack, session_id)
        if key not in self._own:
            length = _OVERHEAD + PREFIX_LENGTH + len(arns.SESSION) + 1 + name_length(session_id)
            # The session's replacement has one as well until the session is gone.
            self._lists.reserve(2 * length)
            document = iam.PolicyDocument(statements=[self._statement(session_id)])
            fits = self._lists.fits_reserved
            self._own[key] = RolePolicy(self._scope, f"Stop{key}", self._role, document, fits)
            self.settle()
        return [*self._common, self._any, self._own[key]]

    def settle(self) -> None:
        """Allow every session by a pattern if there is no room for each."""
        # Only once it is needed: security checks also read policies that aren't in the template.
        if self._is_exact and not self._lists.fits_reserved():
            self._is_exact = False
            statement = self._statement("*", "StartAndStop")
            document = iam.PolicyDocument(statements=[statement])
            self._any.add(RolePolicy(self._scope, "StopAny", self._role, document))

    def _statement(self, name: str, sid: str | None = None) -> iam.PolicyStatement:
        arn = arns.arn(self._stack, arns.SESSION, name)
        return iam.PolicyStatement(sid=sid, actions=self._actions, resources=[arn])
