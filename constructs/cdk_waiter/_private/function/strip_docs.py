"""Python source without documentation: only the code that runs."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEVEL: Final = "    "
_WORD: Final = re.compile(r"\w")
_QUOTES: Final = "\"'"
_ZEROS: Final = re.compile(r"(?<=\d\.)0\Z|\A0(?=\.\d*[1-9])")
"""Zeros that a number doesn't need: 1.0 becomes 1., and 0.5 becomes .5."""
_F_STRING: Final = {
    getattr(tokenize, "FSTRING_START", -1): 1,
    getattr(tokenize, "FSTRING_END", -1): -1,
}
"""Python 3.12 and later have tokens for the parts of an f-string."""


def strip_docs(source: str, package: str = "") -> str:
    """Return source code without docstrings, comments, annotations and most spaces.

    Protocols and type variables go with the annotations. Imports are relative, and tabs replace
    four spaces of indentation. Each statement keeps its line number, so tracebacks match the
    original code.

    Parameters
    ----------
    source
        The code of a module.
    package
        The module's package, with dots; empty for a module at the top.
    """
    lines = source.splitlines(keepends=True)
    edits = [*_annotations(source), *_shorter(source, package.split("."))]
    for row, first, last, left in sorted(edits, reverse=True):
        line = lines[row - 1].encode()
        lines[row - 1] = (line[:first] + left + line[last:]).decode()
    source = "".join(lines)
    for typing in _for_types_only(source):
        first, last = typing.lineno - 1, typing.end_lineno or typing.lineno
        lines[first:last] = ["\n"] * (last - first)
    source = "".join(lines)
    for imported, used in _unused_imports(source):
        first, last = imported.lineno - 1, imported.end_lineno or imported.lineno
        lines[first:last] = [f"{used}\n", *["\n"] * (last - first - 1)]
    source = "".join(lines)
    texts: set[int] = set()
    depth = 0
    # Backwards, so that earlier tokens keep their columns.
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))[::-1]
    for following, token in pairwise(tokens):
        depth -= _F_STRING.get(following.type, 0)
        (row, column), (last_row, end) = token.start, token.end
        if token.type == tokenize.COMMENT:
            lines[row - 1] = lines[row - 1][:column].rstrip() + "\n"
        elif token.string == "," and following.type == tokenize.NL and _closes(lines[row]):
            lines[row - 1] = lines[row - 1][:column] + lines[row - 1][end:]
        elif not depth and _may_touch(token, following):
            there = lines[last_row - 1]
            lines[last_row - 1] = there[:end] + there[following.start[1] :]
        if token.type == tokenize.NUMBER:
            there, short = lines[row - 1], _ZEROS.sub("", token.string)
            lines[row - 1] = there[:column] + short + there[end:]
        # Leading spaces of a continued string belong to the string.
        texts.update(range(row, last_row))
    for node in ast.walk(ast.parse(source)):
        for statement in (body := _statements(node)):
            if _is_docstring(statement):
                first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
                lines[first:last] = ["\n"] * (last - first)
                if len(body) == 1 and not isinstance(node, ast.Module):
                    lines[first] = f"{' ' * statement.col_offset}pass\n"
    inner = _rows_in_brackets(tokens[::-1])
    bare = "".join(
        line if row in texts else line.lstrip(" ") if row in inner else _tabs(line)
        for row, line in enumerate(lines)
    )
    return bare.rstrip()


def _closes(line: str) -> bool:
    return line.lstrip().startswith((")", "]", "}"))


def _rows_in_brackets(tokens: list[tokenize.TokenInfo]) -> set[int]:
    """Return the rows, from 0 on, that begin inside brackets, where indentation has no meaning."""
    rows, depth = set(), 0
    for token in tokens:
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        elif token.type == tokenize.NL and depth:
            rows.add(token.start[0])
    return rows


def _may_touch(left: tokenize.TokenInfo, right: tokenize.TokenInfo) -> bool:
    same_line = left.end[0] == right.start[0] and left.end[1] < right.start[1]
    # Two words would become one, a word the prefix of a string, and two quotes one more quote.
    ends, begins = left.string[-1:], right.string[:1]
    words = _WORD.match(ends) and _WORD.match(begins)
    quotes = ends in _QUOTES and begins in _QUOTES
    return same_line and not words and not quotes and right.type != tokenize.COMMENT


def _annotations(source: str) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield each annotation's line, first and last byte, and its replacement.

    A field of a class keeps a placeholder, because dataclasses need it. Nothing runs a type alias
    or the annotation of a variable without a value. Annotations that span several lines stay.
    """
    lines, tree = source.splitlines(), ast.parse(source)
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    fields = {id(field) for node in classes for field in node.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            target, last = node.target, node.annotation
            alias = isinstance(last, ast.Name) and last.id == "TypeAlias"
            if (alias or not (node.value or id(node) in fields)) and node.lineno == node.end_lineno:
                yield (
                    node.lineno,
                    node.col_offset,
                    node.end_col_offset or 0,
                    b"" if node in tree.body else b"pass",
                )
            elif target.lineno == last.end_lineno:
                left = b":0" if id(node) in fields else b""
                yield target.lineno, target.end_col_offset or 0, last.end_col_offset or 0, left
        if isinstance(node, ast.arg) and node.annotation and node.lineno == node.end_lineno:
            first = node.col_offset + len(node.arg.encode())
            yield node.lineno, first, node.end_col_offset or 0, b""
        returns = getattr(node, "returns", None)
        if isinstance(returns, ast.expr) and returns.lineno == returns.end_lineno:
            before = lines[returns.lineno - 1].encode()[: returns.col_offset]
            yield returns.lineno, before.rindex(b")") + 1, returns.end_col_offset or 0, b""


def _shorter(source: str, package: list[str]) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield what has a shorter form, in the same way."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            module = node.module.split(".")
            pairs = zip(package, module, strict=False)
            same = len([*takewhile(lambda pair: pair[0] == pair[1], pairs)])
            if same:
                relative = "." * (len(package) - same + 1) + ".".join(module[same:])
                first = node.col_offset + len("from ")
                yield node.lineno, first, first + len(node.module), relative.encode()
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant):
            first, last = node.value.col_offset, node.value.end_col_offset or 0
            if node.value.value is None:
                yield node.lineno, first, last, b""


def _for_types_only(source: str) -> Iterator[ast.stmt]:
    """Yield the protocols and type variables that only such annotations used."""
    tree = ast.parse(source)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    used = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    for statement in tree.body:
        match statement:
            case ast.ClassDef(name=name, bases=[ast.Name(id="Protocol")]) if name not in used:
                yield statement
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="TypeVar"))
            ) if name not in used:
                yield statement


def _unused_imports(source: str) -> Iterator[tuple[ast.ImportFrom, str]]:
    """Yield imports of names that only annotations used, each with its replacement.

    No module uses what another one imports, because mypy refuses implicit re-exports.
    """
    tree = ast.parse(source)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            names = statement.names
            statement.names = [each for each in names if (each.asname or each.name) in used]
            if len(statement.names) < len(names):
                yield statement, ast.unparse(statement) if statement.names else ""


def _tabs(line: str) -> str:
    levels = (len(line) - len(line.lstrip(" "))) // len(_LEVEL)
    return "\t" * levels + line[levels * len(_LEVEL) :]


def _statements(node: ast.AST) -> list[ast.stmt]:
    # The body of a lambda or of a conditional expression is an expression.
    body = getattr(node, "body", None)
    return body if isinstance(body, list) else []


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
