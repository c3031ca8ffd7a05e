"""Many sessions at a rate limit, in virtual time and with real processes."""

from __future__ import annotations

from random import Random

import pytest

from harness.measure.scale import median_round
from harness.virtual.clock import VirtualTime
from harness.virtual.crowds import THROTTLED, minimum_seconds, start
from harness.virtual.rate_limit import RateLimit


@pytest.mark.parametrize(("full", "admitted"), [(True, 10), (False, 0)])
def test_a_bucket_admits_a_second_of_calls_at_once_and_then_the_rate(
    admitted: int, *, full: bool
) -> None:
    time = VirtualTime()
    limit = RateLimit(time, 10, full=full)
    assert sum(limit.admits() for _ in range(30)) == admitted
    time.now += 0.5
    assert sum(limit.admits() for _ in range(30)) == 5
    time.now += 60.0
    assert sum(limit.admits() for _ in range(30)) == 10


def test_the_minimum_is_two_reads_each_or_all_starts_and_the_last_wait() -> None:
    assert minimum_seconds(200) == pytest.approx(40.0)
    assert minimum_seconds(20) == pytest.approx(7.0)


def test_a_crowd_becomes_ready_within_the_limit() -> None:
    sessions = 40
    seconds, calls = start(sessions, Random(1))  # noqa: S311 - not for secrets
    assert len(seconds) == calls["start"] == sessions
    assert max(seconds) >= minimum_seconds(sessions)
    assert calls["get"] <= 10 * max(seconds) + 10
    # All of them read at once, and the limit admits ten.
    assert calls[THROTTLED] >= sessions - 10


def test_a_session_alone_is_never_throttled() -> None:
    (seconds,), calls = start(1, Random(1))  # noqa: S311 - not for secrets
    assert 5.0 <= seconds <= 6.5
    assert calls[THROTTLED] == 0


def test_of_several_rounds_the_one_of_median_length_counts() -> None:
    made = [{"seconds_to_answered": at, "requests": int(10 * at)} for at in (50.0, 41.3, 47.3)]
    chosen = {"seconds_to_answered": 47.3, "requests": 473}
    assert median_round(made) == chosen | {"rounds": [41.3, 47.3, 50.0]}
    assert median_round(made[:1])["rounds"] == [50.0]
