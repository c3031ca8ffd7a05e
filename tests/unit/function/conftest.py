"""A world for each test, and checks on everything that the tests logged."""

import pytest

from testkit.function.secrecy import _nothing_secret_is_logged
from testkit.function.settings import _no_settings_of_the_machine
from testkit.function.simulation import Simulation

__all__ = ["_no_settings_of_the_machine", "_nothing_secret_is_logged", "world"]


@pytest.fixture(autouse=True)
def _an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set an endpoint, as every deployment must: without one, silence ends a wait early."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_NIMBLE", "https://nimble.example")


@pytest.fixture
def world() -> Simulation:
    return Simulation()
