"""The lags and reads of single starts in virtual time."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from harness.measure.starts import _parts
from harness.virtual.waits import reads_of_a_peer, reads_of_ours, summary


def drawn() -> Random:
    return Random(1)  # noqa: S311 - not for secrets


def test_the_function_reads_every_second_at_first() -> None:
    reads = reads_of_ours(10.0, drawn())
    assert reads[0] == 0.0
    assert reads[-2] < 10.0 <= reads[-1]
    assert all(0.9 <= later - earlier <= 1.1 for earlier, later in pairwise(reads))


@pytest.mark.parametrize(
    ("seconds", "interval", "reads"),
    [
        (12.0, 5.0, [0.0, 5.0, 10.0, 15.0]),
        (10.0, 5.0, [0.0, 5.0, 10.0]),
        (12.0, 60.0, [60.0]),
        (61.0, 60.0, [60.0, 120.0]),
    ],
)
def test_a_peer_reads_at_equal_distances(
    seconds: float, interval: float, reads: list[float]
) -> None:
    assert reads_of_a_peer(seconds, interval) == reads


def test_a_list_of_reads_tells_the_lag_of_every_end() -> None:
    # Half of the ends, from 2 to 7 s, are noticed at 4.5 s, and half at 7 s.
    found = summary([[0.0, 4.5, 7.0]], 2.0)
    assert found["lag"] == pytest.approx(1.25)
    assert found["longest_lag"] == pytest.approx(2.475)
    # The start, the read before it, and one or two more reads.
    assert found["requests"] == pytest.approx(3.5)


@pytest.mark.parametrize("rounds", [1, 10, 20])
def test_the_ends_are_spread_evenly_over_the_spread_and_over_each_second(rounds: int) -> None:
    parts = _parts(rounds, drawn())
    slots = range(rounds)
    assert sorted(int(part * rounds) for part in parts) == [*slots]
    assert sorted(int(5 * part % 1 * rounds) for part in parts) == [*slots]


def test_half_of_the_rounds_cover_the_spread_as_well() -> None:
    half = _parts(20, drawn())[:10]
    assert sorted(int(part * 10) for part in half) == [*range(10)]
