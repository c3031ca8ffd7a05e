"""Checks a value against a shape of the service model: types, lengths, ranges, patterns, enums."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import ListShape, MapShape, Shape, StructureShape

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (str, int, float),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}
MAX_SHOWN = 80
"""The number of characters of a wrong value that a message repeats."""


def problems(shape: Shape, value: object, path: str = "") -> Iterator[str]:
    """Yield the problems of a value, one phrase each.

    Parameters
    ----------
    shape
        The expected shape.
    value
        The JSON value. Members that the shape lacks are ignored, as in AWS.
    path
        The name of the value in the request.
    """
    wanted = _TYPES[shape.type_name]
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        yield f"Value {shown(value)} at '{path}' must be a {shape.type_name}"
        return
    if isinstance(value, str) and not is_text(value):
        yield f"Value at '{path}' must be valid Unicode"
        return
    yield from _constraints(shape, value, path)
    match shape.type_name:
        case "structure":
            yield from _members(cast("StructureShape", shape), cast("dict[str, Any]", value), path)
        case "list":
            member = cast("ListShape", shape).member
            for index, item in enumerate(cast("list[Any]", value)):
                yield from problems(member, item, f"{path}[{index}]")
        case "map":
            entries = cast("MapShape", shape)
            for key, item in cast("dict[str, Any]", value).items():
                yield from problems(entries.key, key, f"{path} key")
                yield from problems(entries.value, item, f"{path}.{key[:MAX_SHOWN]}")


def _members(shape: StructureShape, value: dict[str, Any], path: str) -> Iterator[str]:
    prefix = f"{path}." if path else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value at '{prefix}{name}' must not be null"
    if shape.is_tagged_union and sum(value.get(name) is not None for name in shape.members) != 1:
        yield f"Value at '{path}' must have exactly one of {', '.join(shape.members)}"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from problems(member, value[name], prefix + name)


def _constraints(shape: Shape, value: Any, path: str) -> Iterator[str]:
    rules = shape.metadata
    sized = shape.type_name in {"string", "list", "map"}
    size = len(value) if sized else value
    words = "have length" if sized else "have value"
    failed = f"Value {shown(value)} at '{path}' failed to satisfy constraint: Member must"
    if "min" in rules and shape.type_name != "timestamp" and size < rules["min"]:
        yield f"{failed} {words} greater than or equal to {rules['min']}"
    if "max" in rules and shape.type_name != "timestamp" and size > rules["max"]:
        yield f"{failed} {words} less than or equal to {rules['max']}"
    if "enum" in rules and value not in rules["enum"]:
        yield f"{failed} satisfy enum value set: [{', '.join(rules['enum'])}]"
    if "pattern" in rules and not _compiled(rules["pattern"]).search(value):
        yield f"{failed} satisfy regular expression pattern: {rules['pattern']}"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # In Python, "$" also matches before a final line feed; in the model's patterns it doesn't.
    return re.compile(pattern.replace("$", r"\Z") if pattern.endswith("$") else pattern)


def is_text(value: str) -> bool:
    """Return whether a string is valid Unicode, without lone surrogates."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def shown(value: object) -> str:
    """Return a wrong value for a message: printable, and shortened."""
    text = ascii(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
