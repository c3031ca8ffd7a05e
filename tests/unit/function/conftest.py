"""A world for each test, and a look at everything that the tests logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulation import URL, Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETS = (URL, "X-Amz-Signature", "ResponseURL")


def leaks(text: str) -> list[str]:
    """Return the secrets that a text holds."""
    return [secret for secret in SECRETS if secret in text]


@pytest.fixture
def world() -> Simulation:
    return Simulation()


@pytest.fixture(autouse=True)
def _nothing_secret_is_logged(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> Iterator[None]:
    yield
    out, err = capsys.readouterr()
    found = leaks(out + err)
    if request.node.get_closest_marker("plants_a_secret"):
        assert found
    else:
        assert not found
