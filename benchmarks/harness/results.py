"""The results: one JSON file, the source of the page, the plots and the README's numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path) -> dict[str, Any]:
    """Return the results in a file; empty results if it doesn't exist."""
    if not path.exists():
        return {"about": {}, "rows": {}}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def write(path: Path, results: dict[str, Any]) -> None:
    """Write the results; a list of numbers stays on one line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_text(results, 0) + "\n", encoding="utf-8")


def _text(value: Any, depth: int) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    nested = isinstance(value, dict) and any(isinstance(v, dict | list) for v in value.values())
    listed = isinstance(value, list) and any(isinstance(v, dict) for v in value)
    if not (nested or listed) or (depth > _DEEP and isinstance(value, dict)):
        return flat
    pad = " " * (depth + 1)
    if isinstance(value, dict):
        parts = [f"{json.dumps(k)}: {_text(v, depth + 1)}" for k, v in value.items()]
        opened, closed = "{", "}"
    else:
        parts = [_text(v, depth + 1) for v in value]
        opened, closed = "[", "]"
    return opened + "\n" + ",\n".join(pad + part for part in parts) + "\n" + " " * depth + closed


_DEEP = 3
"""From this depth on, an object such as the record of a start is one line."""
