"""Timestamps of the emulator and its sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any


def seconds_of(moment: str) -> float:
    """Return a moment in ISO 8601 as seconds since 1970."""
    return datetime.fromisoformat(moment).timestamp()


def entered(session: dict[str, Any], state: str) -> float | None:
    """Return when a session, as the control interface shows it, entered a state."""
    moments = (seconds_of(m["at"]) for m in session["history"] if m["state"] == state)
    return next(moments, None)
