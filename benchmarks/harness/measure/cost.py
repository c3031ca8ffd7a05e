"""The price of a start: measured, or computed from measured parts for other lengths."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from harness.places import PRICES
from waiter.invocation import HAND_OVER_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ARCHITECTURES: Final = ("arm64", "x86_64")
MINUTES: Final = (1, 10, 30, 55)

_INVOCATION_SECONDS: Final = 900.0

_SLEEPS: Final = ("ours", "waiter")
"""Peers whose single function is billed for the whole start."""

prices: dict[str, Any] = json.loads(PRICES.read_text(encoding="utf-8"))


class Bill:
    """The invocations and transitions of a start."""

    def __init__(self, invocations: Iterable[Sequence[Any]], transitions: float) -> None:
        made = [(ms / 1000 * mib / 1024) for _, ms, mib in invocations]
        self._gb_seconds, self._requests = sum(made), len(made)
        self._transitions = transitions

    def dollars(self, architecture: str) -> float:
        """Return the price."""
        function, machine = prices["lambda"], prices["step_functions"]
        return float(
            self._gb_seconds * function["gb_second"][architecture]
            + self._requests * function["request"]
            + self._transitions * machine["state_transition"]
        )


def measured(record: dict[str, Any]) -> Bill:
    """Return the bill of a start that was measured."""
    return Bill(record["invocations"], record["transitions"])


def of_length(peer: str, records: list[dict[str, Any]], seconds: float) -> Bill | None:
    """Return the bill of a start of any length; None where the peer can't wait that long.

    Parameters
    ----------
    peer
        The name of the peer.
    records
        Its measured starts.
    seconds
        The length of the start.
    """
    if peer in _SLEEPS:
        return _slept(peer, records, seconds)
    return _polled(records, seconds)


def _slept(peer: str, records: list[dict[str, Any]], seconds: float) -> Bill | None:
    ((logical, _, memory),) = records[0]["invocations"]
    more = median(each["invocations"][0][1] / 1000 - each["seconds"] for each in records)
    if peer == "waiter":
        possible = seconds + more < _INVOCATION_SECONDS
        return Bill([(logical, (seconds + more) * 1000, memory)], 0) if possible else None
    count = math.ceil((seconds + more) / (_INVOCATION_SECONDS - HAND_OVER_SECONDS))
    # At most, each further invocation starts as cold as the first one.
    each_one = ((seconds + count * more) * 1000) / count
    return Bill([(logical, each_one, memory)] * count, 0)


def _polled(records: list[dict[str, Any]], seconds: float) -> Bill:
    """Compute a bill from the measured cold and warm runs and the number of polls."""
    polls = _polls(records, seconds)
    invocations: list[tuple[str, float, int]] = []
    for logical in {name: None for record in records for name, *_ in record["invocations"]}:
        runs = [[i for i in record["invocations"] if i[0] == logical] for record in records]
        cold = median(each[0][1] for each in runs if each)
        warm = [ms for each in runs for _, ms, _ in each[1:]]
        memory = next(each[0][2] for each in runs if each)
        invocations.append((logical, cold, memory))
        if warm:
            # Once for each poll, and once more where it also takes the request itself.
            besides = median(len(i) - len(r["reads"]) for i, r in zip(runs, records, strict=True))
            more = polls - 1 + round(besides)
            invocations += [(logical, median(warm), memory)] * more
    waits_in_states = any(record["transitions"] for record in records)
    besides = median(record["transitions"] - len(record["reads"]) for record in records)
    return Bill(invocations, polls + besides if waits_in_states else 0)


def _polls(records: list[dict[str, Any]], seconds: float) -> int:
    reads = [record["reads"] for record in records if record["reads"]]
    if not reads:
        return 0
    first = median(each[0] for each in reads)
    gaps = [b - a for each in reads for a, b in pairwise(each)]
    # With a single poll in every start, the interval is the time of the first poll.
    period = median(gaps) if gaps else first
    return 1 + max(0, math.ceil(float(seconds - first) / float(period)))
