"""Single numbers from the results: pure functions of the JSON."""

from __future__ import annotations

from itertools import pairwise
from statistics import mean, median
from typing import Any

from harness.measure import cost

Results = dict[str, Any]


def records(results: Results, peer: str, nominal: float | None = None) -> list[dict[str, Any]]:
    """Return a peer's starts; with ``nominal``, only those of that length."""
    found: list[dict[str, Any]] = results["rows"]["starts"]["records"]
    return [r for r in found if r["peer"] == peer and nominal in (None, r["nominal"])]


def lengths(results: Results) -> list[float]:
    """Return the nominal lengths of the starts."""
    return sorted({r["nominal"] for r in results["rows"]["starts"]["records"]})


def lags(results: Results, peer: str, nominal: float | None = None) -> list[float]:
    """Return the seconds from READY to CREATE_COMPLETE of each start."""
    return [r["lag"] for r in records(results, peer, nominal)]


def requests(results: Results, peer: str, nominal: float | None = None) -> float:
    """Return the requests to the service that a start takes, on average."""
    return float(mean(r["requests"] for r in records(results, peer, nominal)))


def dollars(results: Results, peer: str, minutes: float, architecture: str) -> float | None:
    """Return the price of a start that takes ``minutes``; None if the peer can't wait that long."""
    made = cost.of_length(peer, records(results, peer), minutes * 60)
    return None if made is None else made.dollars(architecture)


def cold(results: Results, kind: str, what: str = "cpu_ms") -> float:
    """Return the median of one measurement of the cold starts."""
    return float(median(each[what] for each in results["rows"]["cold"]["cold"][kind]))


def taken(results: Results, peer: str, step: str) -> float:
    """Return the shortest time of a CLI step in seconds: other work on the machine only adds."""
    return float(min(wall for wall, _ in results["rows"]["deploys"]["taken"][peer][step]))


def worked(results: Results, peer: str, step: str) -> float:
    """Return the median processor time of a CLI step in seconds."""
    return float(median(cpu for _, cpu in results["rows"]["deploys"]["taken"][peer][step]))


def limited(results: Results) -> dict[str, Any]:
    """Return the largest run at the limited rate."""
    runs: list[dict[str, Any]] = results["rows"]["scale"]["runs"]
    return max((r for r in runs if r["limit"]), key=lambda r: r["sessions"])


def at_the_same_lag(results: Results, nominal: float) -> float:
    """Return the requests that the provider framework would need for our lag.

    An estimate: on average, polling adds half the interval to the lag, and a shorter interval, of a
    second at least, multiplies the reads.
    """
    starts = records(results, "provider_framework", nominal)
    gaps = [b - a for r in starts for a, b in pairwise(r["reads"])]
    interval = median(gaps)
    besides = median(lags(results, "provider_framework")) - interval / 2
    wanted = max(1.0, 2 * (median(lags(results, "ours")) - besides))
    reads = mean(len(r["reads"]) for r in starts)
    return float(1 + reads * max(1.0, interval / wanted))
