"""Tokens: values that are known only at deployment."""

from __future__ import annotations

from typing import Final

from aws_cdk import Token

# One of these is in every string that contains a token; the second belongs to numbers as text.
_MARKERS: Final = ("Token[", "e+289")
_ABOVE_NUMBERS: Final = -1e289
_BELOW_NUMBERS: Final = -2e289


def is_token(value: object) -> bool:
    """Tell whether a value is a token, or a string with tokens in it.

    This is ``Token.is_unresolved`` without a call of jsii for strings, numbers and lists of one
    string that can't be tokens. A number that JSON can't express is no token; jsii's process would
    crash on it.
    """
    match value:
        case str(text) | [str(text)]:
            possible = any(marker in text for marker in _MARKERS)
        case int() | float():
            possible = _BELOW_NUMBERS < value < _ABOVE_NUMBERS
        case _:
            possible = True
    return possible and Token.is_unresolved(value)
