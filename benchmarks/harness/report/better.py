"""The cases in which another way is better than this project."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from harness.measure import cost
from harness.peers import OURS, PEERS
from harness.report import measures
from harness.tasks import REQUESTS_WITHOUT_A_WAIT, TASKS, WAITS
from harness.virtual.outages import AS_IT_IS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.peers import Peer
    from harness.report.measures import Results

_Key = TypeVar("_Key", float, str)

Case = tuple[str, str, str]
"""The quantity, and the values of the other way and of this project."""


def found(results: Results) -> dict[str, list[Case]]:
    """Return the cases of each way that is better in some respect, by its title."""
    made = {peer.title: list(_cases(results, peer)) for peer in PEERS if peer is not OURS}
    return {title: cases for title, cases in made.items() if cases}


def _cases(results: Results, peer: Peer) -> Iterator[Case]:
    yield from _in_templates(results, peer)
    if peer.deployed:
        yield from _in_starts(results, peer)
    yield from _after_outages(results, peer)
    for step in results["rows"]["deploys"]["taken"].get(peer.name, {}):
        mine, other = (measures.taken(results, name, step) for name in (OURS.name, peer.name))
        if other * measures.NOISE < mine:
            yield f"time of cdk, {step}", f"{other:.1f} s", f"{mine:.1f} s"
    for task in TASKS:
        yield from _in_task(results, task, peer)


def _in_templates(results: Results, peer: Peer) -> Iterator[Case]:
    ours, theirs = (results["rows"]["templates"][name] for name in (OURS.name, peer.name))
    for key, what in {
        "resources": "resources",
        "template_bytes": "bytes of the template",
        "asset_bytes": "bytes of the asset",
        "asset_files": "files of the asset",
        "iam_actions": "IAM actions",
    }.items():
        if theirs[key] < ours[key]:
            yield what, f"{theirs[key]:,}", f"{ours[key]:,}"
    for pack, mine in ours["findings"].items():
        if theirs["findings"][pack] < mine:
            yield f"findings in {pack}", str(theirs["findings"][pack]), str(mine)


def _in_starts(results: Results, peer: Peer) -> Iterator[Case]:
    both = (peer.name, OURS.name)
    lengths = measures.lengths(results)
    lags = {each: [measures.lag(results, name, each) for name in both] for each in lengths}
    near = _well_below(lags) if peer.waits else {}
    yield from _series("lag, starts of {} s", near, "{:.2f} s")
    asked = {each: [measures.requests(results, name, each) for name in both] for each in lengths}
    yield from _series("requests, starts of {} s", _smaller(asked.items()), "{:.1f}")
    simulated = {n: row for n, row in measures.waits(results).items() if peer.name in row}
    longest = {n: [row[name]["longest_lag"] for name in both] for n, row in simulated.items()}
    what = "longest lag in virtual time, starts of {} s"
    yield from _series(what, _well_below(longest), "{:.2f} s")
    reads = {n: [row[name]["requests"] for name in both] for n, row in simulated.items()}
    what = "requests in virtual time, starts of {} s"
    yield from _series(what, _smaller(reads.items()), "{:.1f}")
    prices = {
        minutes: [measures.dollars(results, name, minutes, "arm64") for name in both]
        for minutes in cost.MINUTES
    }
    yield from _series("price of 1,000 starts of {} min", _cheaper(prices), "${:.3f}")


def _after_outages(results: Results, peer: Peer) -> Iterator[Case]:
    ours = measures.way(results, OURS.name, AS_IT_IS)["lags"]
    for way in results["rows"]["outages"]["ways"]:
        if way["peer"] == peer.name:
            pairs = zip(way["lags"], ours, strict=True)
            lags = dict(zip(("median", "90 %", "longest"), map(list, pairs), strict=True))
            what = f"lag of the starts that an outage doesn't fail, {way['kind']}: {{}}"
            yield from _series(what, _well_below(lags), "{:.1f} s")


def _in_task(results: Results, task: str, peer: Peer) -> Iterator[Case]:
    row, both = results["rows"]["tasks"][task], (peer.name, OURS.name)
    if peer.name not in row["ways"]:
        return
    asked = {
        each["nominal"]: [
            each[name]["requests"] if name in WAITS else REQUESTS_WITHOUT_A_WAIT for name in both
        ]
        for each in row["lengths"]
    }
    what = f"requests to {TASKS[task]}, which takes {{}} s"
    yield from _series(what, _smaller(asked.items()), "{:.1f}")
    prices = {
        minutes: [measures.task_dollars(results, task, name, minutes, "arm64") for name in both]
        for minutes in cost.MINUTES
    }
    yield from _series(f"price to {TASKS[task]} 1,000 times, {{}} min", _cheaper(prices), "${:.3f}")


def _smaller(pairs: Iterable[tuple[float, list[float]]]) -> dict[float, tuple[float, float]]:
    return {length: (other, mine) for length, (other, mine) in pairs if other < mine}


def _well_below(pairs: Mapping[_Key, list[float]]) -> dict[_Key, tuple[float, float]]:
    """Return the pairs whose first value is smaller by more than noise."""
    return {k: (other, mine) for k, (other, mine) in pairs.items() if other * measures.NOISE < mine}


def _cheaper(prices: dict[int, list[float | None]]) -> dict[float, tuple[float, float]]:
    return {
        minutes: (1000 * other, 1000 * mine)
        for minutes, (other, mine) in prices.items()
        if other and mine and other * measures.NOISE < mine
    }


def _series(
    what: str,
    pairs: Mapping[float, tuple[float, float]] | Mapping[str, tuple[float, float]],
    form: str,
) -> Iterator[Case]:
    """Yield one case for all lengths, in the same order in each of its parts."""
    if pairs:
        others, mine = zip(*pairs.values(), strict=True)
        lengths = " / ".join(k if isinstance(k, str) else f"{k:g}" for k in pairs)
        shown = [" / ".join(form.format(value) for value in values) for values in (others, mine)]
        yield what.format(lengths), shown[0], shown[1]
