"""Output of the subcommands: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

DURATIONS = {"d": 86_400, "h": 3600, "min": 60, "s": 1}
"""The units of a duration, the longest first, in seconds."""


def say(line: str = "") -> None:
    """Print a line."""
    print(line, flush=True)  # noqa: T201 - a command line


def complain(line: str) -> None:
    """Print an error or a warning to standard error."""
    print(f"nimble-local: {printable(line)}", file=sys.stderr, flush=True)  # noqa: T201


def say_aside(line: str) -> None:
    """Print a line to standard error, while standard output carries JSON."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def say_json(content: object) -> None:
    """Print JSON."""
    say(json.dumps(content, indent=2))


def say_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table with aligned columns."""
    cells = [list(head), *([printable(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(head))]
    for row in cells:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(padded).rstrip())


def printable(text: str) -> str:
    """Return a text with control characters escaped, so that a terminal only shows it."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


def pairs(mapping: dict[str, object]) -> str:
    """Return a mapping as ``name=value`` pairs separated by spaces."""
    return " ".join(f"{name}={_short(value)}" for name, value in mapping.items())


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def span(seconds: float) -> str:
    """Return a duration in its two largest units: ``11 h 30 min``."""
    rest = max(0, int(seconds))
    parts: list[str] = []
    for unit, size in DURATIONS.items():
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count} {unit}")
        if len(parts) == 2:  # noqa: PLR2004 - the two largest
            break
    return " ".join(part for part in parts if not part.startswith("0 ")) or "0 s"
