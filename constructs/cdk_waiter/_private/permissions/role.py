"""The function's role, new or given by the user, and the permissions that it needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

import aws_cdk as cdk
from constructs import DependencyGroup

from cdk_waiter._private.permissions import arn_budget
from cdk_waiter._private.permissions.granted_role import GrantedRole
from cdk_waiter._private.permissions.role_policy import RolePolicy
from cdk_waiter._private.setting_warnings import warn
from cdk_waiter._private.template import infrastructure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct, IDependable

    from cdk_waiter._private.family import Family
    from cdk_waiter._private.served_resources import ServedResources
    from cdk_waiter._private.template.stack_graph import StackGraph

# Where ``iam.Role.customize_roles`` keeps its settings.
_CUSTOMIZED: Final = "@aws-cdk/iam:customizeRoles"


def check(given: iam.IRole | None, boundary: iam.IManagedPolicy | None) -> None:
    """Refuse a boundary for an existing role."""
    if given is not None and boundary is not None:
        raise ValueError(
            "role and permissions_boundary are both given: the boundary is for a role that is "
            "made here; set it on your own role"
        )


class FunctionRole:
    """The role and, if the role is created here, its inline policies.

    The user's own role gets no grants. If ``iam.Role.customize_roles`` prevents the creation of
    roles, the permissions go into its report, and no policy is created either.

    Parameters
    ----------
    scope
        The provider.
    family
        The resources that the function serves.
    given
        The user's role.
    boundary
        The permissions boundary of a new role.
    needed
        Statements that Lambda needs before it creates the function.

    Attributes
    ----------
    document
        Permissions for the function's own calls. They name the function, so the policy can't exist
        before it.
    infrastructure
        Permissions that must exist before the function is created.
    before_function, before_resources
        The policies that the function and the custom resources depend on.
    has_policies
        True if policies are created for the role.
    room_for_resources
        Maximum number of characters for the ARNs of resources in ``document``.
    """

    def __init__(
        self,
        scope: Construct,
        family: Family,
        given: iam.IRole | None,
        boundary: iam.IManagedPolicy | None,
        needed: Sequence[iam.PolicyStatement],
    ) -> None:
        self.document = cdk.aws_iam.PolicyDocument()
        self.infrastructure = cdk.aws_iam.PolicyDocument(statements=list(needed))
        self.before_function: list[IDependable] = []
        self.before_resources: list[IDependable] = []
        self._reported: iam.Role | None = None
        self._scope = scope
        self._family = family
        self._given = given is not None
        self._stack = cdk.Stack.of(scope)
        self._additions = cdk.aws_iam.PolicyDocument()
        self._additions_policy: RolePolicy | None = None
        self._attached: list[str] = []
        self._to_report: list[tuple[iam.PolicyStatement, Construct | None]] = []
        self.on_addition: Callable[[int], None] = lambda _: None
        # The user puts the document into a managed policy, which has less room.
        self.room_for_resources = arn_budget.MANAGED if given else arn_budget.INLINE
        self.role = given or self._make(boundary, needed)
        self.has_policies = given is None and self._reported is None

    def _make(
        self, boundary: iam.IManagedPolicy | None, needed: Sequence[iam.PolicyStatement]
    ) -> iam.Role:
        role = cdk.aws_iam.Role(
            self._scope,
            "Role",
            assumed_by=cdk.aws_iam.ServicePrincipal("lambda.amazonaws.com"),
            description=self._family.role_description,
            permissions_boundary=boundary,
        )
        settings = self._scope.node.try_get_context(_CUSTOMIZED)
        if settings is not None and settings.get("preventSynthesis") is not False:
            self._reported = role
            for statement in needed:
                role.add_to_policy(statement)
            return role
        policy = cdk.aws_iam.Policy
        created = policy(self._scope, "Policy", roles=[role], document=self.document)
        self.before_resources.append(created)
        if needed:
            created = policy(
                self._scope, "Infrastructure", roles=[role], document=self.infrastructure
            )
            self.before_function.append(created)
        return role

    def report(self, statement: iam.PolicyStatement, user: Construct | None = None) -> None:
        """Report a statement if ``iam.Role.customize_roles`` prevents policies.

        A report can't be withdrawn, so it waits until the app is complete. It's dropped if
        ``user``, the construct that needs it, has left the app.
        """
        if self._reported is not None:
            self._to_report.append((statement, user))

    def _report_pending(self, served: ServedResources) -> None:
        for statement, user in self._to_report:
            if self._reported is not None and (user is None or served.has_any([user])):
                self._reported.add_to_policy(statement)
        self._to_report.clear()

    def for_function(self) -> iam.IRole:
        """Return the role to pass to the function; it forwards additions to the real role."""
        role: Any = GrantedRole(self._scope, "FixedRole", self.role, self._add, self._attach)
        return cast("iam.IRole", role)

    @property
    def documents(self) -> list[iam.PolicyDocument]:
        """The documents of the role's policies, without those of single resources."""
        return [self.document, self.infrastructure, self._additions]

    @property
    def has_additions(self) -> bool:
        """True if others added statements through the function."""
        return self._additions_policy is not None

    def _add(self, statement: iam.PolicyStatement) -> IDependable:
        created = self._rendered(statement)
        # `complete` derives Lambda's needs from the function's final settings.
        if created in self._known() or set(created.get("Action", ())) == set(
            infrastructure.TRACING
        ):
            return DependencyGroup(*self.before_function)
        if self._reported is not None:
            self._additions.add_statements(statement)
            self._reported.add_to_policy(statement)
            return self._reported
        self.on_addition(len(json.dumps(created, separators=(",", ":"))))
        return self._add_to_additions([statement])

    def _add_to_additions(self, statements: Sequence[iam.PolicyStatement]) -> IDependable:
        self._additions.add_statements(*statements)
        if not self.has_policies:
            return DependencyGroup()
        if self._additions_policy is None:
            self._additions_policy = RolePolicy(
                self._scope, "Additions", self.role, self._additions
            )
        return self._additions_policy

    def _rendered(self, statement: iam.PolicyStatement) -> dict[str, Any]:
        return dict(self._stack.resolve(statement.to_statement_json()))

    def _known(self, *more: iam.PolicyDocument) -> list[dict[str, Any]]:
        documents = [self._stack.resolve(each) or {} for each in (self.infrastructure, *more)]
        return [dict(each) for one in documents for each in one.get("Statement", [])]

    def _missing(
        self, needed: Sequence[iam.PolicyStatement], *documents: iam.PolicyDocument
    ) -> list[iam.PolicyStatement]:
        """Return the statements that the role isn't known to allow."""
        if not needed:
            return []
        known = self._known(self._additions, *documents)
        return [
            each for each in needed if not infrastructure.is_allowed(self._rendered(each), known)
        ]

    def _attach(self, policy: iam.IManagedPolicy | iam.Policy) -> None:
        if not isinstance(policy, cdk.aws_iam.Policy):
            self._attached.append(policy.managed_policy_arn)
            if not self._given:
                self.role.add_managed_policy(policy)
        else:
            self._attached.append(policy.node.path)
            if not self._given:
                self.role.attach_inline_policy(policy)

    def complete(
        self,
        resource: lambda_.CfnFunction,
        needs: infrastructure.Needs,
        served: ServedResources,
    ) -> None:
        """Add the permissions for settings that others gave the function.

        Parameters
        ----------
        resource
            The function.
        needs
            The needs of its final settings.
        served
            The resources that it serves.
        """
        late = self._missing(needs.before_function)
        self.infrastructure.add_statements(*late)
        if late and self.has_policies and not self.before_function:
            created = RolePolicy(self._scope, "Infrastructure", self.role, self.infrastructure)
            resource.add_resource_dependency(created)
            self.before_function.append(created)
        sent = self._missing(needs.destinations)
        if sent:
            self._add_to_additions(sent)
        written = self._missing([needs.log] if needs.log is not None else [], self.document)
        self.document.add_statements(*written)
        for statement in [*late, *sent, *written]:
            self.report(statement)
        self._report_pending(served)
        added = self._known(self._additions)
        unknown = [
            each
            for each in needs.unknown
            if not infrastructure.allows_somewhere(each.actions, added)
        ]
        if unknown:
            self._warn_of_unknown_settings(unknown)
        if self._given:
            self._warn_of_own_role()

    def _warn_of_own_role(self) -> None:
        documents = (self.document, self.infrastructure, self._additions)
        resolved = [self._stack.resolve(each) for each in documents]
        statements = [each for document in resolved if document for each in document["Statement"]]
        allowed = json.dumps(statements, sort_keys=True)
        attached = ", ".join(self._attached)
        also = f". Attach these policies as well: {attached}" if attached else ""
        warn(
            self._scope,
            "ownRole",
            "role is your own, so nothing is granted to it. Without the permissions in "
            "policy_document and infrastructure_document, requests fail with "
            f"AccessDenied: {allowed}{also}",
        )

    def _warn_of_unknown_settings(self, settings: Sequence[infrastructure.Unknown]) -> None:
        needed = "; ".join(
            f"{each.setting} needs {', '.join(each.actions) or 'what its guide lists'} on {each.on}"
            for each in settings
        )
        warn(
            self._scope,
            "unknownSettings",
            f"The function has settings from outside {self._family.provider}, and synthesis can't "
            f"derive all permissions that they need: {needed}. Add them with "
            "provider.function.add_to_role_policy(...)",
        )

    def order_additions(self, graph: StackGraph, function: str, configs: Sequence[str]) -> set[str]:
        """Make the function depend on the statements that others added.

        Lambda checks them for the function and for the ``configs``. Neither can depend on
        statements that refer to it, directly or indirectly.

        Returns
        -------
        set
            The dependencies to add to the custom resources.
        """
        if self._additions_policy is None:
            return set()
        additions = graph.id_of(self._additions_policy)
        reached = graph.closure([additions])
        for name in {function, *configs} - reached:
            graph.add_dependency(name, additions)
        return {additions} if not reached & graph.waiting else set()
