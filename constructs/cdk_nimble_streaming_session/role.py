"""The function's role, made or given, and the documents of what it must allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_nimble_streaming_session import resource_lists
from cdk_nimble_streaming_session.notices import RoleNotice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam
    from constructs import Construct, IDependable

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
    """The role and its inline policies; the policies only where the role is made here.

    A role of one's own gets nothing. Where ``iam.Role.customize_roles`` keeps roles from being
    made, what the role must allow goes into its report, and no policy is made either.

    Parameters
    ----------
    scope
        The provider.
    given
        A role of one's own.
    boundary
        The permissions boundary of a made role.
    needed
        What Lambda needs of the role before it makes the function.

    Attributes
    ----------
    document
        What the function calls. It names the function, so it can't exist before it.
    infrastructure
        What has to be allowed before the function is made.
    before_function, before_sessions
        The policies that were made.
    has_policies
        Whether policies are made for the role.
    room_for_resources
        Characters that the ARNs of sessions and backups may take in ``document``.
    """

    def __init__(
        self,
        scope: Construct,
        given: iam.IRole | None,
        boundary: iam.IManagedPolicy | None,
        needed: Sequence[iam.PolicyStatement],
    ) -> None:
        self.document = cdk.aws_iam.PolicyDocument()
        self.infrastructure = cdk.aws_iam.PolicyDocument(statements=list(needed))
        self.before_function: list[IDependable] = []
        self.before_sessions: list[IDependable] = []
        self._reported: iam.Role | None = None
        self._scope = scope
        # A document for a role of one's own has to fit a managed policy, which holds less.
        self.room_for_resources = resource_lists.MANAGED if given else resource_lists.INLINE
        self.role = given or self._make(boundary, needed)
        self.has_policies = given is None and self._reported is None
        if given is not None:
            cdk.Aspects.of(scope).add(RoleNotice(scope, self.document, self.infrastructure))

    def _make(
        self, boundary: iam.IManagedPolicy | None, needed: Sequence[iam.PolicyStatement]
    ) -> iam.Role:
        role = cdk.aws_iam.Role(
            self._scope,
            "Role",
            assumed_by=cdk.aws_iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Starts Nimble Studio streaming sessions for this stack",
            permissions_boundary=boundary,
        )
        settings = self._scope.node.try_get_context(_CUSTOMIZED)
        if settings is not None and settings.get("preventSynthesis") is not False:
            self._reported = role
            for statement in needed:
                role.add_to_policy(statement)
            return role
        policy = cdk.aws_iam.Policy
        made = policy(self._scope, "Policy", roles=[role], document=self.document)
        self.before_sessions.append(made)
        if needed:
            made = policy(self._scope, "Infrastructure", roles=[role], document=self.infrastructure)
            self.before_function.append(made)
        return role

    def report(self, statement: iam.PolicyStatement) -> None:
        """Report a statement where ``iam.Role.customize_roles`` keeps it from being made."""
        if self._reported is not None:
            self._reported.add_to_policy(statement)

    def fixed(self) -> iam.IRole:
        """Return the role as one to which the CDK adds nothing by itself.

        The function does not wait for the policies of such a role, which may name the function.
        """
        arn = self.role.role_arn
        return cdk.aws_iam.Role.from_role_arn(self._scope, "FixedRole", arn, mutable=False)
