"""A clock and a MiniStack for the relays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from testkit.function.simulation import SimulatedClock
from testkit.scripted_server import scripted_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testkit.scripted_server import Script


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(1000.0)


@pytest.fixture
def ministack() -> Iterator[Script]:
    with scripted_server() as script:
        yield script
