"""The construct for one streaming session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import jsii
from aws_cdk import Stack

from cdk_nimble_streaming_session._private import arns, registry, validation
from cdk_nimble_streaming_session.attributes import SessionAttributes
from cdk_nimble_streaming_session.grants import GrantableSession
from cdk_nimble_streaming_session.imported import ImportedStreamingSession
from cdk_nimble_streaming_session.interface import IStreamingSession
from cdk_nimble_streaming_session.metrics import SessionMetrics
from cdk_nimble_streaming_session.on_delete import OnDelete
from cdk_nimble_streaming_session.provider import RESOURCE_TYPE, StreamingSessionProvider
from cdk_waiter._private import validation as rules
from cdk_waiter._private.custom_resource import custom_resource, digits, seconds
from cdk_waiter._private.json_text import json_value
from cdk_waiter._private.triggers import canonical

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk.aws_nimblestudio import CfnLaunchProfile, CfnStudio
    from constructs import Construct, IConstruct

MAX_TIMEOUT_SECONDS: Final = 59 * 60
MAX_POLL_INTERVAL_SECONDS: Final = 60
_TIMEOUT_SECONDS: Final = 30 * 60
_POLL_INTERVAL_SECONDS: Final = 5


@jsii.implements(IStreamingSession)
class StreamingSession(SessionAttributes, SessionMetrics, GrantableSession):
    """A streaming session of Nimble Studio that is READY once its stack is deployed.

    The session must already exist. Creating or updating the resource starts it, unless it is
    running, and waits until it is READY. ``Ref`` of the resource is the session id.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    studio_id
        The studio's id, such as ``us-west-2:stid-abc123``, or the ``CfnStudio`` in this app that
        creates it; the session then depends on the studio.
    session_id
        The session's id, such as ``yeG7lDwNQEiwNTRT7DrV7Q``. Changing it replaces the resource. A
        stack must not contain the same session twice.
    backup_id
        The backup to start the session from. It is restored when the resource is created or when
        this argument changes, but not by any other update. Default: none.
    on_delete
        What deleting the resource does to the session. Default: nothing.
    allow_restart
        Whether a session that is READY may be stopped to restore ``backup_id``. Default: no, and
        the deployment fails.
    timeout
        Maximum time to wait for READY and, with STOP, for the stop: whole seconds, from 1 s to
        59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads of the session: whole seconds, from 1 s to 60 s. Reads start
        at one per second; the interval then grows to 5 % of the time since the first read. The n
        sessions of a stack share ten reads per second, so no interval is shorter than n/10 s, even
        if that is more than this maximum. A tenth of jitter comes on top, and faults stretch the
        interval up to a minute. Default: 5 s.
    triggers
        Any JSON value. Changing it updates the resource, which starts the session again if it has
        been stopped in the meantime. Default: none.
    endpoint_url
        An API-compatible endpoint. Changing it changes only the function's environment; change
        ``triggers`` as well to start the session there. Default: the provider's endpoint, or AWS's
        endpoint of the service, which AWS has closed.
    provider
        The function behind the session. The sessions of a stack share one. CloudFormation refuses
        another function for a deployed session: docs/operations.md, "Another function for a session
        that is deployed". Default: the stack's provider, with every default.

    Raises
    ------
    ValueError
        When an argument is invalid; the error names the argument, the value and the rule.
    TypeError
        When an argument has the wrong type.
    """

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        studio_id=validation.studio_id,
        session_id=validation.identifier,
        backup_id=rules.optional(validation.identifier),
        on_delete=rules.member("OnDelete", OnDelete),
        allow_restart=rules.boolean,
        timeout=rules.optional(rules.duration(1, MAX_TIMEOUT_SECONDS, "Duration.minutes(30)")),
        poll_interval=rules.optional(
            rules.duration(1, MAX_POLL_INTERVAL_SECONDS, "Duration.seconds(5)")
        ),
        triggers=json_value,
        endpoint_url=rules.optional(rules.endpoint_url),
        provider=rules.optional(rules.member("StreamingSessionProvider", StreamingSessionProvider)),
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        studio_id: str | CfnStudio,
        session_id: str,
        backup_id: str | None = None,
        on_delete: OnDelete = OnDelete.RETAIN,
        allow_restart: bool = False,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        endpoint_url: str | None = None,
        provider: StreamingSessionProvider | None = None,
    ) -> None:
        if allow_restart and backup_id is None:
            raise ValueError(
                "allow_restart is True without backup_id: a session is restarted only to restore "
                "a backup; pass backup_id, or leave allow_restart out"
            )
        stack = Stack.of(scope)
        # Find every mistake before the construct exists; a half-built one would stay in the tree.
        provider = registry.find(
            stack, lambda: f"{scope.node.path}/{id}", session_id, endpoint_url, provider
        )
        text = None if triggers is None else canonical(stack, triggers)
        super().__init__(scope, id, physical_name=session_id)
        # The rule has already replaced an L1 with its id.
        validation.check_studio(self, stack, str(studio_id))
        self._session_id = session_id
        self._provider = registry.register(stack, self, session_id, endpoint_url, provider)
        permissions = self._provider.serve(
            self, session_id, backup_id, on_delete=on_delete, allow_restart=allow_restart
        )
        limit = seconds(timeout, _TIMEOUT_SECONDS)
        properties = {
            "StudioId": studio_id,
            "SessionId": session_id,
            "BackupId": backup_id,
            "OnDelete": on_delete.value,
            "AllowRestart": str(allow_restart).lower(),
            "TimeoutSeconds": digits(limit),
            "PollIntervalSeconds": digits(seconds(poll_interval, _POLL_INTERVAL_SECONDS)),
            "Triggers": text,
        }
        self._resource = custom_resource(
            self, RESOURCE_TYPE, self._provider.function, limit, properties, permissions
        )

    @staticmethod
    @rules.validated(
        scope=rules.scope, id=rules.construct_id, streaming_session_id=validation.identifier
    )
    def from_streaming_session_id(
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        streaming_session_id: str,
    ) -> IStreamingSession:
        """Import a session in the region and account of the stack by its id.

        Raises
        ------
        ValueError
            When the id is invalid.
        """
        return ImportedStreamingSession(scope, id, session_id=streaming_session_id)

    @staticmethod
    @rules.validated(scope=rules.scope, id=rules.construct_id, streaming_session_arn=rules.string)
    def from_streaming_session_arn(
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        streaming_session_arn: str,
    ) -> IStreamingSession:
        """Import a session by its ARN, which may name another region and account.

        Raises
        ------
        ValueError
            When it isn't the ARN of a session.
        """
        return ImportedStreamingSession(scope, id, session_arn=streaming_session_arn)

    @staticmethod
    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        streaming_session_id=rules.optional(validation.identifier),
        streaming_session_arn=rules.optional(rules.string),
        launch_profile_id=rules.optional(validation.launch_profile_id),
    )
    def from_streaming_session_attributes(
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        streaming_session_id: str | None = None,
        streaming_session_arn: str | None = None,
        launch_profile_id: str | CfnLaunchProfile | None = None,
    ) -> IStreamingSession:
        """Import a session by its id or its ARN, and optionally its launch profile.

        The profile is an id, or the ``CfnLaunchProfile`` in this app that creates it. Grants name
        the profile if it is given; otherwise they match any profile.

        Raises
        ------
        ValueError
            When an argument is invalid, or unless exactly one of id and ARN is given.
        """
        return ImportedStreamingSession(
            scope,
            id,
            session_id=streaming_session_id,
            session_arn=streaming_session_arn,
            # The rule has already replaced an L1 with its id.
            launch_profile_id=cast("str | None", launch_profile_id),
        )

    @property
    def provider(self) -> StreamingSessionProvider:
        """The function behind the session."""
        return self._provider

    @property
    def streaming_session_arn(self) -> str:
        """The session's ARN, ``arn:aws:nimble:...:streaming-session/...``."""
        # A stack in another region or account builds it from the id.
        parts = arns.components(arns.SESSION, self._session_id, self.env)
        return self._get_resource_arn_attribute(
            self._attribute("Arn"),
            service=parts.service,
            resource=parts.resource,
            resource_name=parts.resource_name,
            arn_format=parts.arn_format,
            region=parts.region,
            account=parts.account,
        )

    @property
    def streaming_session_id(self) -> str:
        """The session's id as the service reports it."""
        return self._get_resource_name_attribute(self._attribute("SessionId"))

    def _attribute(self, name: str) -> str:
        return self._resource.get_att_string(name)

    def _metered(self) -> tuple[IConstruct, str]:
        return self, self._provider.function.function_name
