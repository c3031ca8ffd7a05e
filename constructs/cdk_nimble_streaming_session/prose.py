"""Python source without what only people read."""

from __future__ import annotations

import ast
import io
import tokenize
from typing import Final

_LEVEL: Final = "    "


def without_prose(source: str) -> str:
    """Return source code without docstrings and comments, indented by tabs in place of four spaces.

    Each statement keeps its line: that of a traceback is the same line of the code with them.
    """
    lines = source.splitlines(keepends=True)
    texts: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        (row, column), (last_row, _) = token.start, token.end
        if token.type == tokenize.COMMENT:
            lines[row - 1] = lines[row - 1][:column].rstrip() + "\n"
        # Spaces at the beginning of a line belong to the text that goes on there.
        texts.update(range(row, last_row))
    for node in ast.walk(ast.parse(source)):
        for statement in (body := _statements(node)):
            if _is_prose(statement):
                first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
                lines[first:last] = ["\n"] * (last - first)
                if len(body) == 1:
                    lines[first] = f"{' ' * statement.col_offset}pass\n"
    return "".join(line if row in texts else _tabs(line) for row, line in enumerate(lines))


def _tabs(line: str) -> str:
    levels = (len(line) - len(line.lstrip(" "))) // len(_LEVEL)
    return "\t" * levels + line[levels * len(_LEVEL) :]


def _statements(node: ast.AST) -> list[ast.stmt]:
    # The body of a lambda or of a conditional expression is an expression.
    body = getattr(node, "body", None)
    return body if isinstance(body, list) else []


def _is_prose(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
