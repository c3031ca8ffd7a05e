"""The function understands what every ready-made construct declares, and finds no mistake in it."""

from __future__ import annotations

import os

import pytest

from declared import declaration
from testkit.construct.declared import EXAMPLES, properties_of

# All in one process, so that the examples are synthesised once.
pytestmark = pytest.mark.xdist_group("declared examples")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_function_reads_it_without_mistakes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setitem(os.environ, variable, "any")
    monkeypatch.setitem(os.environ, "AWS_DEFAULT_REGION", "us-west-2")
    given = properties_of(name)
    found, wrong = declaration.read(given)
    assert wrong == []
    assert found.mistakes() == []
    assert found.noun == given["Noun"]
    assert (
        {call.operation for call in found.calls()} >= {given["Start"]["Operation"]}
        if ("Start" in given)
        else found.start is None
    )
