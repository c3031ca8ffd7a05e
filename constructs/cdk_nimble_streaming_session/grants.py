"""Grants of actions on a session."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_nimble_streaming_session._private import arns
from cdk_nimble_streaming_session._private.validation import identifier
from cdk_waiter._private import validation as rules
from cdk_waiter._private.grants import GRANTEE, actions_of, dependent_actions, grant

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

DEPENDENT_ACTIONS: Final = {
    "nimble:StartStreamingSession": ["nimble:GetLaunchProfile", "nimble:GetLaunchProfileMember"],
    "nimble:StopStreamingSession": ["nimble:GetLaunchProfile"],
}
"""Dependent actions on the launch profile, by action (service authorization reference)."""


_ACTIONS: Final = actions_of("nimble", ("Get*", "List*", "GetStreamingSession"))


class GrantableSession(cdk.Resource):
    """A session, owned by a stack or imported, on which actions can be granted."""

    @property
    @abstractmethod
    def streaming_session_arn(self) -> str:
        """The session's ARN."""

    def _launch_profile_id(self) -> str:
        """Return the id of the session's launch profile, or a pattern that any id matches."""
        return arns.ANY_LAUNCH_PROFILE

    @rules.validated(grantee=GRANTEE, actions=_ACTIONS)
    def grant(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        """Grant actions on this session, and their dependent actions on its launch profile.

        Parameters
        ----------
        grantee
            The principal that gets the permission.
        actions
            Actions whose resource is a streaming session, such as ``nimble:GetStreamingSession``,
            or patterns of them, such as ``nimble:Start*``.

        Raises
        ------
        ValueError
            When there is no action, or an action of another service.
        """
        granted = grant(grantee, actions, self.streaming_session_arn)
        dependent = dependent_actions(actions, DEPENDENT_ACTIONS)
        if not dependent:
            return granted
        profile = self._arn("launch-profile", self._launch_profile_id())
        return granted.combine(grant(grantee, dependent, profile))

    @rules.validated(grantee=GRANTEE)
    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading the session's fields."""
        return self.grant(grantee, "nimble:GetStreamingSession")

    @rules.validated(grantee=GRANTEE, backup_id=rules.optional(identifier))
    def grant_start(self, grantee: iam.IGrantable, *, backup_id: str | None = None) -> iam.Grant:
        """Grant starting the session and, if given, restoring a backup.

        Raises
        ------
        ValueError
            When ``backup_id`` is invalid.
        """
        granted = self.grant(grantee, "nimble:StartStreamingSession")
        if backup_id is None:
            return granted
        backup = self._arn(arns.BACKUP, backup_id)
        return granted.combine(grant(grantee, ["nimble:StartStreamingSession"], backup))

    @rules.validated(grantee=GRANTEE)
    def grant_stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant stopping the session."""
        return self.grant(grantee, "nimble:StopStreamingSession")

    @rules.validated(grantee=GRANTEE)
    def grant_connect(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant opening a stream of the session, and reading that stream."""
        actions = "nimble:CreateStreamingSessionStream", "nimble:GetStreamingSessionStream"
        return self.grant(grantee, *actions)

    def _arn(self, resource: str, name: str) -> str:
        return arns.arn(self.stack, resource, name, self.env)
