"""What others may do to a session."""

from __future__ import annotations

from abc import abstractmethod
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_nimble_streaming_session._private import arns
from cdk_waiter._private import validation as rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aws_cdk import aws_iam as iam

_GRANTEE: Final = rules.implementing("aws_iam.IGrantable", "grant_principal")

DEPENDENT_ACTIONS: Final = {
    "nimble:StartStreamingSession": ["nimble:GetLaunchProfile", "nimble:GetLaunchProfileMember"],
    "nimble:StopStreamingSession": ["nimble:GetLaunchProfile"],
}
"""What an action needs on the session's launch profile (service authorization reference)."""


def _actions(argument: str, value: object) -> list[str]:
    """Accept actions of the service, or patterns of them."""
    rule = "it must name at least one action, as in grant(role, 'nimble:Get*', 'nimble:List*')"
    if not isinstance(value, tuple) or not value:
        raise ValueError(f"{argument} is empty: {rule}")
    checked = [rules.string(f"{argument}[{index}]", each) for index, each in enumerate(value)]
    for action in checked:
        if not cdk.Token.is_unresolved(action) and not action.startswith("nimble:"):
            raise ValueError(
                f"{argument} has {rules.shown(action)}: it must start with 'nimble:', as in "
                "'nimble:GetStreamingSession'"
            )
    return checked


class GrantableSession(cdk.Resource):
    """A session that others can be granted actions on, owned by a stack or imported."""

    @property
    @abstractmethod
    def streaming_session_arn(self) -> str:
        """The session's ARN."""

    def _launch_profile_id(self) -> str:
        """Return the id of the session's launch profile, or a pattern that any id matches."""
        return arns.ANY_LAUNCH_PROFILE

    @rules.validated(grantee=_GRANTEE, actions=_actions)
    def grant(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        """Grant actions on this session, and what these depend on to its launch profile.

        Parameters
        ----------
        grantee
            Who may.
        actions
            Actions whose resource is a streaming session, such as ``nimble:GetStreamingSession``,
            or patterns of them, such as ``nimble:Start*``.

        Raises
        ------
        ValueError
            When there is no action, or one of another service.
        """
        granted = _grant(grantee, actions, self.streaming_session_arn)
        dependent = sorted({name for action in actions for name in _needed(action)})
        if not dependent:
            return granted
        profile = self._arn("launch-profile", self._launch_profile_id())
        return granted.combine(_grant(grantee, dependent, profile))

    @rules.validated(grantee=_GRANTEE)
    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading the session's fields."""
        return self.grant(grantee, "nimble:GetStreamingSession")

    @rules.validated(grantee=_GRANTEE, backup_id=rules.optional(rules.identifier))
    def grant_start(self, grantee: iam.IGrantable, *, backup_id: str | None = None) -> iam.Grant:
        """Grant starting the session, and restoring a backup if one is given.

        Raises
        ------
        ValueError
            When ``backup_id`` can't be the id of a backup.
        """
        granted = self.grant(grantee, "nimble:StartStreamingSession")
        if backup_id is None:
            return granted
        backup = self._arn(arns.BACKUP, backup_id)
        return granted.combine(_grant(grantee, ["nimble:StartStreamingSession"], backup))

    @rules.validated(grantee=_GRANTEE)
    def grant_stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant stopping the session."""
        return self.grant(grantee, "nimble:StopStreamingSession")

    @rules.validated(grantee=_GRANTEE)
    def grant_connect(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant opening a stream of the session, and reading that stream."""
        actions = "nimble:CreateStreamingSessionStream", "nimble:GetStreamingSessionStream"
        return self.grant(grantee, *actions)

    def _arn(self, resource: str, name: str) -> str:
        return arns.arn(self.stack, resource, name, self.env)


def _needed(granted: str) -> Iterator[str]:
    # To IAM an action is a pattern, whatever its case.
    for action, needed in DEPENDENT_ACTIONS.items():
        if fnmatchcase(action.lower(), granted.lower()):
            yield from needed


def _grant(grantee: iam.IGrantable, actions: Sequence[str], resource: str) -> iam.Grant:
    return cdk.aws_iam.Grant.add_to_principal(
        grantee=grantee, actions=list(actions), resource_arns=[resource]
    )
