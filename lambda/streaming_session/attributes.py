"""The session's fields as attributes of the resource."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .text import plain

_MEMBERS = """
arn automaticTerminationMode backupMode createdAt createdBy ec2InstanceType launchProfileId
maxBackupsToRetain ownedBy sessionId sessionPersistenceMode startedAt startedBy startedFromBackupId
state statusCode statusMessage stopAt stoppedAt stoppedBy streamingImageId tags terminateAt
updatedAt updatedBy volumeConfiguration.iops volumeConfiguration.size volumeConfiguration.throughput
volumeRetentionMode
"""

ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    ".".join(part[0].upper() + part[1:] for part in path): path
    for path in (tuple(member.split(".")) for member in _MEMBERS.split())
}
"""Each attribute's name and the path of its member in the API's session."""


def from_session(session: Mapping[str, Any]) -> dict[str, str]:
    """Return every attribute: ``Fn::GetAtt`` of one that is not in the answer fails the stack."""
    return {name: _text(_member(session, path)) for name, path in ATTRIBUTES.items()}


def stays_whole(name: str) -> bool:
    """Tell whether an attribute is worth nothing when it is cut."""
    return name in ("Arn", "State", "StatusCode") or name.endswith("Id")


def unread(session_id: str, stack_id: str) -> dict[str, str]:
    """Return the attributes of a session that could not be read: ARN and id.

    The ARN's form is that of the service authorization reference.
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
        # botocore gives the zone that the service wrote, or none; a template compares text.
        try:
            aware = value if value.tzinfo else value.replace(tzinfo=UTC)
            utc = aware.astimezone(UTC).replace(tzinfo=None)
        except (OverflowError, ValueError):
            # At an end of the calendar, or in a zone that no clock has.
            return value.replace(tzinfo=None).isoformat(timespec="seconds")
        return utc.isoformat(timespec="seconds") + "Z"
    if isinstance(value, dict):
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    else:
        text = str(value)
    # Attributes become outputs, which terminals show and whose XML allows no control characters.
    return plain(text)
