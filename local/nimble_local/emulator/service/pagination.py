"""The pages of a list, and the tokens that link them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any, TypeVar

from nimble_local.emulator.service.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")

Position = tuple[float, str]
"""The position of an item in a list: its time of creation, and its id."""


def page(
    things: Iterable[T],
    position: Callable[[T], Position],
    size: int,
    request: Mapping[str, Any],
) -> tuple[list[T], str | None]:
    """Return one page, oldest first, and the token of the next page.

    A token names the last item of a page, so no item is repeated or skipped when others are added
    or removed between two pages.

    Raises
    ------
    ValidationError
        The request's ``nextToken`` isn't valid.
    """
    token = request.get("nextToken")
    rest = sorted(things, key=position)
    if token is not None:
        last = _decoded(token)
        rest = [thing for thing in rest if position(thing) > last]
    shown = rest[:size]
    return shown, _encoded(position(shown[-1])) if len(rest) > size else None


def _encoded(position: Position) -> str:
    return urlsafe_b64encode(json.dumps(position).encode()).decode("ascii")


def _decoded(token: str) -> Position:
    try:
        at, thing_id = json.loads(urlsafe_b64decode(token.encode("ascii")))
        return float(at), str(thing_id)
    except (ValueError, TypeError) as error:
        raise ValidationError(
            "The nextToken is not one that this list handed out.", reason="INVALID_NEXT_TOKEN"
        ) from error
