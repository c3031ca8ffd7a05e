"""The pages of a list, and the tokens that lead from one to the next."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any, TypeVar

from nimble_local.emulator.service.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")

Position = tuple[float, str]
"""Where a thing stands in a list: when it was made, and its id."""


def page(
    things: Iterable[T],
    position: Callable[[T], Position],
    size: int,
    request: Mapping[str, Any],
) -> tuple[list[T], str | None]:
    """Return one page, the oldest things first, and the token of the next page.

    A token says after which thing to go on, so that nothing is shown twice or left out when things
    come and go between two pages.

    Raises
    ------
    ValidationError
        The request's ``nextToken`` is not one that was handed out.
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
