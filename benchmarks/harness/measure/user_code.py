"""The code that the user of a way writes for a task."""

from __future__ import annotations

import ast
import textwrap
from typing import TYPE_CHECKING, Final

from harness.peers import FRAMEWORK
from harness.tasks import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DOCUMENTED: Final = (ast.Module, ast.FunctionDef)


def stack_code(task: str, way: str) -> str:
    """Return the code that adds the resources to a stack, with its comments."""
    path = FOLDER / task / f"{way}.py"
    (function,) = (each for each in _tree(path).body if isinstance(each, ast.FunctionDef))
    first = function.body[1]
    text = path.read_text(encoding="utf-8").splitlines()
    return textwrap.dedent("\n".join(text[first.lineno - 1 : function.end_lineno])) + "\n"


def handlers(task: str, way: str) -> str:
    """Return the code of the handlers; only the provider framework needs some."""
    path = FOLDER / "functions" / f"{task}.py"
    return path.read_text(encoding="utf-8") if way == FRAMEWORK.name else ""


def lines(code: str) -> int:
    """Count the lines of some code without imports, comments, docstrings and empty lines."""
    ignored = {
        number
        for node in _ignored(ast.parse(code))
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return sum(
        number not in ignored and not text.strip().startswith("#") and bool(text.strip())
        for number, text in enumerate(code.splitlines(), 1)
    )


def _ignored(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield the imports and the docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            yield node.body[0]


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
