"""One short JSON line per event; ``cdk deploy`` prints the last of them when a resource fails."""

import json
from typing import Any

_context: dict[str, str] = {}


def bind(**context: str) -> None:
    """Replace what every following line carries."""
    _context.clear()
    _context.update(context)


def line(event: str, **values: object) -> None:
    """Write a line; never given a ResponseURL, a credential or a whole event."""
    write({"event": event, **values, **_context})


def write(record: dict[str, Any]) -> None:
    """Write a record. Nothing may fail for want of a log."""
    try:
        print(json.dumps(record, default=str), flush=True)  # noqa: T201 - stdout is the log
    except (OSError, ValueError) as error:
        _context["log_fault"] = type(error).__name__
