"""The imports of local/: no cycles, and no import from a higher layer."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

LOCAL = Path(__file__).parents[3] / "local"
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
    [f"{EMULATOR}.in_process", "nimble_local.client", "nimble_local.control_client"],
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


def imports() -> dict[str, set[str]]:
    """Return the modules that each module imports, including those for type checking."""
    sources = {
        ".".join(path.relative_to(LOCAL).with_suffix("").parts).removesuffix(".__init__"): path
        for path in LOCAL.rglob("*.py")
    }
    found: dict[str, set[str]] = {}
    for module, path in sources.items():
        found[module] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{path}: a relative import"
                base = str(node.module)
                names = [
                    full if (full := f"{base}.{each.name}") in sources else base
                    for each in node.names
                ]
            found[module] |= {name for name in names if name in sources} - {module}
    return found


def layer(module: str) -> int:
    """Return the number of a module's layer."""
    (found,) = (
        number
        for number, names in enumerate(LAYERS)
        if any(module == name or module.startswith(f"{name}.") for name in names)
    )
    return found


def test_no_module_imports_itself_through_others() -> None:
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        pytest.fail(f"A cycle of imports: {' → '.join(error.args[1])}")


def test_no_import_points_upwards() -> None:
    # A package's __init__ imports nothing.
    assert not any(used for name, used in imports().items() if is_package(name))
    plain = {name: used for name, used in imports().items() if not is_package(name)}
    assert len(plain) > 80
    upwards = [
        f"{module} imports {used}"
        for module, found in plain.items()
        for used in found
        if not is_package(used) and layer(used) > layer(module)
    ]
    assert upwards == []


def is_package(module: str) -> bool:
    return (LOCAL / module.replace(".", "/")).is_dir()
