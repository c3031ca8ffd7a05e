"""Single numbers from the results: pure functions of the JSON."""

from __future__ import annotations

from statistics import fmean, median
from typing import Any, Final

from harness.measure import cost
from harness.peers import CALL, FRAMEWORK, OURS

Results = dict[str, Any]

NOISE: Final = 1.05
"""Times within this factor count as equal."""


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


def lag(results: Results, peer: str, nominal: float) -> float:
    """Return the mean lag in seconds over all moments at which the sessions may become READY.

    Without a read before each of the ends, it's the mean of the lags that happened.
    """
    expected = [expected_lag(record) for record in records(results, peer, nominal)]
    known = [each for each in expected if each is not None]
    return fmean(known if len(known) == len(expected) else lags(results, peer, nominal))


def expected_lag(record: dict[str, Any]) -> float | None:
    """Return the mean lag of a start over all of its ends between the same two reads, in seconds.

    The ends of the starts are spread evenly, so this has the same mean as the lags that happened,
    and varies less. A start that wasn't read both before and after its end has none.
    """
    ready, reads = record["seconds"], record["reads"]
    before = [at for at in reads if at < ready]
    after = [at for at in reads if at >= ready]
    if not before or not after:
        return None
    answered = ready + record["lag"] - after[0]
    return float((after[0] - before[-1]) / 2 + answered)


def requests(results: Results, peer: str, nominal: float | None = None) -> float:
    """Return the requests to the service that a start takes, on average."""
    return fmean(r["requests"] for r in records(results, peer, nominal))


def waits(results: Results) -> dict[float, dict[str, dict[str, float]]]:
    """Return the figures of each way in virtual time, by nominal length."""
    rows = results["rows"]["waits"]["lengths"]
    return {row["nominal"]: {k: v for k, v in row.items() if k != "nominal"} for row in rows}


def most_requests(results: Results) -> float:
    """Return the largest ratio of our requests and the provider framework's, over all lengths."""
    names = OURS.name, FRAMEWORK.name
    pairs = [[row[name]["requests"] for name in names] for row in waits(results).values()]
    pairs += [[requests(results, name, each) for name in names] for each in lengths(results)]
    return max(mine / other for mine, other in pairs)


def dollars(results: Results, peer: str, minutes: float, architecture: str) -> float | None:
    """Return the price of a start that takes ``minutes``; None if the peer can't wait that long."""
    made = cost.of_length(peer, records(results, peer), minutes * 60)
    return None if made is None else made.dollars(architecture)


def task_dollars(
    results: Results, task: str, way: str, minutes: int, architecture: str
) -> float | None:
    """Return the price of a task that takes ``minutes``; None if a part of it wasn't measured.

    The other ways are billed for the calls and polls that a start of a session takes with them.
    """
    rows = results["rows"]
    if "starts" not in rows or "declared" not in rows.get("cold", {}).get("cold", {}):
        return None
    if way != OURS.name:
        # One resource starts it, and another one reads the result.
        times = 2 if way == CALL.name else 1
        return times * (dollars(results, way, minutes, architecture) or 0)
    seconds, invocations = rows["tasks"][task]["billed"][str(minutes)]
    each = 1000 * seconds / invocations + cold(results, "declared", "wall_ms")
    bill = cost.Bill([("Function", each, _MIB)] * invocations, 0)
    return bill.dollars(architecture)


_MIB: Final = 128
"""The memory of the function."""


def cold(results: Results, kind: str, what: str = "cpu_ms") -> float:
    """Return the median of one measurement of the cold starts."""
    return float(median(each[what] for each in results["rows"]["cold"]["cold"][kind]))


def taken(results: Results, peer: str, step: str) -> float:
    """Return the shortest time of a CLI step in seconds: other work on the machine only adds."""
    return float(min(wall for wall, _ in results["rows"]["deploys"]["taken"][peer][step]))


def worked(results: Results, peer: str, step: str) -> float:
    """Return the shortest processor time of a CLI step in seconds, for the same reason."""
    return float(min(cpu for _, cpu in results["rows"]["deploys"]["taken"][peer][step]))


def crowd(results: Results) -> dict[str, Any]:
    """Return the largest stack at the rate limit."""
    runs: list[dict[str, Any]] = results["rows"]["crowds"]["runs"]
    return max(runs, key=lambda run: run["sessions"])


def way(results: Results, peer: str, kind: str) -> dict[str, Any]:
    """Return the results of a way for the starts with an outage."""
    ways: list[dict[str, Any]] = results["rows"]["outages"]["ways"]
    return next(each for each in ways if (each["peer"], each["kind"]) == (peer, kind))


def growth(results: Results, *, vpc: bool) -> list[tuple[int, float]]:
    """Return how synthesis grows: sizes, and the processor time of each session beyond the first.

    The first size has no time. With ``vpc`` the sessions are in as many stacks.
    """
    runs = [run for run in results["rows"]["synthesis"]["runs"] if run["vpc"] is vpc]
    sizes = [run["stacks"] * run["sessions"] for run in runs]
    made = [(sizes[0], 0.0)]
    for run, size in zip(runs[1:], sizes[1:], strict=True):
        seconds = run["cpu_seconds"] - runs[0]["cpu_seconds"]
        made.append((size, seconds / (size - sizes[0])))
    return made
