"""What the construct refuses, read from its code."""

from __future__ import annotations

import ast
from pathlib import Path

from cdk_nimble_streaming_session import validation
from generator.markdown import code, table

PACKAGE = Path(validation.__file__).parent


def errors() -> str:
    """Return what the construct refuses, in its words; a name in angle brackets is filled in."""
    found = set()
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                (message,) = node.exc.args
                found.add((getattr(node.exc.func, "id", ""), text_of(message)))
    return table(["error", "sentence"], ([code(e), code(t)] for e, t in sorted(found)))


def text_of(message: ast.expr) -> str:
    """Return a string of the code with what it fills in between angle brackets."""
    if isinstance(message, ast.Constant):
        return str(message.value)
    if isinstance(message, ast.FormattedValue):
        return f"<{ast.unparse(message.value)}>"
    return "".join(text_of(part) for part in getattr(message, "values", []))
