"""The import graph has no cycles, and no layer imports from one above it."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SOURCES = ("lambda", "constructs", "local", "benchmarks", "tests/support", "tools")

ABOVE: list[tuple[str, ...]] = [
    # From the bottom up: a module imports only from its own layer or an earlier one.
    (
        "outbound",
        "fallback",
        "waiter.exceptions",
        "waiter.runtime",
        "waiter.wait",
        "waiter.cloudformation",
        "waiter.invocation",
    ),
    ("waiter.cloudformation", "streaming_session", "handler"),
    ("cdk_waiter", "cdk_nimble_streaming_session"),
]
FORBIDDEN = [
    ("waiter", "streaming_session"),
    *((part, "handler") for part in ("waiter", "streaming_session", "fallback", "outbound")),
    *(
        (part, package)
        for part in ("handler", "waiter", "streaming_session")
        for package in ("aws_cdk", "constructs", "cdk_waiter", "cdk_nimble_streaming_session")
    ),
    *(
        (part, package)
        for part in ("cdk_waiter", "cdk_nimble_streaming_session")
        for package in ("botocore", "boto3", "waiter", "streaming_session", "nimble_local")
    ),
    *(
        ("nimble_local", package)
        for package in ("cdk_waiter", "cdk_nimble_streaming_session", "waiter", "streaming_session")
    ),
]


def _modules() -> dict[str, Path]:
    """Return all modules of the source roots by dotted name."""
    found = {}
    for source in SOURCES:
        for path in (ROOT / source).rglob("*.py"):
            parts = path.relative_to(ROOT / source).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = _modules()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(name: str, *, typing: bool) -> Iterator[str]:
    """Yield the names that a module imports when loaded, or all of them with ``typing``."""
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


def _module(imported: str) -> str:
    """Return which of our modules has an imported name; empty if none does."""
    while imported and imported not in MODULES:
        imported = imported.rpartition(".")[0]
    return imported


def _graph() -> dict[str, set[str]]:
    graph = {}
    for name in MODULES:
        reached = {_module(each) for each in _imports(name, typing=False)}
        graph[name] = {each for each in reached - {"", name} if not name.startswith(f"{each}.")}
    return graph


def _within(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")


def test_no_module_imports_itself_by_way_of_others() -> None:
    try:
        TopologicalSorter(_graph()).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize(("part", "package"), FORBIDDEN)
def test_a_part_does_not_import(part: str, package: str) -> None:
    importers = [
        name
        for name in MODULES
        if _within(name, part)
        for each in _imports(name, typing=True)
        if _within(each, package)
    ]
    assert [name for name in MODULES if _within(name, part)]
    assert not importers


@pytest.mark.parametrize("layers", ABOVE, ids=" < ".join)
def test_imports_point_downwards(layers: tuple[str, ...]) -> None:
    for height, layer in enumerate(layers):
        members = [name for name in MODULES if _within(name, layer)]
        assert members
        for name in members:
            for each in _imports(name, typing=True):
                upwards = [above for above in layers[height + 1 :] if _within(each, above)]
                assert not upwards, f"{name} imports {each}"
