"""The construct."""

from __future__ import annotations

from typing import Any, Final

from aws_cdk import CustomResource, Duration, Stack
from constructs import Construct

from cdk_nimble_streaming_session.attributes import SessionAttributes
from cdk_nimble_streaming_session.on_delete import OnDelete
from cdk_nimble_streaming_session.provider import StreamingSessionProvider
from cdk_nimble_streaming_session.validation import (
    check_endpoint_url,
    check_id,
    check_seconds,
    check_studio_id,
)

RESOURCE_TYPE: Final = "Custom::NimbleStreamingSession"

MAX_TIMEOUT_SECONDS: Final = 59 * 60
MAX_POLL_INTERVAL_SECONDS: Final = 60
_GRACE_SECONDS: Final = 60


class StreamingSession(SessionAttributes, Construct):
    """A streaming session of Nimble Studio that is READY once its stack is deployed.

    The session has to exist. Creating the resource starts it, unless it runs already, and waits
    until it is READY; so does every update. ``Ref`` of the resource is the session id.

    Parameters
    ----------
    scope, id
        Where it stands in the tree.
    studio_id
        The studio, such as ``us-west-2:stid-abc123``.
    session_id
        The session, such as ``yeG7lDwNQEiwNTRT7DrV7Q``. Another id replaces the resource.
    backup_id
        The backup to start the session from. It is restored when the resource is created and when
        this argument changes, never again by an update that changes something else.
    on_delete
        What deleting the resource does to the session. Default: it is left as it is.
    allow_restart
        Whether a session that is READY may be stopped to restore ``backup_id``. Default: no; the
        deployment then fails.
    timeout
        How long READY may take: whole seconds, from 1 s to 59 minutes. Default: 30 minutes.
    poll_interval
        Time between two reads of the session: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. A change of it updates the resource, which starts the session again if it
        was stopped in the meantime. Default: none.
    endpoint_url
        An API-compatible endpoint. Default: the service's own, which AWS has closed.

    Raises
    ------
    ValueError
        When an argument can't be right; it names the argument, the value and the rule.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the name that every construct gives it
        *,
        studio_id: str,
        session_id: str,
        backup_id: str | None = None,
        on_delete: OnDelete = OnDelete.RETAIN,
        allow_restart: bool = False,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        endpoint_url: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        timeout = timeout or Duration.minutes(30)
        poll_interval = poll_interval or Duration.seconds(5)
        check_studio_id(studio_id)
        check_id("session_id", session_id)
        check_seconds("timeout", timeout, 1, MAX_TIMEOUT_SECONDS)
        check_seconds("poll_interval", poll_interval, 1, MAX_POLL_INTERVAL_SECONDS)
        if backup_id is not None:
            check_id("backup_id", backup_id)
        if allow_restart and backup_id is None:
            raise ValueError(
                "allow_restart is True without backup_id: it has no meaning then, since a session "
                "is only ever restarted to restore a backup"
            )
        if endpoint_url is not None:
            check_endpoint_url(endpoint_url)
        self._session_id = session_id
        provider = StreamingSessionProvider.for_stack(self, endpoint_url)
        stops = on_delete is OnDelete.STOP
        provider.permissions.allow_session(session_id, backup_id, stop=stops or allow_restart)
        if stops:
            provider.permissions.allow_listing_the_stack()
        seconds = int(timeout.to_seconds())
        properties: dict[str, Any] = {
            "StudioId": studio_id,
            "SessionId": session_id,
            "OnDelete": on_delete.value,
            "AllowRestart": str(allow_restart).lower(),
            "TimeoutSeconds": str(seconds),
            "PollIntervalSeconds": str(int(poll_interval.to_seconds())),
        }
        if backup_id is not None:
            properties["BackupId"] = backup_id
        if triggers is not None:
            properties["Triggers"] = Stack.of(self).to_json_string(_sorted(triggers))
        self._resource = CustomResource(
            self,
            "Resource",
            resource_type=RESOURCE_TYPE,
            service_token=provider.service_token,
            service_timeout=Duration.seconds(seconds + _GRACE_SECONDS),
            properties=properties,
        )
        # The function must not be called before it may do what it is called for.
        self._resource.node.add_dependency(provider.policy)


def _sorted(value: object) -> object:
    """Return a JSON value with the keys of its objects in order, so that content alone counts."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    return value
