"""The import graph has no cycles, and no layer imports from one above it."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import pytest

from testkit.imports import MODULES, imports, is_within, module_of

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
    ("waiter.cloudformation", "declared", "handler"),
    ("cdk_waiter", "cdk_nimble_streaming_session"),
]
FUNCTION = ("handler", "fallback", "outbound", "waiter", "streaming_session", "declared")
FORBIDDEN = [
    ("waiter", "streaming_session"),
    ("waiter", "declared"),
    ("declared", "streaming_session"),
    ("streaming_session", "declared"),
    *((part, "handler") for part in FUNCTION if part != "handler"),
    *(
        (part, package)
        for part in FUNCTION
        for package in ("aws_cdk", "constructs", "cdk_waiter", "cdk_nimble_streaming_session")
    ),
    *(
        (part, package)
        for part in ("cdk_waiter", "cdk_nimble_streaming_session")
        for package in ("botocore", "boto3", "nimble_local", *FUNCTION)
    ),
    *(
        ("nimble_local", package)
        for package in ("cdk_waiter", "cdk_nimble_streaming_session", *FUNCTION)
    ),
]


def _graph() -> dict[str, set[str]]:
    graph = {}
    for name in MODULES:
        reached = {module_of(each) for each in imports(name, typing=False)}
        graph[name] = {each for each in reached - {"", name} if not name.startswith(f"{each}.")}
    return graph


def test_no_module_imports_itself_through_others() -> None:
    try:
        TopologicalSorter(_graph()).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize(("part", "package"), FORBIDDEN)
def test_each_part_keeps_to_its_allowed_imports(part: str, package: str) -> None:
    importers = [
        name
        for name in MODULES
        if is_within(name, part)
        for each in imports(name, typing=True)
        if is_within(each, package)
    ]
    assert [name for name in MODULES if is_within(name, part)]
    assert not importers


@pytest.mark.parametrize("layers", ABOVE, ids=" < ".join)
def test_imports_point_downwards(layers: tuple[str, ...]) -> None:
    for height, layer in enumerate(layers):
        members = [name for name in MODULES if is_within(name, layer)]
        assert members
        for name in members:
            for each in imports(name, typing=True):
                upwards = [above for above in layers[height + 1 :] if is_within(each, above)]
                assert not upwards, f"{name} imports {each}"
