"""Restore the types of parameters, which CloudFormation turns into text, from a service's model."""

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from waiter.runtime.text import encoded, shown

JSON = "$JSON"
"""A parameter with this name alone is the parts of a JSON text."""
_MOST_DIGITS = 40
"""More than any integer of a model has, and few enough to compute."""


def restored(
    value: Any, shape: Shape | None, where: str, wrong: list[str], version: str = "botocore"
) -> Any:
    """Return a parameter with the type that its shape has.

    Adds to ``wrong`` what can't be restored, as its place, its value and the rule. Members that the
    model doesn't have are left out; ``version`` says whose model it is.
    """
    if isinstance(shape, StructureShape) and not shape.is_document_type:
        return _structure(value, shape, where, wrong, version)
    if isinstance(shape, ListShape):
        if not isinstance(value, list):
            return _wrong(value, shape, where, wrong, "it must be a list")
        member: Any = shape.member
        return [
            restored(each, member, f"{where}[{index}]", wrong, version)
            for index, each in enumerate(value)
        ]
    if isinstance(shape, MapShape):
        if not isinstance(value, dict):
            return _wrong(value, shape, where, wrong, "it must be a map")
        values: Any = shape.value
        return {
            name: restored(each, values, f"{where}.{name}", wrong, version)
            for name, each in value.items()
        }
    return _scalar(value, shape, where, wrong) if shape else value


def _structure(
    value: Any, shape: StructureShape, where: str, wrong: list[str], version: str
) -> Any:
    if not isinstance(value, dict):
        return _wrong(value, shape, where, wrong, "it must have members")
    known: dict[str, Any] = {}
    for name, each in value.items():
        member: Any = shape.members.get(name)
        if member is None:
            rule = f"{version}, knows only {', '.join(shape.members) or 'no members'}"
            wrong.append(f"{where}.{name} is no member of {shape.name}: {rule}")
        else:
            known[name] = restored(each, member, f"{where}.{name}", wrong, version)
    return known


def _scalar(value: Any, shape: Shape, where: str, wrong: list[str]) -> Any:
    read, rule = _READERS.get(shape.type_name, (None, ""))
    if read is None:
        return value
    try:
        return read(value)
    except (ValueError, TypeError, LookupError, ArithmeticError):
        return _wrong(value, shape, where, wrong, rule)


def _wrong(value: Any, shape: Shape, where: str, wrong: list[str], rule: str) -> None:
    # The reason would show a secret.
    said = "a sensitive value" if shape.metadata.get("sensitive") else shown(value)
    wrong.append(f"{where} is {said}: {rule}")


def _number(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise TypeError
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError from None
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise ValueError
    return number


def _integer(value: Any) -> int:
    number = _number(value)
    if number != number.to_integral_value():
        raise ValueError
    return int(number)


def _boolean(value: Any) -> bool:
    return {"true": True, "false": False}[str(value).lower()]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and value.keys() == {JSON}:
        return "".join(map(_json_part, value[JSON]))
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise TypeError


def _json_part(part: Any) -> str:
    """Return a part of a JSON text: one that is text already, or a value that has to become one."""
    if isinstance(part, str):
        return part
    if "Number" in part:
        number = str(part["Number"])
        _number(json.loads(number))
        return number
    return encoded(part["Value"]).decode()


def _timestamp(value: Any) -> datetime:
    try:
        return datetime.fromtimestamp(float(_number(value)), UTC)
    except (ValueError, OSError):
        time = datetime.fromisoformat(str(value))
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _blob(value: Any) -> bytes:
    return b64decode(_text(value), validate=True)


_READERS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "string": (_text, "it must be text (json_text makes it from JSON)"),
    "integer": (_integer, "it must be a whole number"),
    "long": (_integer, "it must be a whole number"),
    "float": (lambda value: float(_number(value)), "it must be a number"),
    "double": (lambda value: float(_number(value)), "it must be a number"),
    "boolean": (_boolean, "it must be true or false"),
    "timestamp": (_timestamp, "it must be a time in ISO 8601, or seconds since 1970"),
    "blob": (_blob, "it must be base64"),
}
