"""An inline policy that is in the template only if it's needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Construct


class RolePolicy(iam.CfnPolicy):
    """An inline policy of a role that can be left out when the template is written.

    The CDK's own ``Policy`` also leaves itself out if it's empty, but only if it's the first of its
    role: each later one reads the names of those before it, so those must exist.

    Parameters
    ----------
    scope, id
        The place in the construct tree; the policy's name is its logical id.
    role
        The role.
    document
        Its statements.
    is_needed
        Returns True if the template needs it. Default: if it has statements.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        role: iam.IRole,
        document: iam.PolicyDocument,
        is_needed: Callable[[], bool] | None = None,
    ) -> None:
        self._is_needed = is_needed or (lambda: not document.is_empty)
        super().__init__(
            scope, id, policy_name="later", policy_document=document, roles=[role.role_name]
        )
        self.policy_name = self.logical_id

    def _should_synthesize(self) -> bool:
        return self._is_needed()
