"""Lists in pages, with a token that leads to the next."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, TypeVar

from nimble_local.emulator.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def page(rows: Sequence[T], token: str | None, size: int) -> tuple[Sequence[T], str | None]:
    """Return one page of rows, and the token of the next; None after the last.

    Raises
    ------
    ValidationError
        The token is not one that was given out.
    """
    begin = 0
    if token is not None:
        try:
            begin = int(urlsafe_b64decode(token.encode()).decode().removeprefix("from:"))
        except ValueError as error:
            raise ValidationError("nextToken is not one that this service gave out.") from error
        if begin < 0:
            raise ValidationError("nextToken is not one that this service gave out.")
    end = begin + size
    following = urlsafe_b64encode(f"from:{end}".encode()).decode() if end < len(rows) else None
    return rows[begin:end], following
