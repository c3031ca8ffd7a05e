"""The session's fields as attributes of the resource."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from waiter.runtime.text import json_size, plain

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

_LONGEST_ID = 256
"""In bytes: twice an ARN of the service, yet all ids together still fit into an answer."""
_ID = re.compile("[!-~]*")
_NOT_TEXT = "MaxBackupsToRetain", "Tags", "VolumeConfiguration."


def from_session(session: Mapping[str, Any]) -> dict[str, str]:
    """Return every attribute: an ``Fn::GetAtt`` of one that the answer lacks would fail the stack.

    ``session`` is the JSON that the service sent. A missing or unreadable member becomes empty, so
    that it doesn't hide the others.
    """
    return {name: _text(name, _member(session, path)) for name, path in ATTRIBUTES.items()}


def instant(value: Any) -> datetime | None:
    """Return a time in UTC from ISO 8601 or seconds since the epoch; None if it is neither."""
    try:
        if type(value) in (int, float):
            return datetime.fromtimestamp(value, UTC)
        time = datetime.fromisoformat(value)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (OSError, OverflowError, TypeError, ValueError):
        return None


def stays_whole(name: str) -> bool:
    """Tell whether an attribute is useless if it's truncated."""
    return name in ("Arn", "State", "StatusCode") or name.endswith("Id")


def unread(session_id: str, stack_id: str) -> dict[str, str]:
    """Return the attributes of a session that couldn't be read: its ARN and id."""
    return from_session(identity(session_id, stack_id))


def identity(session_id: str, stack_id: str) -> dict[str, str]:
    """Return a session's ARN and id, as members of the API's session.

    The ARN has the form given in the service authorization reference.
    """
    partition, _, region, account = (stack_id.split(":") + [""] * 5)[1:5]
    arn = f"arn:{partition}:nimble:{region}:{account}:streaming-session/{session_id}"
    return {"arn": arn, "sessionId": session_id}


def _member(session: Mapping[str, Any], path: tuple[str, ...]) -> object:
    value: Any = session
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if name.endswith("At"):
        time = instant(value)
        return f"{time.isoformat()[:19]}Z" if time else ""
    if isinstance(value, dict) and name == "Tags":
        # Tags are strings; anything else isn't a tag.
        tags = {key: text for key, text in value.items() if isinstance(text, str)}
        value = json.dumps(tags, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    elif name.startswith(_NOT_TEXT):
        value = re.fullmatch("[0-9]+", str(value)) and str(value)
    # Attributes become outputs: terminals show them, and XML allows no control characters.
    text = plain(value) if isinstance(value, str) else ""
    fits = _ID.fullmatch(text) and json_size(text) <= _LONGEST_ID
    return text if fits or not stays_whole(name) else ""
