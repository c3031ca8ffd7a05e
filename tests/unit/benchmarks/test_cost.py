"""The arithmetic of a start's price."""

from __future__ import annotations

from typing import Any

import pytest

from harness.measure import cost

REQUEST, GB_SECOND, TRANSITION = 2e-7, 1.33334e-5, 2.5e-5
GB = 128 / 1024


def slept(seconds: float, billed_ms: int) -> dict[str, Any]:
    return {
        "seconds": seconds,
        "reads": [0.0],
        "invocations": [["Function", billed_ms, 128]],
        "transitions": 0,
    }


def polled(reads: list[float], polls: list[int]) -> dict[str, Any]:
    runs = [["OnEvent", 400, 128], *(["IsComplete", ms, 128] for ms in polls)]
    return {"seconds": 0, "reads": reads, "invocations": runs, "transitions": len(polls)}


def price(peer: str, records: list[dict[str, Any]], seconds: float) -> float | None:
    made = cost.of_length(peer, records, seconds)
    return None if made is None else made.dollars("arm64")


def test_the_prices_are_named_and_dated() -> None:
    assert cost.prices["lambda"]["request"] == REQUEST
    assert cost.prices["lambda"]["gb_second"]["arm64"] == GB_SECOND
    assert cost.prices["step_functions"]["state_transition"] == TRANSITION
    for service in ("lambda", "step_functions"):
        assert cost.prices[service]["source"].startswith("https://aws.amazon.com/")
    assert cost.prices["date"] in cost.prices["about"]


def test_a_measured_start_costs_what_was_billed() -> None:
    made = cost.measured(polled([0.5, 5.5], [300, 20]))
    assert made.dollars("arm64") == pytest.approx(
        0.72 * GB * GB_SECOND + 3 * REQUEST + 2 * TRANSITION
    )
    assert made.dollars("x86_64") > made.dollars("arm64")


def test_a_sleeping_function_is_billed_for_the_start_and_its_overhead() -> None:
    records = [slept(2.0, 3500), slept(10.0, 12_000), slept(30.0, 31_000)]
    assert price("ours", records, 60.0) == pytest.approx(61.5 * GB * GB_SECOND + REQUEST)


def test_each_hand_over_is_another_invocation() -> None:
    records = [slept(2.0, 3500)]
    # 1,800 s and the overhead don't fit into two invocations of 840 s.
    assert price("ours", records, 1800.0) == pytest.approx(
        (1800 + 3 * 1.5) * GB * GB_SECOND + 3 * REQUEST
    )


def test_one_invocation_waits_no_longer_than_lambda_allows() -> None:
    records = [slept(2.0, 3500)]
    assert price("waiter", records, 890.0) is not None
    assert price("waiter", records, 900.0) is None


def test_the_first_poll_is_billed_as_cold_and_the_others_as_warm() -> None:
    records = [polled([1.0, 6.0], [300, 20]), polled([1.0, 6.0, 11.0], [300, 20, 20])]
    # Polls at 1, 6, ... 61 s: the last sees the end.
    assert price("provider_framework", records, 60.0) == pytest.approx(
        (0.4 + 0.3 + 12 * 0.02) * GB * GB_SECOND + 14 * REQUEST + 13 * TRANSITION
    )


def test_the_interval_of_polls_is_taken_from_one_poll() -> None:
    # Two runs of one function: the request, then a poll after a minute.
    invocations = [["Function", 400, 128], ["Function", 50, 128]]
    records = [{"seconds": 30, "reads": [60.0], "invocations": invocations, "transitions": 0}]
    assert price("crhelper", records, 600.0) == pytest.approx(
        (0.4 + 10 * 0.05) * GB * GB_SECOND + 11 * REQUEST
    )


def test_without_a_wait_every_start_costs_the_same() -> None:
    records = [{"seconds": 2, "reads": [], "invocations": [["F", 500, 128]], "transitions": 0}]
    for seconds in (60.0, 3300.0):
        assert price("aws_custom_resource", records, seconds) == pytest.approx(
            0.5 * GB * GB_SECOND + REQUEST
        )
