"""Strings that would do harm if a page treated them as markup, and a world full of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nimble_local.emulator.seed.default_seed import SESSION_ID, add_session
from nimble_local.emulator.state.journal import Entry

if TYPE_CHECKING:
    from nimble_local.emulator.backend import Backend

HOSTILE = (
    "<img src=x onerror=window.pwned=1>",
    "<script>window.pwned=1</script>",
    "</code></li><svg onload=window.pwned=1>",
    '"\' onfocus=window.pwned=1 autofocus x="',
    "javascript:window.pwned=1",
    "&lt;b&gt; &amp; {{7*7}} ${7*7}",
    "\x1b[31mred\x1b[0m\x07\x1b]0;title\x07",
    "left\u202ethgir",
    "very-long-" + "x" * 240,
)


def hostile_world(backend: Backend) -> None:
    """Fill a world with sessions whose ids, owners, messages and tags are hostile."""
    for text in HOSTILE:
        fields = {"tags": {text: text}, "owned_by": text, "status_message": text}
        add_session(backend.context, text, "START_FAILED", fields)
    request = {"studioId": backend.world.sessions.find(SESSION_ID).studio_id}
    request["sessionId"] = SESSION_ID
    for operation in ("StartStreamingSession", "StopStreamingSession"):
        backend.perform(operation, request, HOSTILE[0])
        backend.clock.advance(10)
    for text in HOSTILE:
        entry = Entry(
            at=backend.context.now(),
            operation="StartStreamingSession",
            session_id=text,
            caller=text[:128],
            status=429,
            outcome="ThrottlingException",
            faults=("rate-limit",),
        )
        backend.journal.add(entry)
