"""Triggers as text that is the same whenever their content is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aws_cdk import Token

if TYPE_CHECKING:
    from aws_cdk import Stack


def canonical(stack: Stack, triggers: object) -> str:
    """Return a JSON value as text, the keys of its objects in order; tokens stay tokens.

    Raises
    ------
    ValueError
        When it is no JSON value.
    """
    return stack.to_json_string(_sorted(triggers, "triggers"))


def _sorted(value: object, where: str) -> object:
    if isinstance(value, dict):
        wrong = [key for key in value if not isinstance(key, str)]
        if wrong:
            raise ValueError(f"{where} has the key {wrong[0]!r}: keys must be strings, as in JSON")
        return {key: _sorted(value[key], f"{where}[{key!r}]") for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where} is {value!r}: JSON has no such number")
    # jsii fails on what it doesn't know, so only its own objects are asked whether they are tokens.
    token = hasattr(value, "__jsii_ref__") and Token.is_unresolved(value)
    if token or value is None or isinstance(value, str | int | float):
        return value
    kind = type(value).__name__
    raise ValueError(
        f"{where} is {value!r}, a {kind}: it must be a JSON value, such as {{'day': '2026-11-23'}}"
    )
