"""JSON values with tokens in them: the rule for them, and their text.

This module writes the JSON, because jsii and the CDK lose ``None`` in a list, numbers beyond 2**53
and the order of keys.
"""

from __future__ import annotations

import json
import math
import re
from enum import Enum
from typing import TYPE_CHECKING, Final

from cdk_waiter._private.tokens import is_token
from cdk_waiter._private.validation import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import Stack

_MAX_DEPTH: Final = 100
# CPython doesn't print integers of more than 4,300 digits.
_MAX_BITS: Final = 4096
_MAX_WHOLE_FLOAT: Final = 1e21
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_TOKEN: Final = "${Token["
"""The beginning of a token in a string."""


def json_value(argument: str, value: object) -> object:
    """Accept a JSON value with tokens in it, or None; a rule of `validation`."""
    _check(value, argument, 0)
    return value


def json_text(stack: Stack, value: object, write: Callable[[object], str]) -> str:
    """Return a JSON value as text, with sorted keys in its objects.

    Parameters
    ----------
    stack
        The stack that resolves the tokens.
    value
        A value that `json_value` accepts.
    write
        Returns the text for a value that is a token, or a string with tokens in it.
    """
    if isinstance(value, dict):
        # The number in a token depends on the order of construction; what it resolves to doesn't.
        keys = sorted(value, key=lambda key: _stable(stack, key))
        pairs = (
            f"{json_text(stack, key, write)}:{json_text(stack, value[key], write)}" for key in keys
        )
        return "{" + ",".join(pairs) + "}"
    if _is_list_token(value) or hasattr(value, "__jsii_ref__"):
        return write(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join(json_text(stack, item, write) for item in value) + "]"
    if isinstance(value, str):
        return write(value) if _TOKEN in value else quoted(value)
    if isinstance(value, float):
        if is_token(value):
            return write(value)
        # As JavaScript writes it.
        whole = value.is_integer() and abs(value) < _MAX_WHOLE_FLOAT
        return str(int(value)) if whole else float.__repr__(value)
    return json.dumps(value)


def quoted(text: str) -> str:
    """Return a string as JSON."""
    # UTF-8 has no bytes for a lone surrogate; JavaScript also writes it like this.
    written = json.dumps(text, ensure_ascii=False)
    return _SURROGATE.sub(lambda each: f"\\u{ord(each[0]):04x}", written)


def _is_list_token(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], str):
        return False
    return value[0].isascii() and is_token(value)


def _stable(stack: Stack, key: str) -> str:
    return json.dumps(stack.resolve(key)) if key.isascii() and is_token(key) else key


def _check(value: object, where: str, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise ValueError(f"{where[:80]}... is nested too deep: at most {_MAX_DEPTH} levels")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or isinstance(key, Enum):
                raise ValueError(  # noqa: TRY004 - JSON has keys of one type only
                    f"{where} has the key {shown(key)}: keys must be strings, as in JSON"
                )
            _check(item, f"{where}[{shown(key)}]", depth + 1)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check(item, f"{where}[{index}]", depth + 1)
    elif isinstance(value, Enum) or not _is_scalar(value):
        kind = type(value).__name__
        article = "an" if kind[0] in "AEIOaeio" else "a"
        raise ValueError(
            f"{where} is {shown(value)}, {article} {kind}: it must be a JSON value, such as "
            "{'day': '2026-11-23'}"
        )
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where} is {value!r}: JSON has no such number")
    elif isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise ValueError(f"{where} is a number of {value.bit_length()} bits: at most {_MAX_BITS}")


def _is_scalar(value: object) -> bool:
    token = hasattr(value, "__jsii_ref__") and is_token(value)
    return token or value is None or isinstance(value, str | int | float)
