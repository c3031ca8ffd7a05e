"""Tests that share a cloud run in one process, since otherwise each process starts its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("many")


def test_every_test_runs_with_its_group(request: pytest.FixtureRequest) -> None:
    here = [item for item in request.session.items if Path(__file__).parent in item.path.parents]
    for item in here:
        marker = item.get_closest_marker("xdist_group")
        assert marker is not None, f"{item.nodeid} names no group"
        # xdist passes the group to its scheduler only as the end of a test's name.
        if "PYTEST_XDIST_WORKER" in os.environ:
            assert item.nodeid.endswith(f"@{marker.args[0]}")
