"""The imports of local/: no cycles, and no import from a higher layer."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from testkit.imports import MODULES, imports, is_within, module_of

EMULATOR = "nimble_local.emulator"
CLOUD = "nimble_local.cloud"
LAYERS = [
    [f"{EMULATOR}.service"],
    [f"{EMULATOR}.state"],
    [f"{EMULATOR}.faults"],
    [f"{EMULATOR}.rules"],
    [f"{EMULATOR}.seed"],
    [f"{EMULATOR}.backend"],
    [f"{EMULATOR}.http"],
    [f"{EMULATOR}.control"],
    [f"{EMULATOR}.webpage"],
    [f"{EMULATOR}.server"],
    [f"{EMULATOR}.in_process", "nimble_local.nimble_client", "nimble_local.control_client"],
    [f"{CLOUD}.errors"],
    [f"{CLOUD}.access", f"{CLOUD}.folder", f"{CLOUD}.interrupts", f"{CLOUD}.lock"],
    [f"{CLOUD}.servers"],
    [f"{CLOUD}.gate"],
    [f"{CLOUD}.deployment"],
    [f"{CLOUD}.run"],
    [f"{CLOUD}.__main__", "nimble_local.commands", "nimble_local.fixture"],
    ["nimble_local.cli", "nimble_local.testing"],
    ["nimble_local.__main__", "nimble_local.pytest_plugin"],
]
"""Packages and modules by layer, lowest first; imports come from the same layer or below."""


LOCAL = {name: path for name, path in MODULES.items() if is_within(name, "nimble_local")}


def local_imports() -> dict[str, set[str]]:
    """Return the modules of local/ that each of them imports, including those for type checking."""
    return {
        module: {module_of(name) for name in imports(module, typing=True)} & LOCAL.keys() - {module}
        for module in LOCAL
    }


def layer(module: str) -> int:
    """Return the number of a module's layer."""
    (found,) = (
        number
        for number, names in enumerate(LAYERS)
        if any(is_within(module, name) for name in names)
    )
    return found


def test_no_module_imports_itself_through_others() -> None:
    try:
        TopologicalSorter(local_imports()).prepare()
    except CycleError as error:
        pytest.fail(f"A cycle of imports: {' → '.join(error.args[1])}")


def test_imports_are_absolute() -> None:
    relative = [
        module
        for module, path in LOCAL.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_no_import_points_upwards() -> None:
    # A package's __init__ imports nothing.
    assert not any(used for name, used in local_imports().items() if is_package(name))
    plain = {name: used for name, used in local_imports().items() if not is_package(name)}
    assert len(plain) > 80
    upwards = [
        f"{module} imports {used}"
        for module, found in plain.items()
        for used in found
        if not is_package(used) and layer(used) > layer(module)
    ]
    assert upwards == []


def is_package(module: str) -> bool:
    return LOCAL[module].name == "__init__.py"
