"""Many clients at once, as in the benchmark but shorter."""

from __future__ import annotations

import pytest

import emulator_load

pytestmark = pytest.mark.slow


def test_no_request_is_lost_and_every_figure_is_measured() -> None:
    # It raises if the journal lacks a request or if a start didn't happen.
    found = emulator_load.main(quick=True)
    assert found["requests lost"] == 0
    # Amount and speed depend on the machine's other load. The limit itself is tested with an
    # emulated clock, in tests/unit/emulator/rules/test_faults.py.
    assert found["let through, requests a second"] > 0
    assert found["tried, requests a second"] > 0
    assert found["page meanwhile, ms at the median"] > 0
    assert found["page meanwhile, ms at the median"] <= found["page meanwhile, ms at most"]
    assert found["longest silence of the page's events, s"] > 0
    assert [row["requests"] for row in found["throughput"]] == [600, 100, 1400]
    assert all(row["a second"] > 0 for row in found["throughput"])
    assert all(row["ms of a processor each"] > 0 for row in found["throughput"])
    assert found["ms of a processor for a bare answer"] > 0
    assert [row["requests"] for row in found["memory"]] == [1000, 2000]
    assert all(row["memory, MiB"] > 0 for row in found["memory"])
