"""Virtual time, and the account with few executions."""

from __future__ import annotations

from random import Random

import pytest

from harness.virtual.account import (
    DOCUMENTED,
    EXECUTIONS,
    IDEAL,
    SERVICE_TIMEOUT_SECONDS,
    answered,
    row,
)
from harness.virtual.clock import VirtualTime

pytestmark = pytest.mark.slow


def drawn() -> Random:
    return Random(1)  # noqa: S311 - not for secrets


def test_planned_events_happen_in_order_and_one_at_a_time() -> None:
    time = VirtualTime()
    seen: list[tuple[float, str]] = []

    def sleeper(name: str, seconds: float) -> None:
        for _ in range(2):
            seen.append((time.now, name))
            time.sleep(seconds)
        seen.append((time.now, name))

    time.plan(1.0, lambda: time.begin(lambda: sleeper("a", 2.0)))
    time.plan(0.0, lambda: time.begin(lambda: sleeper("b", 1.5)))
    time.run()
    assert seen == [(0.0, "b"), (1.0, "a"), (1.5, "b"), (3.0, "a"), (3.0, "b"), (5.0, "a")]


@pytest.mark.parametrize("queue", [DOCUMENTED, IDEAL])
def test_at_most_as_many_wait_as_there_are_executions(queue: str) -> None:
    ends = answered(2 * EXECUTIONS, queue, 300.0, drawn())
    first, second = ends[:EXECUTIONS], ends[EXECUTIONS:]
    assert all(300.0 <= end < 310.0 for end in first)
    # At best, the second half begins when the first is done; otherwise, after a retry.
    assert all(end >= 600.0 for end in second)
    assert all(end < 620.0 for end in second) is (queue == IDEAL)


def test_a_handed_over_wait_continues() -> None:
    (end,) = answered(1, DOCUMENTED, 1500.0, drawn())
    assert 1500.0 <= end < 1510.0


def test_the_largest_stack_is_answered_in_time() -> None:
    found = row(31, IDEAL, 600.0, drawn())
    largest = EXECUTIONS * int(SERVICE_TIMEOUT_SECONDS // 604)
    assert found["in_time"] == found["largest_in_time"] == largest == 30
    assert found["last_seconds"] > SERVICE_TIMEOUT_SECONDS
