"""Moments and numbers as the results hold them."""

from __future__ import annotations

from datetime import datetime


def seconds_of(moment: str) -> float:
    """Return a moment in ISO 8601 as seconds since 1970."""
    return datetime.fromisoformat(moment).timestamp()
