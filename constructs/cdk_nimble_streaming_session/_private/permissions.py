"""The function's permissions: only those that the stack's sessions and their settings need."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_nimble_streaming_session._private import arns
from cdk_nimble_streaming_session.grants import DEPENDENT_ACTIONS
from cdk_waiter._private.permissions.arn_budget import ArnForm
from cdk_waiter._private.permissions.function_permissions import statement
from cdk_waiter._private.permissions.stop_policies import StopPolicies

if TYPE_CHECKING:
    from aws_cdk import aws_iam
    from constructs import Construct, IDependable

    from cdk_waiter._private.permissions.function_permissions import FunctionPermissions
    from cdk_waiter._private.served_resources import ServedResources

_GET: Final = "nimble:GetStreamingSession"
_START: Final = "nimble:StartStreamingSession"
_STOP: Final = "nimble:StopStreamingSession"
_LIST: Final = "cloudformation:ListStackResources"
_LONGEST_PREFIX: Final = "arn:aws:nimble:ap-southeast-2:123456789012:"
_ID_LENGTH: Final = 22
"""Number of characters of the ids that the service assigns."""


class SessionPermissions:
    """The service's actions, in one policy that grows with the sessions.

    A session that is stopped on Delete also has its own policy if the role is created here.
    Dependent actions and resource types come from the service authorization reference.

    Parameters
    ----------
    scope
        The provider, in the stack of the sessions.
    common
        The permissions of the function.
    served
        The sessions that the function serves.
    """

    def __init__(
        self, scope: Construct, common: FunctionPermissions, served: ServedResources
    ) -> None:
        self._stack = cdk.Stack.of(scope)
        self._common = common
        session = self._form(arns.SESSION)
        self._backups = common.budget.create_list(self._form(arns.BACKUP))
        self._kept = common.budget.create_list(session)
        self._stopped = common.budget.create_list(session)
        self._stop_policies: StopPolicies | None = None
        if common.role.has_policies:
            self._stop_policies = StopPolicies(
                scope,
                common.role.role,
                common.budget,
                served,
                session,
                [_GET, _START, _STOP],
                self._needed_to_stop,
            )

    def _form(self, resource: str) -> ArnForm:
        length = len(f"{_LONGEST_PREFIX}{resource}/")
        return ArnForm(partial(arns.arn, self._stack, resource), length, _ID_LENGTH)

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

        The permissions leave the role together with the session's construct.

        Returns
        -------
        list
            The policies that must outlive the session's resource.
        """
        policies: list[IDependable] = []
        allow_each = self._common.allow_each
        if stops and self._stop_policies is not None:
            policies = self._stop_policies.allow(session, session_id)
        elif stops or restarts:
            allow_each("StartAndStop", [_GET, _START, _STOP], self._stopped, session_id, session)
            self._common.allow("Holders", [_LIST], self._stack.stack_id)
        else:
            allow_each("Start", [_GET, _START], self._kept, session_id, session)
        self._common.allow("LaunchProfile", DEPENDENT_ACTIONS[_START], self._launch_profile)
        if backup_id is not None:
            allow_each("Restore", [_START], self._backups, backup_id, session)
        return policies

    def _needed_to_stop(self) -> list[aws_iam.PolicyStatement]:
        """Return the statements that a stop needs besides those on the session itself."""
        return [
            statement([_LIST], self._stack.stack_id, "Holders"),
            statement(DEPENDENT_ACTIONS[_STOP], self._launch_profile, "LaunchProfile"),
        ]

    @cached_property
    def _launch_profile(self) -> str:
        return arns.arn(self._stack, "launch-profile", arns.ANY_LAUNCH_PROFILE)
