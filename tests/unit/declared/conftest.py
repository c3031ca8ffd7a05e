"""A world for each test, and checks on everything that the tests logged."""

import pytest

from declared import call
from testkit.declared.world import DeclaredWorld
from testkit.function.secrecy import _nothing_secret_is_logged
from testkit.function.settings import _no_settings_of_the_machine

__all__ = ["_no_settings_of_the_machine", "_nothing_secret_is_logged", "world"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> DeclaredWorld:
    made = DeclaredWorld()
    monkeypatch.setattr(call, "connect", made.services.client)
    return made
