"""Python source without what only people read."""

from __future__ import annotations

import ast
import io
import tokenize


def without_prose(source: str) -> str:
    """Return source code without docstrings and comments; each statement keeps its line.

    A line of a traceback is therefore the same line of the code with them.
    """
    lines = source.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip() + "\n"
    for node in ast.walk(ast.parse(source)):
        for statement in (body := _statements(node)):
            if _is_prose(statement):
                first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
                lines[first:last] = ["\n"] * (last - first)
                if len(body) == 1:
                    lines[first] = f"{' ' * statement.col_offset}pass\n"
    return "".join(lines)


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
