"""The function's permissions: only those that the declarations of its resources need."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk
import jsii

from cdk_waiter._private.declared.resource_types import RESOURCE_TYPES
from cdk_waiter._private.permissions.policy_size import policy_size
from cdk_waiter._private.permissions.role_policy import RolePolicy
from cdk_waiter._private.template.stack_graph import StackGraph, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from aws_cdk import aws_iam as iam
    from constructs import Construct, IConstruct, IDependable

    from cdk_waiter._private.permissions.role import FunctionRole
    from cdk_waiter._private.served_resources import ServedResources
    from cdk_waiter.call import AwsCall

_ROOM: Final = 10_240
"""Characters that IAM allows a role's inline policies."""
_LIST: Final = "cloudformation:ListStackResources"
_FINDING: Final = "AwsSolutions-IAM5[Resource::*]"
_REASON: Final = (
    "Only for actions that read and have no resource type in AWS's Service Authorization "
    "Reference, so that IAM can't limit them to resources."
)


@dataclass(frozen=True)
class _Own:
    """A policy of a resource's own."""

    user: Construct
    document: iam.PolicyDocument
    is_needed: Callable[[], bool]


class DeclaredPermissions:
    """The actions of the declared calls, on the ARNs that each call names.

    They are in the function's one policy, with two exceptions, which have a policy of their own:

    - a resource that makes calls when it's deleted, because CloudFormation updates a policy before
      it deletes the resources that an update removed;
    - a resource whose ARNs depend on another declared resource. All of these depend on the one
      policy, which must not depend on any of them.

    Parameters
    ----------
    scope
        The provider.
    role
        The function's role.
    served
        The resources that the function serves.
    """

    def __init__(self, scope: Construct, role: FunctionRole, served: ServedResources) -> None:
        self._scope = scope
        self._stack = cdk.Stack.of(scope)
        self._role = role
        self._served = served
        self._shared: dict[str, _Resources] = {}
        self._own: list[_Own] = []
        self._referring: dict[Construct, set[str]] = {}
        self._apart: set[Construct] = set()

    def allow(
        self, user: Construct, calls: Sequence[AwsCall], *, on_delete: bool, lists: bool
    ) -> list[IDependable]:
        """Allow the calls of a resource.

        Parameters
        ----------
        user
            The resource's construct.
        calls
            The calls.
        on_delete
            True if deleting the resource makes calls.
        lists
            True if it lists the stack's resources first.

        Returns
        -------
        list
            The policies that must outlive the custom resource.
        """
        needed = self._needed(calls, lists)
        extra = [each for call in calls for each in call.extra_statements]
        if not self._role.has_policies:
            for each in [*_statements(needed), *extra]:
                self._role.report(each, user)
        if on_delete and self._role.has_policies:
            return [self._create(user, "Policy", [*_statements(needed), *extra])]
        separate = [each for each in extra if not self._may_be_shared(each)]
        for each in extra:
            if each not in separate:
                parts = {"actions": each.actions, "resources": each.resources}
                needed.append({**parts, "conditions": each.conditions or None})
        for arguments in needed:
            self._share(user, **arguments)
        if not self._role.has_policies:
            self._role.document.add_statements(*separate)
            return []
        policies: list[IDependable] = []
        if separate:
            policies.append(self._create(user, "ExtraPolicy", separate))
        refers_to = names(self._stack.resolve([each["resources"] for each in needed]))
        if refers_to:
            self._referring[user] = refers_to
            is_apart = partial(self._is_apart, user)
            policies.append(self._create(user, "Policy", _statements(needed), is_apart))
        return policies

    def settle(self, template: dict[str, Any]) -> None:
        """Take resources that depend on declared ones out of the one policy.

        Parameters
        ----------
        template
            The stack's template; see `StackGraph`.
        """
        if self._referring:
            graph = StackGraph(self._stack, template, RESOURCE_TYPES)
            self._apart = {
                user
                for user, refers_to in self._referring.items()
                if graph.closure(refers_to) & graph.waiting
            }

    def _is_apart(self, user: Construct) -> bool:
        return user in self._apart

    def _needed(self, calls: Sequence[AwsCall], lists: bool) -> list[dict[str, Any]]:  # noqa: FBT001
        """Return the arguments of the statements that calls need, without duplicates."""
        by_resources: dict[tuple[str, ...], list[str]] = {}
        for call in calls:
            if call.resources:
                by_resources.setdefault(call.resources, []).append(call.action)
        if lists:
            by_resources[(self._stack.stack_id,)] = [_LIST]
        return [
            {"actions": sorted(set(actions)), "resources": list(resources)}
            for resources, actions in by_resources.items()
        ]

    def _may_be_shared(self, statement: iam.PolicyStatement) -> bool:
        # `*` is acknowledged for the reads in the shared policy, and must not be for others.
        plain = {"Action", "Effect", "Resource", "Condition"}
        written = statement.to_statement_json()
        return (
            set(written) <= plain
            and statement.effect is cdk.aws_iam.Effect.ALLOW
            and "*" not in statement.resources
        )

    def _share(
        self,
        user: Construct,
        actions: Sequence[str],
        resources: Sequence[str],
        conditions: Mapping[str, Any] | None = None,
    ) -> None:
        actions = sorted(actions)
        found = [actions, conditions or {}]
        key = json.dumps(self._stack.resolve(found) if conditions else found, sort_keys=True)
        if "*" in resources:
            key += "*"
            self._acknowledge(self._role.before_resources)
        if key not in self._shared:
            self._shared[key] = _Resources(self._stack, self._is_shared)
            self._role.document.add_statements(
                cdk.aws_iam.PolicyStatement(
                    actions=actions, resources=[self._shared[key].token()], conditions=conditions
                )
            )
        self._shared[key].add(resources, user)

    def _is_shared(self, user: Construct) -> bool:
        return self._served.has_any([user]) and not self._is_apart(user)

    def _create(
        self,
        user: Construct,
        name: str,
        statements: Sequence[iam.PolicyStatement],
        is_needed: Callable[[], bool] = lambda: True,
    ) -> RolePolicy:
        document = cdk.aws_iam.PolicyDocument(statements=list(statements))
        created = RolePolicy(user, name, self._role.role, document, is_needed)
        self._own.append(_Own(user, document, is_needed))
        if name == "Policy" and any("*" in each.resources for each in statements):
            self._acknowledge([created])
        return created

    def _acknowledge(self, policies: Iterable[Any]) -> None:
        """Tell cdk-nag why a policy names every resource."""
        # Older releases of aws-cdk-lib have no acknowledgements.
        if not hasattr(cdk, "Validations"):
            return
        for each in policies:
            cdk.Validations.of(each).acknowledge(cdk.Acknowledgment(id=_FINDING, reason=_REASON))

    def errors(self, provider: IConstruct) -> list[str]:
        """Return an error if the policies don't fit into the role."""
        if not self._role.has_policies:
            return []
        own = [
            each.document
            for each in self._own
            if self._served.has_any([each.user]) and each.is_needed()
        ]
        sizes = [policy_size(self._stack.resolve(each)) for each in self._role.documents]
        # When an update replaces a resource, its policy exists beside that of the new one.
        sizes += [2 * policy_size(self._stack.resolve(each)) for each in own]
        if sum(sizes) <= _ROOM:
            return []
        count = len(self._served.all())
        return [
            (
                f"{provider.node.path} serves {count} resources, whose permissions take about "
                f"{sum(sizes)} characters: IAM allows a role {_ROOM}. Create a WaiterProvider, and "
                "give it to some of the resources as provider="
            )
        ]


def _statements(needed: Iterable[Mapping[str, Any]]) -> list[iam.PolicyStatement]:
    return [cdk.aws_iam.PolicyStatement(**each) for each in needed]


@jsii.implements(cdk.IAnyProducer)
class _Resources:
    """The resources of one statement, for those of its users that it is for."""

    def __init__(self, stack: cdk.Stack, is_for: Callable[[Construct], bool]) -> None:
        self._stack = stack
        self._is_for = is_for
        self._added: list[tuple[list[str], Construct]] = []

    def add(self, resources: Sequence[str], user: Construct) -> None:
        """Add the ARNs that a construct needs."""
        self._added.append((list(resources), user))

    def token(self) -> str:
        """Return a token that resolves to the list."""
        return cdk.Token.as_string(cdk.Lazy.uncached_any(self))

    def produce(self, context: cdk.IResolveContext) -> object:
        """Return the ARNs; part of ``IAnyProducer``."""
        del context
        # Two tokens may stand for the same ARN.
        found = {
            json.dumps(self._stack.resolve(each)): each
            for resources, user in self._added
            if self._is_for(user)
            for each in resources
        }
        # IAM accepts no statement without a resource. Nothing has this ARN.
        arns = list(found.values()) or [f"arn:{cdk.Aws.PARTITION}:iam:::none"]
        return arns if len(arns) > 1 else arns[0]
