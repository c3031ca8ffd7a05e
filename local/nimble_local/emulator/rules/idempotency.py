"""Client tokens: a repeated request gets the earlier answer and has no effect."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.service.exceptions import ValidationError
from nimble_local.emulator.state.entities import RememberedRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.emulator.rules.context import Context
    from nimble_local.emulator.service.protocol import Answer

MAX_REMEMBERED = 10_000
"""The maximum number of remembered client tokens; beyond it, the oldest is dropped."""


def _key(operation: str, token: str) -> str:
    return f"{operation}/{token}"


def _fingerprint(request: Mapping[str, Any]) -> str:
    content = {name: value for name, value in request.items() if name != "clientToken"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def recall(
    context: Context, operation: str, request: Mapping[str, Any]
) -> RememberedRequest | None:
    """Return the earlier answer to the same request, None if it's new.

    Only successes are remembered: a refused request may be tried again with its token.

    Raises
    ------
    ValidationError
        The token was used for another request.
    """
    token = request.get("clientToken")
    found = context.world.tokens.get(_key(operation, token)) if token else None
    if found is None or context.clock.now() >= found.at + context.settings.token_seconds:
        return None
    if found.fingerprint != _fingerprint(request):
        raise ValidationError(
            f"The client token {token!r} was used for another {operation}. "
            "Use a new token for each request.",
            reason="CLIENT_TOKEN_REUSED",
        )
    return found


def remember(context: Context, operation: str, request: Mapping[str, Any], answer: Answer) -> None:
    """Remember the answer to a request with a client token."""
    token = request.get("clientToken")
    if not token:
        return
    tokens = context.world.tokens
    now = context.clock.now()
    if _key(operation, token) in tokens:
        # It has expired, or `recall` would have found it; adding it again makes it the newest.
        tokens.remove(_key(operation, token))
    while (oldest := tokens.oldest()) is not None:
        expired = now >= oldest.at + context.settings.token_seconds
        if not expired and len(tokens) < MAX_REMEMBERED:
            break
        tokens.remove(_key(oldest.operation, oldest.token))
    tokens.put(
        _key(operation, token),
        RememberedRequest(
            operation=operation,
            token=token,
            fingerprint=_fingerprint(request),
            at=now,
            status=answer.status,
            body=answer.body.decode("ascii"),
        ),
    )
