"""Read and check CloudFormation's request before anything is called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from waiter.exceptions import InvalidRequestError
from waiter.runtime.text import shown
from waiter.wait.model import Goal, RequestType
from waiter.wait.state import WaitState

TIMEOUT = 1800, 3540
POLL_INTERVAL = 5, 60
"""Default and maximum, in seconds."""
_METADATA = "RequestId", "StackId", "LogicalResourceId", "ResourceType", "PhysicalResourceId"
_URL_SECONDS = 7200
"""Lifetime of CloudFormation's ResponseURL."""


@dataclass(frozen=True)
class Request:
    """One request of CloudFormation, without its ResponseURL, which is a credential.

    ``physical_id`` is empty on Create. The fields after it come from the properties, and are empty
    if these are invalid: the resource's id, what the request does to it, the goal (None for a
    Delete that has nothing to do), and the values that only the resource's own code reads.
    ``state`` is the wait so far.
    """

    type: RequestType
    request_id: str
    stack_id: str
    logical_id: str
    resource_type: str
    physical_id: str
    resource_id: str = ""
    title: str = ""
    goal: Goal | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    state: WaitState | None = None


def parse_metadata(event: Mapping[str, Any]) -> Request:
    """Read CloudFormation's own fields; raise InvalidRequestError without a valid type."""
    given = event.get("RequestType")
    if given not in list(RequestType):
        raise invalid("RequestType", given, "it must be Create, Update or Delete")

    texts: list[Any] = [str(event.get(key, "")) for key in _METADATA]
    return Request(RequestType(given), *texts)


def sent_at(url: str, now: float) -> float:
    """Return when CloudFormation sent a request, from the signing date of its ResponseURL.

    Both times are in seconds since the epoch. Returns ``now`` if the date is ahead of it or can't
    be read.
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
    return min(signed, now)


def choice(given: Mapping[str, Any], name: str, default: str, other: str) -> bool:
    """Tell whether a property has its ``other`` value; raise InvalidRequestError for any third."""
    value = given.get(name, default)
    text = str(value).lower() if isinstance(value, bool) else value
    if text in (default, other):
        return bool(text == other)
    raise invalid(name, value, f"it must be {default} or {other}")


def seconds(given: Mapping[str, Any], name: str, default: int, largest: int) -> int:
    """Return a property in seconds, or raise InvalidRequestError."""
    value = str(given.get(name, default))
    if re.fullmatch("[0-9]{1,4}", value) and 1 <= int(value) <= largest:
        return int(value)
    raise invalid(name, value, f"it must be a whole number of seconds from 1 to {largest}")


def invalid(name: str, value: object, rule: str) -> InvalidRequestError:
    """Return an error that gives a property's name, its value and the rule."""
    return InvalidRequestError(f"{name} is {shown(value)}: {rule}")
