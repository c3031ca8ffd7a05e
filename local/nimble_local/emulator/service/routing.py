"""Maps a method and a path to an operation of the service model."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from nimble_local.emulator.service.exceptions import ValidationError
from nimble_local.emulator.service.model import operations

if TYPE_CHECKING:
    from botocore.model import OperationModel


class Match(NamedTuple):
    """The operation that a request asks for, and the values of the labels in its path."""

    operation: OperationModel
    labels: dict[str, str]


@cache
def _routes() -> tuple[tuple[str, re.Pattern[str], OperationModel], ...]:
    return tuple(
        (operation.http["method"], _pattern(operation.http["requestUri"]), operation)
        for operation in operations()
    )


def _pattern(uri: str) -> re.Pattern[str]:
    # A label may be empty: the SDKs send an empty studio id as "/studios//...".
    parts = re.split(r"\{(\w+)\}", uri)
    return re.compile(
        "".join(f"(?P<{part}>[^/]*)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
    )


def resolve(method: str, raw_path: str) -> Match:
    """Return the operation of a request.

    Parameters
    ----------
    method
        The HTTP method.
    raw_path
        The path as sent, with percent escapes and without the query.

    Raises
    ------
    ValidationError
        No operation has this method and path, or the path is not UTF-8.
    """
    for wanted, pattern, operation in _routes():
        match = pattern.fullmatch(raw_path) if wanted == method else None
        if match:
            try:
                labels = {k: unquote(v, errors="strict") for k, v in match.groupdict().items()}
            except UnicodeDecodeError as error:
                raise ValidationError("The path of the request is not UTF-8.") from error
            return Match(operation, labels)
    raise ValidationError(
        f"No operation of Nimble Studio is a {method} of this path.", reason="UNKNOWN_OPERATION"
    )
