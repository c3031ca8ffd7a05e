"""The function's role as the CDK sees it: additions don't delay the function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk.interfaces.aws_iam import RoleReference
    from constructs import Construct, IDependable


@jsii.implements(iam.IRole)
class GrantedRole(cdk.Resource):
    """A role that forwards statements and policies to another one.

    A function depends on everything below its role in the tree. Nothing is below this one, so a
    statement may refer to the function or to a custom resource.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    role
        The role itself.
    add
        Takes a statement; returns the policy that must exist before it takes effect.
    attach
        Takes a managed policy or an inline one.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        role: iam.IRole,
        add: Callable[[iam.PolicyStatement], IDependable],
        attach: Callable[[iam.IManagedPolicy | iam.Policy], None],
    ) -> None:
        super().__init__(scope, id)
        self._role = role
        self._add = add
        self._attach = attach

    @property
    def role_arn(self) -> str:
        """The role's ARN."""
        return self._role.role_arn

    @property
    def role_name(self) -> str:
        """The role's name."""
        return self._role.role_name

    @property
    def role_ref(self) -> RoleReference:
        """The role's name and ARN."""
        return self._role.role_ref

    @property
    def assume_role_action(self) -> str:
        """The action that assumes the role."""
        return self._role.assume_role_action

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The principal that grants are for: this one."""
        return self

    @property
    def policy_fragment(self) -> iam.PrincipalPolicyFragment:
        """The role as the principal of another resource's policy."""
        return self._role.policy_fragment

    @property
    def principal_account(self) -> str | None:
        """The role's account."""
        return self._role.principal_account

    def add_to_principal_policy(
        self, statement: iam.PolicyStatement
    ) -> iam.AddToPrincipalPolicyResult:
        """Forward a statement."""
        return iam.AddToPrincipalPolicyResult(
            statement_added=True, policy_dependable=self._add(statement)
        )

    def add_to_policy(self, statement: iam.PolicyStatement) -> bool:
        """Forward a statement."""
        self._add(statement)
        return True

    def add_managed_policy(self, policy: iam.IManagedPolicy) -> None:
        """Forward a managed policy."""
        self._attach(policy)

    def attach_inline_policy(self, policy: iam.Policy) -> None:
        """Forward an inline policy."""
        self._attach(policy)

    def grant(self, grantee: iam.IPrincipal, *actions: str) -> iam.Grant:
        """Grant actions on the role."""
        return self._role.grant(grantee, *actions)

    def grant_assume_role(self, grantee: iam.IPrincipal) -> iam.Grant:
        """Grant assuming the role."""
        return self._role.grant_assume_role(grantee)

    def grant_pass_role(self, grantee: iam.IPrincipal) -> iam.Grant:
        """Grant passing the role to a service."""
        return self._role.grant_pass_role(grantee)
