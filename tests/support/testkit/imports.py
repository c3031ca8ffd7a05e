"""Imports of the project's modules, read from the source."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
SOURCES = ("lambda", "constructs", "local", "benchmarks", "tests/support", "tools")


def _modules() -> dict[str, Path]:
    found = {}
    for source in SOURCES:
        for path in (ROOT / source).rglob("*.py"):
            parts = path.relative_to(ROOT / source).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = _modules()
"""The modules of all source roots by dotted name."""


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(name: str, *, typing: bool) -> Iterator[str]:
    """Yield the names that a module imports when it is loaded, or all of them with ``typing``."""
    path = MODULES[name]
    todo: list[ast.AST] = [_tree(path)]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
            start = base[: len(base) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            yield from (f"{module}.{each.name}" for each in node.names)
        elif typing or not (
            isinstance(node, ast.FunctionDef)
            or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        ):
            todo.extend(ast.iter_child_nodes(node))


def module_of(imported: str) -> str:
    """Return the project's module that contains an imported name; empty if none does."""
    while imported and imported not in MODULES:
        imported = imported.rpartition(".")[0]
    return imported


def is_within(name: str, part: str) -> bool:
    """Tell whether a dotted name is ``part`` or lies below it."""
    return name == part or name.startswith(f"{part}.")
