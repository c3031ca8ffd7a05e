"""Deployments that go wrong: many stacks at a time, each with a session and faults of its own."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _the_first_world() -> None:
    """Leave the world alone between tests: it is shared, each stack has its own part of it."""
