"""JMESPath expressions of a declaration."""

from functools import cache
from typing import Any

import jmespath  # type: ignore[import-untyped]
from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped]

from waiter.exceptions import unreadable
from waiter.runtime.text import encoded, printable


def mistake(name: str, expression: str) -> str:
    """Return the mistake in an expression; empty if it's valid."""
    try:
        _compiled(expression)
    except JMESPathError as error:
        return f"{name} is {expression!a}: it must be JMESPath: {printable(error)}"
    return ""


def find(expression: str, response: Any, what: str, operation: str) -> Any:
    """Return what an expression finds; None if it's empty.

    Raises an UNAVAILABLE ServiceError if the response makes no sense to it.
    """
    try:
        return _compiled(expression).search(response) if expression else None
    except (JMESPathError, TypeError, ValueError) as error:
        raise unreadable(operation, f"{what} can't be found: {printable(error)}") from error


def texts(found: Any) -> list[str]:
    """Return an expression's result as a list of texts, without empty ones."""
    several = found if isinstance(found, list) else [found]
    return [text(each) for each in several if each not in (None, "", [], {})]


def text(found: Any) -> str:
    """Return an expression's result as an attribute: a string as it is, anything else as JSON."""
    if found is None:
        return ""
    given = found if isinstance(found, str) else encoded(found).decode()
    # An answer goes through XML, which has no other control characters.
    return "".join(c if c >= " " or c in "\t\n\r" else " " for c in given)


@cache
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)
