"""Permissions to stop resources, which outlive these resources."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import DependencyGroup

from cdk_waiter._private.permissions.arn_budget import digest
from cdk_waiter._private.permissions.role_policy import RolePolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from constructs import Construct, IDependable

    from cdk_waiter._private.permissions.arn_budget import ArnBudget, ArnForm
    from cdk_waiter._private.served_resources import ServedResources


class StopPolicies:
    """One policy for each resource that is stopped on Delete, as long as the role has room.

    CloudFormation updates a policy before it deletes the resources that an update removed or
    replaced, so a shared list would already lack the resource. A separate policy leaves the
    template together with the resource and is deleted after it, because the resource depends on it.
    During such an update two generations exist side by side, so each policy counts twice. If they
    don't fit, one policy with a pattern replaces them; it leaves the stack in the same order.

    Parameters
    ----------
    scope
        The provider.
    role
        The role that was created for the function.
    budget
        The room that the role has.
    served
        The resources that the function serves.
    form
        The resources' ARNs.
    actions
        Actions on each resource.
    shared
        Returns statements that each of these resources needs but that name no resource.
    """

    def __init__(
        self,
        scope: Construct,
        role: iam.IRole,
        budget: ArnBudget,
        served: ServedResources,
        form: ArnForm,
        actions: Sequence[str],
        shared: Callable[[], list[iam.PolicyStatement]],
    ) -> None:
        self._scope = scope
        self._stack = Stack.of(scope)
        self._role = role
        self._budget = budget
        self._served = served
        self._form = form
        self._actions = list(actions)
        self._shared = shared
        self._overhead = _length_without_arn(self._actions)
        self._common: list[RolePolicy] = []
        self._any = DependencyGroup()
        self._is_exact = True
        self._own: dict[str, RolePolicy] = {}
        self._users: dict[str, list[Construct]] = {}
        self._lengths: dict[str, int] = {}
        self._known = -1, 0
        budget.reserved = self._needed
        budget.on_shrink = self._settle

    def allow(self, user: Construct, name: str) -> list[IDependable]:
        """Allow the actions on a resource.

        Parameters
        ----------
        user
            The construct that needs it.
        name
            The resource's name.

        Returns
        -------
        list
            The dependencies of the custom resource.
        """
        if not self._common:
            shared = iam.PolicyDocument(statements=self._shared())
            created = RolePolicy(
                self._scope, "Stop", self._role, shared, lambda: self._needed() > 0
            )
            self._common.append(created)
        key = digest(self._stack, name)
        self._users.setdefault(key, []).append(user)
        self._known = -1, 0
        if key not in self._own:
            # Its replacement also has a policy until the resource is gone.
            self._lengths[key] = 2 * (self._overhead + self._form.length(name))
            document = iam.PolicyDocument(statements=[self._statement(name)])
            self._own[key] = RolePolicy(
                self._scope, f"Stop{key}", self._role, document, partial(self._is_listed, key)
            )
            self._settle()
        return [*self._common, self._any, self._own[key]]

    def _needed(self) -> int:
        """Return the total number of characters of the policies of all resources in the app."""
        version = self._served.version
        # Each policy asks several times; the answer changes only between two syntheses.
        if self._known[0] != version:
            total = sum(each for key, each in self._lengths.items() if self._is_used(key))
            self._known = version, total
        return self._known[1]

    def _is_used(self, key: str) -> bool:
        return self._served.has_any(self._users[key])

    def _is_listed(self, key: str) -> bool:
        return self._budget.fits_reserved() and self._is_used(key)

    def _settle(self) -> None:
        """Allow all resources with a pattern if there is no room for separate policies."""
        # Created only when needed: security checks also read policies that aren't in the template.
        if self._is_exact and not self._budget.fits_reserved():
            self._is_exact = False
            document = iam.PolicyDocument(statements=[self._statement("*", "StartAndStop")])
            created = RolePolicy(
                self._scope,
                "StopAny",
                self._role,
                document,
                lambda: not self._budget.fits_reserved(),
            )
            self._any.add(created)

    def _statement(self, name: str, sid: str | None = None) -> iam.PolicyStatement:
        return iam.PolicyStatement(sid=sid, actions=self._actions, resources=[self._form.arn(name)])


def _length_without_arn(actions: list[str]) -> int:
    """Return the number of characters of a resource's policy without the ARN."""
    statement = {"Action": actions, "Effect": "Allow", "Resource": ""}
    document = {"Statement": [statement], "Version": "2012-10-17"}
    return len(json.dumps(document, separators=(",", ":")))
