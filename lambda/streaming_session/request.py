"""CloudFormation's request, read and checked before anything is called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from streaming_session.exceptions import InvalidRequestError
from streaming_session.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_STARTED = ":not-started"
"""Ends the PhysicalResourceId of a Create that failed before it started anything."""

DEFAULT_TIMEOUT_SECONDS = 1800
MAX_TIMEOUT_SECONDS = 3540
DEFAULT_POLL_INTERVAL_SECONDS = 5
MAX_POLL_INTERVAL_SECONDS = 60
_MAX_ID_LENGTH = 128

# The model gives these identifiers no pattern; real ones hold letters, digits, hyphens and
# underscores, a studio's also the region and a colon. What could change the path of a URL is out.
_ID = re.compile(r"[A-Za-z0-9_-]+")
_STUDIO_ID = re.compile(r"[A-Za-z0-9_:-]+")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,4}")


class RequestType(Enum):
    """The three requests of CloudFormation."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


class OnDelete(Enum):
    """What a Delete does to the session."""

    RETAIN = "RETAIN"
    STOP = "STOP"


@dataclass(frozen=True, slots=True)
class Request:
    """One request of CloudFormation, without the credential that its answer needs.

    Attributes
    ----------
    type
        Create, Update or Delete.
    request_id, stack_id, logical_id, resource_type
        As CloudFormation sent them.
    physical_id
        The resource's PhysicalResourceId so far; empty on Create.
    studio_id, session_id
        Which session.
    backup_id
        The backup named by the properties; empty when none is.
    restore
        Whether that backup is asked for anew, so that a start restores it.
    on_delete
        What a Delete does to the session.
    allow_restart
        Whether a READY session may be stopped to restore the backup.
    timeout
        How long READY may take, in seconds from the first invocation.
    poll_interval
        Seconds between two reads of the session.
    """

    type: RequestType
    request_id: str
    stack_id: str
    logical_id: str
    resource_type: str
    physical_id: str
    studio_id: str
    session_id: str
    backup_id: str = ""
    restore: bool = False
    on_delete: OnDelete = OnDelete.RETAIN
    allow_restart: bool = False
    timeout: int = DEFAULT_TIMEOUT_SECONDS
    poll_interval: int = DEFAULT_POLL_INTERVAL_SECONDS


def parse(event: Mapping[str, Any]) -> Request:
    """Read a request of CloudFormation.

    Raises
    ------
    InvalidRequestError
        When a property can't be right, with its name, its value and the rule. Never for a Delete:
        what can't be read there falls back to its default, which touches nothing.
    """
    kind = RequestType(event["RequestType"])
    properties = _mapping(event.get("ResourceProperties"))
    envelope: dict[str, Any] = {
        "type": kind,
        "request_id": str(event.get("RequestId", "")),
        "stack_id": str(event.get("StackId", "")),
        "logical_id": str(event.get("LogicalResourceId", "")),
        "resource_type": str(event.get("ResourceType", "")),
        "physical_id": str(event.get("PhysicalResourceId", "")),
    }
    try:
        values = _properties(properties)
    except InvalidRequestError:
        if kind is not RequestType.DELETE:
            raise
        return Request(**envelope, studio_id="", session_id="")
    old = _mapping(event.get("OldResourceProperties"))
    return Request(**envelope, **values, restore=_restores(kind, properties, old))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _restores(kind: RequestType, new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Tell whether the backup is asked for anew: a backup in the past is never restored again."""
    if not new.get("BackupId"):
        return False
    if kind is RequestType.CREATE:
        return True
    return bool(old) and any(new.get(key) != old.get(key) for key in ("BackupId", "SessionId"))


def _properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "studio_id": _identifier(properties, "StudioId", _STUDIO_ID),
        "session_id": _identifier(properties, "SessionId", _ID),
        "backup_id": _identifier(properties, "BackupId", _ID, required=False),
        "on_delete": OnDelete(_choice(properties, "OnDelete", ("RETAIN", "STOP"), "RETAIN")),
        "allow_restart": _choice(properties, "AllowRestart", ("true", "false"), "false") == "true",
        "timeout": _seconds(
            properties, "TimeoutSeconds", DEFAULT_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS
        ),
        "poll_interval": _seconds(
            properties,
            "PollIntervalSeconds",
            DEFAULT_POLL_INTERVAL_SECONDS,
            MAX_POLL_INTERVAL_SECONDS,
        ),
    }


def _identifier(
    properties: Mapping[str, Any], name: str, pattern: re.Pattern[str], *, required: bool = True
) -> str:
    value = properties.get(name, "")
    if value == "" and not required:
        return ""
    if isinstance(value, str) and value.startswith("arn:"):
        hint = f"it is an ARN; the id is its last part, {printable(value.rsplit('/', 1)[-1], 60)!r}"
        raise _invalid(name, value, hint)
    if isinstance(value, str) and len(value) <= _MAX_ID_LENGTH and pattern.fullmatch(value):
        return value
    signs = "letters, digits, '_' and '-'" + (
        ", with ':' after the region" if ":" in pattern.pattern else ""
    )
    raise _invalid(name, value, f"it must be 1 to {_MAX_ID_LENGTH} {signs}")


def _choice(properties: Mapping[str, Any], name: str, among: tuple[str, ...], default: str) -> str:
    value = properties.get(name, default)
    if isinstance(value, bool):
        value = str(value).lower()
    if value in among:
        return str(value)
    raise _invalid(name, value, f"it must be {' or '.join(among)}")


def _seconds(properties: Mapping[str, Any], name: str, default: int, largest: int) -> int:
    value = str(properties.get(name, default))
    if _WHOLE_NUMBER.fullmatch(value) and 1 <= int(value) <= largest:
        return int(value)
    raise _invalid(name, value, f"it must be a whole number of seconds from 1 to {largest}")


def _invalid(name: str, value: object, rule: str) -> InvalidRequestError:
    return InvalidRequestError(f"{name} is {printable(value, 100)!r}: {rule}")
