"""Deployments that go wrong: many stacks at a time, each with a session and faults of its own.

A module here names its stacks in ``PLANS`` and what happens to them in ``PLAYS``, by name. All
plays of all modules begin when the first test asks for one, the longest first; a test waits for its
own.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from nimble_local.cloud.servers.parts import EMULATOR
from testkit.cloud.driver import Stage
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
    "ServiceDown",
    "Deaf",
    "RolledBackAndStopped",
    "DeletedWhileItWaits",
    "DeniedForAWhile",
    "OutOfTime",
    "CapacityToTheEnd",
    "CapacityGone",
    "Stuck",
    "Killed",
)
"""Plays that wait for about a minute, or half of one."""


@pytest.fixture(autouse=True)
def _the_first_world() -> None:
    """Leave the world alone between tests: it is shared, each stack has its own part of it."""


@pytest.fixture(scope="session")
def stage(
    cloud: Cloud, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """A stage for all stacks of all modules that are run."""
    plans = [plan for module in _modules(request) for plan in module.PLANS]
    folder = tmp_path_factory.mktemp("wrong")
    with closing(Stage(cloud, synthesise(folder, cloud.record.url(EMULATOR), plans))) as made:
        yield made


@pytest.fixture(scope="session")
def _all_played(stage: Stage, request: pytest.FixtureRequest) -> dict[str, Future[Any]]:
    plays: dict[str, Callable[[Stage], Any]] = {}
    for module in _modules(request):
        assert plays.keys().isdisjoint(module.PLAYS)
        plays |= module.PLAYS
    ordered = sorted(plays, key=lambda name: name not in LONG)
    return {name: stage.begin(plays[name]) for name in ordered}


@pytest.fixture
def played(_all_played: dict[str, Future[Any]]) -> Callable[[str], Any]:
    """Return what came of a play, by its name."""
    return lambda name: _all_played[name].result()


def _modules(request: pytest.FixtureRequest) -> list[Any]:
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    found = {item.module.__name__: item.module for item in items if hasattr(item.module, "PLAYS")}
    return list(found.values())
