"""A parameter that is JSON text with tokens in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
import jsii

from cdk_waiter._private.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_JSON: Final = "$JSON"
_BREAK: Final = "\0"
"""Stands for a value in the text; JSON has no such character."""


def json_parameter(stack: cdk.Stack, value: object) -> cdk.IResolvable:
    """Return a token for a JSON value as a parameter that takes text.

    Without tokens in the value, it's the text. Otherwise the function makes the text, because only
    then are the values known that have to be escaped.

    Parameters
    ----------
    stack
        The stack that resolves the tokens.
    value
        A value that `json_value` accepts.
    """
    return cdk.Lazy.uncached_any(_Json(stack, value))


@jsii.implements(cdk.IAnyProducer)
class _Json:
    """The parameter, once every token in it can be resolved."""

    def __init__(self, stack: cdk.Stack, value: object) -> None:
        self._stack = stack
        self._value = value

    def produce(self, context: cdk.IResolveContext) -> object:
        """Return the text, or its parts in order; part of ``IAnyProducer``."""
        del context
        values: list[object] = []

        def write(value: object) -> str:
            kind = "Number" if isinstance(value, float) else "Value"
            return _written(self._stack.resolve(value), kind, values)

        text = json_text(self._stack, self._value, write)
        if not values:
            return text
        texts = text.split(_BREAK)
        return {_JSON: [part for part in _alternate(texts, values) if part]}


def _alternate(texts: list[str], values: list[object]) -> Iterator[object]:
    for text, value in zip(texts, [*values, ""], strict=True):
        yield text
        yield value


def _written(resolved: object, kind: str, values: list[object]) -> str:
    """Return a resolved value as text, with a break for each value that CloudFormation fills in."""
    if isinstance(resolved, list):
        return f"[{','.join(_written(each, 'Value', values) for each in resolved)}]"
    if not isinstance(resolved, dict):
        return json.dumps(resolved)
    if any(key == "Ref" or key.startswith("Fn::") for key in resolved):
        values.append({kind: resolved})
        return _BREAK
    pairs = (
        f"{json.dumps(key)}:{_written(resolved[key], 'Value', values)}" for key in sorted(resolved)
    )
    return "{" + ",".join(pairs) + "}"
