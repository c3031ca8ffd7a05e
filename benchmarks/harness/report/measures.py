"""What the results come to, one number at a time: pure, from the JSON alone."""

from __future__ import annotations

from itertools import pairwise
from statistics import mean, median
from typing import Any

from harness.measure import bill

Results = dict[str, Any]


def records(results: Results, peer: str, nominal: float | None = None) -> list[dict[str, Any]]:
    """Return the starts of a peer, all or those of one length."""
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
    """Return the price of a start of so many minutes; None where the peer can't wait so long."""
    made = bill.of_length(peer, records(results, peer), minutes * 60)
    return None if made is None else made.dollars(architecture)


def cold(results: Results, kind: str, what: str = "cpu_ms") -> float:
    """Return the median of what a cold start takes."""
    return float(median(each[what] for each in results["rows"]["cold"]["cold"][kind]))


def taken(results: Results, peer: str, step: str) -> float:
    """Return the seconds of a step of the CLI at its best: all else on the machine only adds."""
    return float(min(wall for wall, _ in results["rows"]["deploys"]["taken"][peer][step]))


def worked(results: Results, peer: str, step: str) -> float:
    """Return the median seconds of a processor that a step of the CLI takes."""
    return float(median(cpu for _, cpu in results["rows"]["deploys"]["taken"][peer][step]))


def limited(results: Results) -> dict[str, Any]:
    """Return the largest run at the limited rate."""
    runs: list[dict[str, Any]] = results["rows"]["scale"]["runs"]
    return max((r for r in runs if r["limit"]), key=lambda r: r["sessions"])


def at_the_same_lag(results: Results, nominal: float) -> float:
    """Return what the provider framework would ask, polled so often that its lag were ours.

    By arithmetic: half of its interval goes into its lag, and its reads grow as the interval
    shrinks, which can't be below a second.
    """
    starts = records(results, "provider_framework", nominal)
    gaps = [b - a for r in starts for a, b in pairwise(r["reads"])]
    interval = median(gaps)
    besides = median(lags(results, "provider_framework")) - interval / 2
    wanted = max(1.0, 2 * (median(lags(results, "ours")) - besides))
    reads = mean(len(r["reads"]) for r in starts)
    return float(1 + reads * max(1.0, interval / wanted))
