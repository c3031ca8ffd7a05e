"""Triggers as a property that changes exactly when their content changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Tokenization

from cdk_waiter._private.json_text import json_text, quoted

if TYPE_CHECKING:
    from aws_cdk import Stack


def canonical(stack: Stack, triggers: object) -> str | list[object]:
    """Return a JSON value as text, with sorted keys in its objects.

    A token becomes part of the text in its place, and CloudFormation fills in its value there. One
    that may become a list or an object at deployment can't be part of a text. With such tokens, the
    result is a list of the text and their values.

    Parameters
    ----------
    stack
        The stack that resolves the tokens.
    triggers
        A value that `json_value` accepts.
    """
    apart: list[object] = []

    def write(value: object) -> str:
        if isinstance(value, str):
            return quoted(value)
        if isinstance(value, float):
            return Tokenization.stringify_number(value)
        apart.append(value)
        # No JSON value looks like this.
        return f"<{len(apart)}>"

    text = json_text(stack, triggers, write)
    return [text, *apart] if apart else text
