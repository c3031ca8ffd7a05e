"""Permissions to stop that outlive the sessions they are for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import DependencyGroup

from cdk_nimble_streaming_session._private import arns
from cdk_waiter._private.permissions.arn_budget import PREFIX_LENGTH, digest, name_length
from cdk_waiter._private.permissions.role_policy import RolePolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from constructs import Construct, IDependable

    from cdk_waiter._private.permissions.arn_budget import ResourceLists
    from cdk_waiter._private.served import ServedSessions

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
    role
        The role that was made for the function.
    lists
        The lists that share the role's room.
    sessions
        The sessions that the function serves.
    actions
        Actions on each session.
    shared
        Returns the statements that each of these sessions needs, which name no session.
    """

    def __init__(
        self,
        scope: Construct,
        role: iam.IRole,
        lists: ResourceLists,
        sessions: ServedSessions,
        actions: Sequence[str],
        shared: Callable[[], list[iam.PolicyStatement]],
    ) -> None:
        self._scope = scope
        self._stack = Stack.of(scope)
        self._role = role
        self._lists = lists
        self._sessions = sessions
        self._actions = list(actions)
        self._shared = shared
        self._common: list[RolePolicy] = []
        self._any = DependencyGroup()
        self._is_exact = True
        self._own: dict[str, RolePolicy] = {}
        self._users: dict[str, list[Construct]] = {}
        self._lengths: dict[str, int] = {}
        self._known = -1, 0
        lists.reserved = self._needed

    def allow(self, session: Construct, session_id: str) -> list[IDependable]:
        """Allow a session to be read, started and stopped; return what it has to depend on."""
        if not self._common:
            shared = iam.PolicyDocument(statements=self._shared())
            made = RolePolicy(self._scope, "Stop", self._role, shared, lambda: self._needed() > 0)
            self._common.append(made)
        key = digest(self._stack, session_id)
        self._users.setdefault(key, []).append(session)
        self._known = -1, 0
        if key not in self._own:
            length = _OVERHEAD + PREFIX_LENGTH + len(arns.SESSION) + 1 + name_length(session_id)
            # The session's replacement has one as well until the session is gone.
            self._lengths[key] = 2 * length
            document = iam.PolicyDocument(statements=[self._statement(session_id)])
            self._own[key] = RolePolicy(
                self._scope, f"Stop{key}", self._role, document, partial(self._is_listed, key)
            )
            self.settle()
        return [*self._common, self._any, self._own[key]]

    def _needed(self) -> int:
        """Return the characters of the policies of all sessions that are in the app."""
        version = self._sessions.version
        # Each policy asks, several times; the sessions differ only between two syntheses.
        if self._known[0] != version:
            total = sum(each for key, each in self._lengths.items() if self._is_used(key))
            self._known = version, total
        return self._known[1]

    def _is_used(self, key: str) -> bool:
        return self._sessions.has_any(self._users[key])

    def _is_listed(self, key: str) -> bool:
        return self._lists.fits_reserved() and self._is_used(key)

    def settle(self) -> None:
        """Allow every session by a pattern if there is no room for each."""
        # Only once it is needed: security checks also read policies that aren't in the template.
        if self._is_exact and not self._lists.fits_reserved():
            self._is_exact = False
            statement = self._statement("*", "StartAndStop")
            document = iam.PolicyDocument(statements=[statement])
            made = RolePolicy(
                self._scope,
                "StopAny",
                self._role,
                document,
                lambda: not self._lists.fits_reserved(),
            )
            self._any.add(made)

    def _statement(self, name: str, sid: str | None = None) -> iam.PolicyStatement:
        arn = arns.arn(self._stack, arns.SESSION, name)
        return iam.PolicyStatement(sid=sid, actions=self._actions, resources=[arn])
