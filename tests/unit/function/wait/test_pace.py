"""The pace against equal intervals: the real function in virtual time, thousands of starts."""

from __future__ import annotations

from random import Random

import pytest

from harness.progress import Progress, Rows
from harness.virtual import outages, waits

pytestmark = pytest.mark.slow

PROGRESS = Progress(Rows({}), "pace", 0.0)


def drawn(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - no secret


@pytest.mark.parametrize(
    ("seconds", "lag", "requests"),
    [
        (2, 0.25, 4),
        (10, 0.25, 4),
        (30, 0.35, 4),
        (60, 0.75, 3.5),
        # From here on they're the same, except that the draws differ.
        (120, 1.05, 2.5),
        (300, 1.05, 1.7),
        (600, 1.05, 1.35),
    ],
)
def test_a_single_session_is_noticed_sooner_for_a_bounded_number_of_requests(
    seconds: float, lag: float, requests: float
) -> None:
    (row,) = waits.run([seconds], 30, drawn(1), PROGRESS)["lengths"]
    ours, theirs = row["ours"], row["provider_framework"]
    assert ours["lag"] / theirs["lag"] <= lag
    assert ours["requests"] / theirs["requests"] <= requests


IMPOSSIBLE, LOST_BY_OURS = 105, 106
"""Number of starts that fail however they are waited for, and of those that fail with ours."""
SAVED_BY_OURS = {
    ("provider_framework", "patient"): 3,
    ("provider_framework", "as it is"): 492,
    ("crhelper", "patient"): 143,
    ("crhelper", "as it is"): 392,
    ("waiter", "patient"): 33,
    ("waiter", "as it is"): 501,
}
"""Starts that fail with each peer but succeed with ours; docs/decisions.md has them, too.

In their usual form, all three fail at the first error that boto3's retries don't outlast. The
patient variants catch every error and continue.
"""


def test_no_start_of_a_draw_is_lost_to_an_outage_that_others_outlast() -> None:
    found = outages.run(1000, drawn(20), PROGRESS)
    ours, *others = found["ways"]
    assert (found["impossible"], ours["lost"]) == (IMPOSSIBLE, LOST_BY_OURS)
    assert {each["ours_loses"] for each in others} == {0}
    saved = {(each["peer"], each["kind"]): each["ours_saves"] for each in others}
    assert saved == SAVED_BY_OURS
