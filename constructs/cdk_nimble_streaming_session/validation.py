"""Checks of arguments: each error names the argument, the value and the rule. Tokens pass.

The function applies the same rules, in the same words, to what is only known at deployment.
"""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aws_cdk import Duration, Token

if TYPE_CHECKING:
    from aws_cdk import aws_sqs as sqs

MAX_ID_LENGTH: Final = 128
_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_STUDIO_ID: Final = re.compile(r"[A-Za-z0-9_:-]+")
_STUDIO_ARN: Final = re.compile(r"arn:[^:]+:nimble:([^:]+):[^:]*:studio/")


def check_studio_id(value: object) -> None:
    """Refuse what can't be a studio id, such as ``us-west-2:stid-abc123``."""
    _check_identifier("studio_id", value, _STUDIO_ID, ", with ':' after the region")


def check_id(argument: str, value: object) -> None:
    """Refuse what can't be the id of a session, a backup or a launch profile."""
    _check_identifier(argument, value, _ID, "")


def check_seconds(argument: str, value: object, smallest: int, largest: int) -> None:
    """Refuse a duration that is not a whole number of seconds in a range."""
    rule = f"it must be a whole number of seconds from {smallest} to {largest}"
    if not isinstance(value, Duration):
        raise TypeError(f"{argument} is {value!r}: {rule}, as a Duration")
    if value.is_unresolved():
        return
    milliseconds = value.to_milliseconds()
    if milliseconds % 1000 or not smallest <= milliseconds / 1000 <= largest:
        raise ValueError(f"{argument} is {value.to_human_string()}: {rule}")


def check_number(argument: str, value: object, smallest: int, largest: float = inf) -> None:
    """Refuse what is not a whole number in a range."""
    bounds = f"from {smallest} to {largest}" if largest < inf else f"from {smallest}"
    rule = f"it must be a whole number {bounds}"
    if Token.is_unresolved(value):
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{argument} is {value!r}: {rule}")
    if value % 1 or not smallest <= value <= largest:
        raise ValueError(f"{argument} is {value!r}: {rule}")


def check_standard_queue(argument: str, queue: sqs.IQueue) -> None:
    """Refuse a FIFO queue."""
    if queue.fifo:
        raise ValueError(
            f"{argument} is {queue.node.path}: it must be a standard queue, since Lambda sends "
            "lost requests to no FIFO queue"
        )


def check_choice(argument: str, value: object, kind: type) -> None:
    """Refuse what is not of a type: an enum or bool."""
    if not isinstance(value, kind):
        names = [f"{kind.__name__}.{member}" for member in getattr(kind, "__members__", ())]
        rule = " or ".join(names or ["True", "False"])
        raise TypeError(f"{argument} is {value!r}: it must be {rule}")


def check_endpoint_url(value: str) -> None:
    """Refuse what is no http or https URL of a host."""
    if Token.is_unresolved(value):
        return
    rule = "it must be a URL such as https://nimble.example.com"
    try:
        parts = urlsplit(value)
        wrong = parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0
    except ValueError as error:
        raise ValueError(f"endpoint_url is {value!r}: {rule}") from error
    if wrong or re.search(r"\s", value):
        raise ValueError(f"endpoint_url is {value!r}: {rule}")
    if parts.username or parts.password:
        # The value is not repeated: it holds a credential.
        raise ValueError("endpoint_url holds a user name or a password: it must hold neither")


def _check_identifier(argument: str, value: object, pattern: re.Pattern[str], also: str) -> None:
    signs = f"letters, digits, '_' and '-'{also}"
    rule = f"it must be 1 to {MAX_ID_LENGTH} {signs}"
    if not isinstance(value, str):
        raise TypeError(f"{argument} is {value!r}: {rule}")
    if Token.is_unresolved(value):
        return
    if value.startswith("arn:"):
        raise ValueError(f"{argument} is {value!r}: it is an ARN; the id is {_id_in(value)}")
    if not pattern.fullmatch(value) or len(value) > MAX_ID_LENGTH:
        raise ValueError(f"{argument} is {value!r}: {rule}")


def _id_in(arn: str) -> str:
    """Return where an ARN has the id, and the id."""
    last = arn.rsplit("/", 1)[-1]
    studio = _STUDIO_ARN.match(arn)
    # The id of a studio begins with the region, which its ARN has elsewhere.
    return (
        f"its region and last part, '{studio[1]}:{last}'" if studio else f"its last part, {last!r}"
    )
