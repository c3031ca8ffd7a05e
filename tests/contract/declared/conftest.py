"""The function's real client against services over HTTP, in virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from declared import call
from testkit.declared.moto_server import moto_server
from testkit.declared.unsteady import Unsteady, unsteady
from testkit.declared.world import DeclaredWorld
from testkit.function.settings import _no_settings_of_the_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["_no_settings_of_the_machine"]


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIADECLARED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    yield
    call.connect.cache_clear()


@pytest.fixture(scope="session")
def moto() -> Iterator[int]:
    """Return the port of moto's server."""
    with moto_server() as port:
        yield port


@pytest.fixture
def world() -> DeclaredWorld:
    return DeclaredWorld()


@pytest.fixture
def service(moto: int, world: DeclaredWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[Unsteady]:
    """Return the proxy in front of moto, whose time is that of the world."""
    with unsteady(moto, world.clock.time) as proxy:
        # botocore's session serves all tests of a module: each client reads the endpoint itself.
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield proxy
