"""Nimble Studio's streaming session as a `Resource` for the engine."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from fallback import NOT_STARTED
from waiter.cloudformation.request import (
    POLL_INTERVAL,
    TIMEOUT,
    Request,
    choice,
    invalid,
    seconds,
)
from waiter.exceptions import InvalidRequestError
from waiter.runtime.text import shown
from waiter.wait.model import Goal, RequestType, Target

from . import advice, attributes
from .lifecycle import StreamingSession

NOUN = "session"
HINTS, stays_whole = advice.HINTS, attributes.stays_whole
NAMESPACE = "NimbleStreamingSession"
_MAX_ID_LENGTH = 128
# The model has no patterns for ids. These match real ids, and nothing that alters a URL's path.
_ID = re.compile(r"[A-Za-z0-9_-]+")
_STUDIO_ID = re.compile(r"[A-Za-z0-9_:-]+")
_STUDIO_ARN = re.compile(r"arn:[^:]+:nimble:([a-z0-9-]+):[^:]*:studio/")


def read_properties(request: Request, new: Mapping[str, Any], old: Mapping[str, Any]) -> Request:
    """See `Resource.read_properties`."""
    values = _properties(new)
    session_id, backup_id = values["session_id"], values.get("backup_id", "")
    restores = _restores(request.type, new, old)
    backup = backup_id if restores else ""
    title = f"streaming session {session_id} of studio {values['studio_id']}"
    title += f" from backup {backup}" if backup else ""
    pace = values["timeout"], values["poll_interval"]
    goal, verb = None, "Stopping"
    if request.type is not RequestType.DELETE:
        goal, verb = Goal(Target.READY, backup, values["allow_restart"], *pace), "Starting"
    elif values["stop_on_delete"] and not request.physical_id.endswith(NOT_STARTED):
        goal = Goal(Target.STOPPED, "", False, *pace)  # noqa: FBT003 - may_restart
    return replace(
        request, resource_id=session_id, title=f"{verb} {title}", goal=goal, values=values
    )


def lifecycle(request: Request, client: Any = None) -> StreamingSession:
    """See `Resource.lifecycle`."""
    studio_id = request.values.get("studio_id", "")
    return StreamingSession(studio_id, request.resource_id, client, request.stack_id)


def unread(request: Request) -> dict[str, str]:
    """See `Resource.unread`."""
    return attributes.unread(request.resource_id, request.stack_id)


def _restores(kind: RequestType, new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Tell whether the request newly asks for a backup; an earlier one is never restored again."""
    if not new.get("BackupId"):
        return False
    if kind is RequestType.UPDATE and old:
        return any(new.get(key) != old.get(key) for key in ("BackupId", "SessionId"))
    return kind is RequestType.CREATE


def _properties(given: Mapping[str, Any]) -> dict[str, Any]:
    readers: dict[str, tuple[Callable[..., Any], *tuple[Any, ...]]] = {
        "studio_id": (_identifier, "StudioId", _STUDIO_ID),
        "session_id": (_identifier, "SessionId", _ID),
        "backup_id": (_identifier, "BackupId", _ID),
        "stop_on_delete": (choice, "OnDelete", "RETAIN", "STOP"),
        "allow_restart": (choice, "AllowRestart", "false", "true"),
        "timeout": (seconds, "TimeoutSeconds", *TIMEOUT),
        "poll_interval": (seconds, "PollIntervalSeconds", *POLL_INTERVAL),
    }
    if not given.get("BackupId"):
        # CloudFormation turns an empty parameter into an empty string.
        del readers["backup_id"]
    values: dict[str, Any] = {}
    wrong = []
    for name, (read, *rule) in readers.items():
        try:
            values[name] = read(given, *rule)
        except InvalidRequestError as error:
            wrong.append(str(error))
    if wrong:
        raise InvalidRequestError("; ".join(wrong))
    return values


def _identifier(given: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = given.get(name, "")
    if isinstance(value, str):
        if len(value) <= _MAX_ID_LENGTH and pattern.fullmatch(value) and value[:4] != "arn:":
            return value
        if value.startswith("arn:"):
            last = shown(value.rsplit("/", 1)[-1], 60)
            # A studio's id begins with the region, which is elsewhere in its ARN.
            studio = _STUDIO_ARN.match(value)
            where = (
                f"region and last part, '{studio[1]}:{last[1:]}" if studio else f"last part, {last}"
            )
            raise invalid(name, value, f"it is an ARN; the id is its {where}")
    signs = "letters, digits, '_' and '-'"
    signs += ", with ':' after the region" if pattern is _STUDIO_ID else ""
    raise invalid(name, value, f"it must be 1 to {_MAX_ID_LENGTH} {signs}")
