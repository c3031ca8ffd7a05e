"""CloudFormation's request, read and checked before anything is called."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from waiter.exceptions import InvalidRequestError
from waiter.runtime import log
from waiter.runtime.text import printable, shown
from waiter.wait.model import RequestType

NOT_STARTED = ":not-started"
"""Ends the PhysicalResourceId of a Create that started nothing."""

TIMEOUT = 1800, 3540
POLL_INTERVAL = 5, 60
"""Default and largest, in seconds."""
_METADATA = "RequestId", "StackId", "LogicalResourceId", "ResourceType", "PhysicalResourceId"
_MAX_ID_LENGTH = 128
_URL_SECONDS = 7200
"""How long CloudFormation's ResponseURL is valid."""
_MAX_CLOCK_SKEW = 300

# The model gives ids no pattern; these are the real ones'. What could change a URL's path is out.
_ID = re.compile(r"[A-Za-z0-9_-]+")
_STUDIO_ID = re.compile(r"[A-Za-z0-9_:-]+")
_STUDIO_ARN = re.compile(r"arn:[^:]+:nimble:([a-z0-9-]+):[^:]*:studio/")


@dataclass(frozen=True)
class Request:
    """One request of CloudFormation, without the credential that its answer needs.

    ``physical_id`` is empty on Create; ``restore`` says whether ``backup_id`` is asked for anew;
    ``timeout`` and ``poll_interval`` are in seconds.
    """

    type: RequestType
    request_id: str
    stack_id: str
    logical_id: str
    resource_type: str
    physical_id: str
    studio_id: str = ""
    session_id: str = ""
    backup_id: str = ""
    restore: bool = False
    stop_on_delete: bool = False
    allow_restart: bool = False
    timeout: int = TIMEOUT[0]
    poll_interval: int = POLL_INTERVAL[0]


def parse(event: Mapping[str, Any]) -> Request:
    """Read a request of CloudFormation.

    Raises InvalidRequestError when a property can't be right; never for a Delete, which falls
    back to defaults that touch nothing.
    """
    bare, properties = parse_metadata(event), _mapping(event.get("ResourceProperties"))
    try:
        values = _properties(properties)
    except InvalidRequestError as error:
        if bare.type is not RequestType.DELETE:
            raise
        log.line("defaults-taken", error=str(error))
        return bare
    old = _mapping(event.get("OldResourceProperties"))
    return replace(bare, **values, restore=_restores(bare.type, properties, old))


def parse_metadata(event: Mapping[str, Any]) -> Request:
    """Read what CloudFormation itself says; raise InvalidRequestError without a type."""
    given = event.get("RequestType")
    if given not in list(RequestType):
        raise _invalid("RequestType", given, "it must be Create, Update or Delete")

    texts: list[Any] = [str(event.get(key, "")) for key in _METADATA]
    return Request(RequestType(given), *texts)


def named_session(event: Mapping[str, Any]) -> str:
    """Return the id of the session that an event names, whatever it may be."""
    return printable(_mapping(event.get("ResourceProperties")).get("SessionId", ""), _MAX_ID_LENGTH)


def sent_at(url: str, now: float) -> float:
    """Return when CloudFormation sent a request, from the date that its ResponseURL is signed with.

    Both times are in seconds since the epoch. A date that can't be read, or that is more than five
    minutes ahead of ``now``, is ignored: then, and for a date that is less ahead, it is ``now``.
    """
    try:
        query = parse_qs(urlsplit(url).query)
        if "X-Amz-Date" in query:
            date = datetime.fromisoformat(query["X-Amz-Date"][0])
            signed = date.replace(tzinfo=date.tzinfo or UTC).timestamp()
        else:
            signed = float(int(query["Expires"][0]) - _URL_SECONDS)
    except (LookupError, ValueError, OverflowError):
        return now
    return now if signed > now + _MAX_CLOCK_SKEW else min(signed, now)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _restores(kind: RequestType, new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Tell whether the backup is asked for anew: a backup in the past is never restored again."""
    if kind is RequestType.UPDATE and old:
        differs = any(new.get(key) != old.get(key) for key in ("BackupId", "SessionId"))
        return differs and bool(new.get("BackupId"))
    return kind is RequestType.CREATE and bool(new.get("BackupId"))


def _properties(given: Mapping[str, Any]) -> dict[str, Any]:
    readers: dict[str, tuple[Callable[..., Any], *tuple[Any, ...]]] = {
        "studio_id": (_identifier, "StudioId", _STUDIO_ID),
        "session_id": (_identifier, "SessionId", _ID),
        "backup_id": (_identifier, "BackupId", _ID),
        "stop_on_delete": (_choice, "OnDelete", "RETAIN", "STOP"),
        "allow_restart": (_choice, "AllowRestart", "false", "true"),
        "timeout": (_seconds, "TimeoutSeconds", *TIMEOUT),
        "poll_interval": (_seconds, "PollIntervalSeconds", *POLL_INTERVAL),
    }
    if not given.get("BackupId"):
        # CloudFormation makes an empty text of an empty parameter.
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
            # The id of a studio begins with the region, which its ARN has elsewhere.
            studio = _STUDIO_ARN.match(value)
            where = (
                f"region and last part, '{studio[1]}:{last[1:]}" if studio else f"last part, {last}"
            )
            raise _invalid(name, value, f"it is an ARN; the id is its {where}")
    signs = "letters, digits, '_' and '-'"
    signs += ", with ':' after the region" if pattern is _STUDIO_ID else ""
    raise _invalid(name, value, f"it must be 1 to {_MAX_ID_LENGTH} {signs}")


def _choice(given: Mapping[str, Any], name: str, default: str, other: str) -> bool:
    value = given.get(name, default)
    text = str(value).lower() if isinstance(value, bool) else value
    if text in (default, other):
        return bool(text == other)
    raise _invalid(name, value, f"it must be {default} or {other}")


def _seconds(given: Mapping[str, Any], name: str, default: int, largest: int) -> int:
    value = str(given.get(name, default))
    if re.fullmatch("[0-9]{1,4}", value) and 1 <= int(value) <= largest:
        return int(value)
    raise _invalid(name, value, f"it must be a whole number of seconds from 1 to {largest}")


def _invalid(name: str, value: object, rule: str) -> InvalidRequestError:
    return InvalidRequestError(f"{name} is {shown(value)}: {rule}")
