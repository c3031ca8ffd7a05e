"""Failing deployments: many stacks at a time, each with its own session and faults.

A module here lists its stacks in ``PLANS`` and its scenarios, by name, in ``SCENARIOS``. The first
test starts the scenarios of all modules, the longest first. Each test waits for its own.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from nimble_local.cloud.servers.definitions import EMULATOR
from testkit.cloud.driver import Driver
from testkit.construct.assembly import synthesise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from testkit.cloud.local_cloud import Cloud

LONG = (
    "Outage",
    "Denied",
    "TimedOut",
    "BrokenHandler",
    "Unavailable",
    "RolledBackAndStopped",
    "DeletedWhileItWaits",
    "DeniedForAWhile",
    "OutOfTime",
    "Killed",
    "ServiceDown",
    "CapacityToTheEnd",
    "CapacityGone",
    "Stuck",
)
"""Scenarios that wait for half a minute or longer, in the order of their starts.

Stuck is the last: the first dozen functions start at once, and on a slow machine that takes half of
its timeout.
"""


@pytest.fixture(autouse=True)
def _the_first_world() -> None:
    """Keep the emulator's state between tests, which share it; each stack has its own part."""


@pytest.fixture(scope="session")
def driver(
    cloud: Cloud, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Driver]:
    """The driver of all stacks of all modules in this run."""
    plans = [plan for module in _modules(request) for plan in module.PLANS]
    folder = tmp_path_factory.mktemp("failures")
    with closing(Driver(cloud, synthesise(folder, cloud.record.url(EMULATOR), plans))) as made:
        yield made


@pytest.fixture(scope="session")
def _results(driver: Driver, request: pytest.FixtureRequest) -> dict[str, Future[Any]]:
    scenarios: dict[str, Callable[[Driver], Any]] = {}
    for module in _modules(request):
        assert scenarios.keys().isdisjoint(module.SCENARIOS)
        scenarios |= module.SCENARIOS
    long = [name for name in LONG if name in scenarios]
    ordered = [*long, *(name for name in scenarios if name not in long)]
    return {name: driver.begin(scenarios[name]) for name in ordered}


@pytest.fixture
def result_of(_results: dict[str, Future[Any]]) -> Callable[[str], Any]:
    """Return the result of a scenario by its name."""
    return lambda name: _results[name].result()


def _modules(request: pytest.FixtureRequest) -> list[Any]:
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    found = {
        item.module.__name__: item.module for item in items if hasattr(item.module, "SCENARIOS")
    }
    return list(found.values())
