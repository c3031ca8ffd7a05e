"""The session's fields as attributes of the resource."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "Arn": ("arn",),
    "AutomaticTerminationMode": ("automaticTerminationMode",),
    "BackupMode": ("backupMode",),
    "CreatedAt": ("createdAt",),
    "CreatedBy": ("createdBy",),
    "Ec2InstanceType": ("ec2InstanceType",),
    "LaunchProfileId": ("launchProfileId",),
    "MaxBackupsToRetain": ("maxBackupsToRetain",),
    "OwnedBy": ("ownedBy",),
    "SessionId": ("sessionId",),
    "SessionPersistenceMode": ("sessionPersistenceMode",),
    "StartedAt": ("startedAt",),
    "StartedBy": ("startedBy",),
    "StartedFromBackupId": ("startedFromBackupId",),
    "State": ("state",),
    "StatusCode": ("statusCode",),
    "StatusMessage": ("statusMessage",),
    "StopAt": ("stopAt",),
    "StoppedAt": ("stoppedAt",),
    "StoppedBy": ("stoppedBy",),
    "StreamingImageId": ("streamingImageId",),
    "Tags": ("tags",),
    "TerminateAt": ("terminateAt",),
    "UpdatedAt": ("updatedAt",),
    "UpdatedBy": ("updatedBy",),
    "VolumeConfiguration.Iops": ("volumeConfiguration", "iops"),
    "VolumeConfiguration.Size": ("volumeConfiguration", "size"),
    "VolumeConfiguration.Throughput": ("volumeConfiguration", "throughput"),
    "VolumeRetentionMode": ("volumeRetentionMode",),
}
"""Each attribute's name with the path of its member in the API's session."""


def from_session(session: Mapping[str, Any]) -> dict[str, str]:
    """Return every attribute as a string, one that the session lacks as an empty string.

    ``Fn::GetAtt`` of a key that the response does not carry would fail the stack.
    """
    return {name: _text(_member(session, path)) for name, path in ATTRIBUTES.items()}


def unread(session_id: str, stack_id: str) -> dict[str, str]:
    """Return the attributes of a session that could not be read: its ARN and its id.

    The ARN follows from the stack's own partition, region and account (service authorization
    reference, resource type streaming-session).
    """
    partition, _, region, account = (stack_id.split(":") + [""] * 5)[1:5]
    arn = f"arn:{partition}:nimble:{region}:{account}:streaming-session/{session_id}"
    return from_session({"arn": arn, "sessionId": session_id})


def _member(session: Mapping[str, Any], path: tuple[str, ...]) -> object:
    value: Any = session
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        # botocore gives the zone that the service wrote; a template compares text.
        utc = value.astimezone(UTC).replace(tzinfo=None)
        return utc.isoformat(timespec="seconds") + "Z"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return str(value)
