"""A session that this app doesn't start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsii
from aws_cdk import Stack

from cdk_nimble_streaming_session._private import arns
from cdk_nimble_streaming_session._private.validation import identifier
from cdk_nimble_streaming_session.attributes import SessionAttributes
from cdk_nimble_streaming_session.grants import GrantableSession
from cdk_nimble_streaming_session.interface import IStreamingSession
from cdk_waiter._private.validation import awaits_lookup, shown

if TYPE_CHECKING:
    from constructs import Construct


@jsii.implements(IStreamingSession)
class ImportedStreamingSession(SessionAttributes, GrantableSession):
    """A session known by its ARN or its id.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    session_id
        The session's id. Default: the one in ``session_arn``.
    session_arn
        The session's ARN, with its region and account. Default: the stack's partition, region and
        account, with ``session_id``.
    launch_profile_id
        The session's launch profile. Default: unknown.

    Raises
    ------
    ValueError
        When an argument is invalid, or unless exactly one of ARN and id is given.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        session_id: str | None = None,
        session_arn: str | None = None,
        launch_profile_id: str | None = None,
    ) -> None:
        if (session_id is None) == (session_arn is None):
            raise ValueError(
                f"streaming_session_id is {shown(session_id)} and streaming_session_arn is "
                f"{shown(session_arn)}: exactly one of them must be given"
            )
        stack = Stack.of(scope)
        if session_arn is not None and awaits_lookup(session_arn):
            # Until the CLI has looked up the ARN, its placeholder counts as an id in this stack.
            session_id, session_arn = session_arn, None
        if session_id is None:
            session_id = arns.session_id(stack, str(session_arn))
        identifier("streaming_session_id", session_id)
        super().__init__(scope, id, environment_from_arn=session_arn)
        self._known = {
            "Arn": session_arn or arns.arn(stack, arns.SESSION, session_id),
            "SessionId": session_id,
        }
        if launch_profile_id is not None:
            self._known["LaunchProfileId"] = launch_profile_id

    def _attribute(self, name: str) -> str:
        if name in self._known:
            return self._known[name]
        raise ValueError(
            f"{name} of the imported session {self.node.path} is not known: only the session's "
            f"own stack reads it. Known are {', '.join(self._known)}. Read the others with "
            "nimble:GetStreamingSession, which grant_read allows"
        )

    def _launch_profile_id(self) -> str:
        return self._known.get("LaunchProfileId", super()._launch_profile_id())
