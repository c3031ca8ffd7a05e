"""Checks of arguments: each error names the argument, the value and the rule. Tokens pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aws_cdk import Token

if TYPE_CHECKING:
    from aws_cdk import Duration

MAX_ID_LENGTH: Final = 128
_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_STUDIO_ID: Final = re.compile(r"[A-Za-z0-9_:-]+")


def check_studio_id(value: str) -> None:
    """Refuse what can't be a studio id, such as ``us-west-2:stid-abc123``."""
    _check_identifier("studio_id", value, _STUDIO_ID, ", with ':' after the region")


def check_id(argument: str, value: str) -> None:
    """Refuse what can't be the id of a session or a backup."""
    _check_identifier(argument, value, _ID, "")


def check_seconds(argument: str, value: Duration, smallest: int, largest: int) -> None:
    """Refuse a duration that is not a whole number of seconds in a range."""
    if value.is_unresolved():
        return
    rule = f"it must be a whole number of seconds from {smallest} to {largest}"
    milliseconds = value.to_milliseconds()
    if milliseconds % 1000 or not smallest <= milliseconds / 1000 <= largest:
        raise ValueError(f"{argument} is {value.to_human_string()}: {rule}")


def check_endpoint_url(value: str) -> None:
    """Refuse what is no http or https URL of a host."""
    if Token.is_unresolved(value):
        return
    rule = "it must be a URL such as https://nimble.example.com"
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or value != value.strip():
        raise ValueError(f"endpoint_url is {value!r}: {rule}")
    if parts.username or parts.password:
        # The value is not repeated: it holds a credential.
        raise ValueError("endpoint_url holds a user name or a password: it must hold neither")


def _check_identifier(argument: str, value: str, pattern: re.Pattern[str], also: str) -> None:
    if Token.is_unresolved(value):
        return
    if value.startswith("arn:"):
        last = value.rsplit("/", 1)[-1]
        raise ValueError(
            f"{argument} is {value!r}: it is an ARN; the id is its last part, {last!r}"
        )
    if not pattern.fullmatch(value) or len(value) > MAX_ID_LENGTH:
        signs = f"letters, digits, '_' and '-'{also}"
        raise ValueError(f"{argument} is {value!r}: it must be 1 to {MAX_ID_LENGTH} {signs}")
