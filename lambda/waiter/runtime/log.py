"""One short JSON line per event; ``cdk deploy`` prints the last lines when a resource fails."""

import json
from collections.abc import Callable
from typing import Any

_context: dict[str, Callable[[], object]] = {}


def bind(**context: Callable[[], object]) -> None:
    """Replace the context of all later lines; its values are computed for each line."""
    _context.clear()
    _context.update(context)


def line(event: str, **values: object) -> None:
    """Write a line; never pass a ResponseURL, a credential or a whole event."""
    context = {key: value() for key, value in _context.items() if key not in values}
    write({"event": event, **values, **context})


def write(record: dict[str, Any]) -> None:
    """Write a record. A broken log mustn't make anything else fail."""
    try:
        text = json.dumps(record, default=str, ensure_ascii=False, separators=(",", ":"))
        print(text, flush=True)  # noqa: T201 - stdout is the log
    except (OSError, ValueError) as error:
        name = type(error).__name__
        _context["log_fault"] = lambda: name
