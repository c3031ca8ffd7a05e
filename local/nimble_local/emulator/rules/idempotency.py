"""Client tokens: a request that is repeated is answered again, not carried out again."""

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
"""Client tokens that are remembered at once; beyond, the oldest goes."""


def _key(operation: str, token: str) -> str:
    return f"{operation}/{token}"


def _fingerprint(request: Mapping[str, Any]) -> str:
    content = {name: value for name, value in request.items() if name != "clientToken"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def recall(
    context: Context, operation: str, request: Mapping[str, Any]
) -> RememberedRequest | None:
    """Return what this very request was answered before, None when it is new.

    Only success is remembered: a request that was refused may be tried again under its token.

    Raises
    ------
    ValidationError
        The token came with another request before.
    """
    token = request.get("clientToken")
    found = context.world.tokens.get(_key(operation, token)) if token else None
    if found is None or context.clock.now() >= found.at + context.settings.token_seconds:
        return None
    if found.fingerprint != _fingerprint(request):
        raise ValidationError(
            f"The client token {token!r} was used for another {operation}. "
            "Use a token of its own for each request.",
            reason="CLIENT_TOKEN_REUSED",
        )
    return found


def remember(context: Context, operation: str, request: Mapping[str, Any], answer: Answer) -> None:
    """Keep the answer of a request that has a client token."""
    token = request.get("clientToken")
    if not token:
        return
    tokens = context.world.tokens
    now = context.clock.now()
    if _key(operation, token) in tokens:
        # It has expired, else it had been recalled; put in anew it is the youngest.
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
