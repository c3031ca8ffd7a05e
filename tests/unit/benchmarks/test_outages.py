"""Starts with an outage: the models of the other ways, and the comparison."""

from __future__ import annotations

from random import Random

import pytest

from harness.progress import Progress, Rows
from harness.virtual import outages
from harness.virtual.outages import AS_IT_IS, PATIENT, PEERS, Start

FRAMEWORK = PEERS["provider_framework", AS_IT_IS]
PATIENT_FRAMEWORK = PEERS["provider_framework", PATIENT]
LOOP = PEERS["waiter", PATIENT]


def start(begins: float, lasts: float, *, takes: float = 12.0, timeout: int = 1800) -> Start:
    return Start(seed=1, timeout=timeout, takes=takes, begins=begins, lasts=lasts)


def test_without_an_outage_each_way_notices_the_end_at_its_next_read() -> None:
    undisturbed = start(1000.0, 1.0)
    assert undisturbed.theirs(FRAMEWORK) == pytest.approx(3.0)
    assert undisturbed.theirs(PEERS["crhelper", AS_IT_IS]) == pytest.approx(48.0)
    ours = undisturbed.ours()
    assert ours is not None
    assert 0.0 <= ours <= 1.1


def test_boto3_outlasts_a_short_outage_and_not_a_long_one() -> None:
    assert start(4.0, 1.5).theirs(FRAMEWORK) == pytest.approx(3.0)
    # All retries take 15 s at most.
    assert start(4.0, 20.0).theirs(FRAMEWORK) is None
    assert start(4.0, 20.0).theirs(PATIENT_FRAMEWORK) is not None


def test_a_start_is_lost_if_its_end_comes_after_the_timeout() -> None:
    late = start(4.0, 100.0, timeout=100)
    assert not late.possible()
    assert late.ours() is late.theirs(PATIENT_FRAMEWORK) is None
    assert start(4.0, 100.0, timeout=105).possible()


def test_a_loop_in_the_function_ends_with_it() -> None:
    long = start(2000.0, 1.0, takes=1000.0)
    assert long.theirs(LOOP) is None
    assert long.theirs(FRAMEWORK) is not None
    assert long.ours() is not None


def test_every_start_is_counted_once_in_each_comparison() -> None:
    progress = Progress(Rows({"outages": 1.0}), "outages", 1.0)
    found = outages.run(40, Random(1), progress)  # noqa: S311 - not for secrets
    assert found["starts"] == 40
    ours, *others = found["ways"]
    assert ours["ours_saves"] == ours["ours_loses"] == 0
    assert len(others) == len(PEERS)
    for each in found["ways"]:
        assert each["lost"] == sum(each["lost_by_outage"])
        assert each["lost"] == ours["lost"] + each["ours_saves"] - each["ours_loses"]
        assert each["lost"] >= found["impossible"]
        assert each["lags"] == sorted(each["lags"])
