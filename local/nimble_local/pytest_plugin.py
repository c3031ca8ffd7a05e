"""The pytest plugin: the fixture ``nimble``, an emulator of Nimble Studio for each test.

pytest imports this wherever the package is installed, so nothing else is imported before a test
asks for the fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nimble_local.extra import explained

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nimble_local.fixture import Nimble


@pytest.fixture
def nimble_settings() -> Mapping[str, Any]:
    """Return settings of the emulator that differ from the usual ones; override it to.

    The names are those of "What is inferred" in docs/emulator.md, such as ``start_seconds``.
    """
    return {}


@pytest.fixture
def nimble_seed() -> Mapping[str, Any]:
    """Return what else the world holds at the start; override it to.

    The lists are those of "The world at the start" in docs/emulator.md, such as ``sessions``.
    """
    return {}


@pytest.fixture
def nimble(nimble_settings: Mapping[str, Any], nimble_seed: Mapping[str, Any]) -> Iterator[Nimble]:
    """Return an emulator of Nimble Studio that this test has for itself."""
    try:
        from nimble_local.fixture import emulated  # noqa: PLC0415 - see above
    except ModuleNotFoundError as missing:
        pytest.fail(explained(missing), pytrace=False)
    with emulated(nimble_settings, nimble_seed) as made:
        yield made
