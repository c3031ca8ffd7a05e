"""Python source without documentation: only the code that runs."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from functools import cache
from itertools import pairwise, takewhile
from typing import Final

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


# Both assets contain the engine.
@cache
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
    found = [_Statement(each, lines, package.split(".")) for each in ast.parse(source).body]
    edits = sorted((edit for each in found for edit in each.edits), reverse=True)
    for row, first, last, left in edits:
        line = lines[row - 1].encode()
        lines[row - 1] = (line[:first] + left + line[last:]).decode()
    loaded = {name.id for each in found for name in each.names if isinstance(name.ctx, ast.Load)}
    kept = [each for each in found if not _is_for_types_only(each.node, loaded)]
    used = {name.id for each in kept for name in each.names}
    for each in found:
        rest = _without_unused_names(each.node, used) if each in kept else ""
        if rest is not None:
            _replace(lines, each.node, rest)
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
    for docstring, rest in (each for statement in kept for each in statement.docstrings):
        _replace(lines, docstring, rest)
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


class _Statement:
    """A statement at the top of a module, and what one walk through it finds.

    A field of a class keeps a placeholder, because dataclasses need it. Nothing runs a type alias
    or the annotation of a variable without a value. Annotations that span several lines stay.

    Attributes
    ----------
    edits
        What has a shorter form: its line, its first and last byte, and that form.
    names
        The names, without those in annotations that are removed.
    docstrings
        The docstrings, each with its replacement.
    """

    def __init__(self, node: ast.stmt, lines: list[str], package: list[str]) -> None:
        self.node = node
        self.edits: list[tuple[int, int, int, bytes]] = []
        self.names: list[ast.Name] = []
        self.docstrings = [(node, "")] if _is_docstring(node) else []
        self._lines = lines
        self._package = package
        self._fields: set[ast.stmt] = set()
        self._removed: set[ast.AST] = set()
        pending: list[ast.AST] = [node]
        while pending:
            one = pending.pop()
            if isinstance(one, ast.Name):
                self.names.append(one)
                continue
            self._enter(one)
            pending += [each for each in ast.iter_child_nodes(one) if each not in self._removed]

    def _enter(self, node: ast.AST) -> None:
        match node:
            case ast.AnnAssign():
                self._enter_annotated(node)
            case ast.arg(annotation=ast.expr() as removed) if node.lineno == node.end_lineno:
                first = node.col_offset + len(node.arg.encode())
                self._edit(node.lineno, first, node.end_col_offset, b"", removed)
            case (
                ast.FunctionDef(returns=ast.expr() as removed)
                | ast.AsyncFunctionDef(returns=ast.expr() as removed)
            ) if removed.lineno == removed.end_lineno:
                before = self._lines[removed.lineno - 1].encode()[: removed.col_offset]
                first = before.rindex(b")") + 1
                self._edit(removed.lineno, first, removed.end_col_offset, b"", removed)
            case ast.ClassDef():
                self._fields.update(node.body)
            case ast.ImportFrom(module=str(name), level=0):
                self._enter_import(node, name)
            case ast.Return(value=ast.Constant(value=None) as value):
                self._edit(node.lineno, value.col_offset, value.end_col_offset, b"")
        # The body of a lambda or of a conditional expression is an expression.
        body: object = getattr(node, "body", None)
        for each in body if isinstance(body, list) else []:
            if _is_docstring(each):
                rest = f"{' ' * each.col_offset}pass" if body == [each] else ""
                self.docstrings.append((each, rest))

    def _enter_annotated(self, node: ast.AnnAssign) -> None:
        target, last = node.target, node.annotation
        alias = isinstance(last, ast.Name) and last.id == "TypeAlias"
        is_field = node in self._fields
        if (alias or not (node.value or is_field)) and node.lineno == node.end_lineno:
            left = b"" if node is self.node else b"pass"
            parts = ast.iter_child_nodes(node)
            self._edit(node.lineno, node.col_offset, node.end_col_offset, left, *parts)
        elif target.lineno == last.end_lineno:
            left = b":0" if is_field else b""
            self._edit(target.lineno, target.end_col_offset, last.end_col_offset, left, last)

    def _enter_import(self, node: ast.ImportFrom, name: str) -> None:
        module = name.split(".")
        pairs = zip(self._package, module, strict=False)
        same = len([*takewhile(lambda pair: pair[0] == pair[1], pairs)])
        if same:
            node.level = len(self._package) - same + 1
            node.module = ".".join(module[same:])
            first = node.col_offset + len("from ")
            relative = f"{'.' * node.level}{node.module}"
            self._edit(node.lineno, first, first + len(name), relative.encode())

    def _edit(
        self, row: int, first: int | None, last: int | None, left: bytes, *removed: ast.AST
    ) -> None:
        self.edits.append((row, first or 0, last or 0, left))
        self._removed.update(removed)


def _is_for_types_only(statement: ast.stmt, loaded: set[str]) -> bool:
    """Tell whether it is a protocol or a type variable that only removed annotations used."""
    match statement:
        case (
            ast.ClassDef(name=name, bases=[ast.Name(id="Protocol")])
            | ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="TypeVar")))
        ):
            return name not in loaded
    return False


def _without_unused_names(statement: ast.stmt, used: set[str]) -> str | None:
    """Return an import without the names that only annotations used; None if nothing changes.

    No module uses what another one imports, because mypy refuses implicit re-exports.
    """
    if not isinstance(statement, ast.ImportFrom):
        return None
    names = statement.names
    statement.names = [each for each in names if (each.asname or each.name) in used]
    if len(statement.names) == len(names):
        return None
    return ast.unparse(statement) if statement.names else ""


def _replace(lines: list[str], statement: ast.stmt, left: str) -> None:
    """Replace a statement by one line, and keep the number of lines."""
    first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
    lines[first:last] = [f"{left}\n", *["\n"] * (last - first - 1)]


def _tabs(line: str) -> str:
    levels = (len(line) - len(line.lstrip(" "))) // len(_LEVEL)
    return "\t" * levels + line[levels * len(_LEVEL) :]


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
