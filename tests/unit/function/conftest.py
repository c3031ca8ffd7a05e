"""A world for each test, and a look at everything that the tests logged."""

import pytest

from secrecy import _nothing_secret_is_logged
from simulation import Simulation

__all__ = ["_nothing_secret_is_logged", "world"]


@pytest.fixture
def world() -> Simulation:
    return Simulation()
