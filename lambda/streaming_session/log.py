"""One short JSON line per event; ``cdk deploy`` prints the last of them when a resource fails."""

from __future__ import annotations

import json
from typing import Any

_context: dict[str, Any] = {}


def bind(**context: str) -> None:
    """Replace what every following line carries: the request, its resource and session."""
    _context.clear()
    _context.update(context)


def line(event: str, **values: object) -> None:
    """Write a line. Never given a ResponseURL, a credential, an environment or a whole event.

    Once an answer is delivered nothing may fail any more, least of all the log.
    """
    _write({"event": event, **values, **_context})


def metrics(record: dict[str, Any]) -> None:
    """Write a record of the embedded metric format; it bears its own keys, and only those."""
    _write(record)


def _write(record: dict[str, Any]) -> None:
    try:
        print(json.dumps(record, default=str), flush=True)  # noqa: T201 - stdout is the log
    except (OSError, ValueError) as error:
        _context["log_fault"] = type(error).__name__
