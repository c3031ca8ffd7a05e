"""Parameters of a call: what a template can carry without changing it."""

from __future__ import annotations

import base64
import datetime as dt
import math
from enum import Enum
from typing import Any, Final

from cdk_waiter._private.tables import document_members
from cdk_waiter._private.tokens import is_token
from cdk_waiter._private.validation import refuse, shown, text

_MAX_DEPTH: Final = 100
_MAX_INTEGER: Final = 2**53
_VALUES_OF_A_MAP: Final = "{}"


def accept(service: str, operation: str, value: object) -> dict[str, Any]:
    """Return a copy of a call's parameters, with bytes and dates as text.

    Raises
    ------
    ValueError
        When the CDK or CloudFormation would change a value on its way: None in a list, an integer
        beyond 2**53, or a number in a member that takes any JSON.
    TypeError
        When a value has no counterpart in an API.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        refuse(TypeError, "parameters", value, "it must be a dictionary")
    accepted: dict[str, Any] = _Checker(document_members(service, operation)).check(
        "parameters", value, ("",), 0
    )
    return accepted


def mentions(value: object, wanted: str) -> bool:
    """Tell whether a string is among parameters."""
    if isinstance(value, dict):
        return any(mentions(each, wanted) for each in value.values())
    if isinstance(value, list):
        return any(mentions(each, wanted) for each in value)
    return value == wanted


class _Checker:
    """The rules for the parameters of one operation.

    Parameters
    ----------
    documents
        The members that take any JSON, as ``holder.member``.
    """

    def __init__(self, documents: frozenset[str]) -> None:
        self._documents = documents

    def check(self, where: str, value: object, path: tuple[str, ...], depth: int) -> Any:
        """Return a value as it travels.

        Parameters
        ----------
        where
            The value's place, for errors.
        value
            The value.
        path
            The names that lead to it.
        depth
            The number of levels above it.
        """
        if depth > _MAX_DEPTH:
            raise ValueError(f"{where[:80]}... is nested too deep: at most {_MAX_DEPTH} levels")
        if isinstance(value, dict):
            return self._members(where, value, path, depth)
        if isinstance(value, list | tuple):
            return [
                self.check(
                    f"{where}[{index}]", self._item(f"{where}[{index}]", item), path, depth + 1
                )
                for index, item in enumerate(value)
            ]
        if self._is_document(path):
            return _text_only(where, value)
        return _scalar(where, value)

    def _members(
        self, where: str, value: dict[Any, Any], path: tuple[str, ...], depth: int
    ) -> dict[str, Any]:
        members = {}
        for key, item in value.items():
            rule = "the names of members must be strings without tokens"
            name = text(f"a name in {where}", key, rule)
            if is_token(name):
                refuse(ValueError, f"a name in {where}", key, rule)
            if item is not None:
                at = f"{where}[{name!r}]"
                below = path if self._is_document(path) else (*path, name)
                members[name] = self.check(at, item, below, depth + 1)
        return members

    def _item(self, where: str, item: object) -> object:
        if item is None:
            raise ValueError(f"{where} is None: the CDK would drop it from the list; leave it out")
        return item

    def _is_document(self, path: tuple[str, ...]) -> bool:
        holder, member = (["", *path])[-2:]
        return bool(
            self._documents
            and {f"{holder}.{member}", f"{holder}.{_VALUES_OF_A_MAP}"} & self._documents
        )


def _text_only(where: str, value: object) -> Any:
    if not isinstance(value, str) and not is_token(value):
        raise ValueError(
            f"{where} is {shown(value)}: this member takes any JSON, and CloudFormation would turn "
            "the value into text there; it must be a string"
        )
    return _scalar(where, value)


def _scalar(where: str, value: object) -> Any:
    rule = "it must be a string, number, boolean, bytes, date, list or dictionary"
    if isinstance(value, Enum):
        refuse(TypeError, where, value, rule)
    if isinstance(value, str):
        return text(where, value, rule)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > _MAX_INTEGER:
            raise ValueError(
                f"{where} is {shown(value)}: integers beyond 2**53 lose digits in a template; pass "
                "a string"
            )
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{where} is {value!r}: a template has no such number")
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError(f"{where} is {shown(value)}: it must have a time zone")
        return value.isoformat()
    if hasattr(value, "__jsii_ref__") and is_token(value):
        return value
    return refuse(TypeError, where, value, rule)
