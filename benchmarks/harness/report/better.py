"""The cases in which another way is better than this project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.measure import cost
from harness.peers import OURS, PEERS
from harness.report import measures
from harness.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.peers import Peer
    from harness.report.measures import Results


def found(results: Results) -> list[str]:
    """Return a sentence for each way that is better in some respect."""
    return [
        f"**{peer.title}**: {'; '.join(better)}."
        for peer in PEERS
        if peer is not OURS and (better := list(_better(results, peer)))
    ]


def _better(results: Results, peer: Peer) -> Iterator[str]:
    rows = results["rows"]["templates"]
    for key, what in {
        "resources": "resources",
        "template_bytes": "bytes of template",
        "asset_bytes": "bytes of asset",
        "asset_files": "files of asset",
        "iam_actions": "IAM actions",
    }.items():
        mine, other = rows[OURS.name][key], rows[peer.name][key]
        if other < mine:
            yield f"{what} {other:,} against {mine:,}"
    for pack, mine in rows[OURS.name]["findings"].items():
        other = rows[peer.name]["findings"][pack]
        if other < mine:
            yield f"findings in {pack} {other} against {mine}"
    if peer.deployed:
        yield from _in_starts(results, peer)
    for step in results["rows"]["deploys"]["taken"].get(peer.name, {}):
        mine, other = (measures.taken(results, name, step) for name in (OURS.name, peer.name))
        if other * measures.NOISE < mine:
            yield f"cdk, {step}: {other:.1f} s against {mine:.1f} s"
    for task in TASKS:
        yield from _in_task(results, task, peer)


def _in_task(results: Results, task: str, peer: Peer) -> Iterator[str]:
    row = results["rows"]["tasks"][task]
    fewer = [
        f"{each['nominal']:g} s {each[peer.name]['requests']:.1f} "
        f"against {each[OURS.name]['requests']:.1f}"
        for each in row["lengths"]
        if each.get(peer.name, each[OURS.name])["requests"] < each[OURS.name]["requests"]
    ]
    if fewer:
        yield f"requests to {TASKS[task]}, in {', in '.join(fewer)}"
    if peer.name not in row["ways"]:
        return
    cheaper = []
    for minutes in cost.MINUTES:
        mine, other = (
            measures.task_dollars(results, task, name, minutes, "arm64")
            for name in (OURS.name, peer.name)
        )
        if mine and other and other * measures.NOISE < mine:
            cheaper.append(f"{minutes} min ${1000 * other:.3f} against ${1000 * mine:.3f}")
    if cheaper:
        yield f"1,000 times {TASKS[task]}, in {', in '.join(cheaper)}"


def _in_starts(results: Results, peer: Peer) -> Iterator[str]:
    for nominal in measures.lengths(results):
        mine, other = (measures.lag(results, name, nominal) for name in (OURS.name, peer.name))
        if peer.waits and other * measures.NOISE < mine:
            yield f"lag in starts of {nominal:g} s {other:.2f} s against {mine:.2f} s"
        mine, other = (measures.requests(results, n, nominal) for n in (OURS.name, peer.name))
        if other < mine:
            yield f"requests in starts of {nominal:g} s {other:.1f} against {mine:.1f}"
    fewer = []
    for nominal, row in measures.waits(results).items():
        if peer.name not in row or nominal in measures.lengths(results):
            continue
        mine, other = (row[name]["requests"] for name in (OURS.name, peer.name))
        if other < mine:
            fewer.append(f"{nominal:g} s {other:.1f} against {mine:.1f}")
    if fewer:
        yield f"requests in virtual time, in starts of {', of '.join(fewer)}"
    cheaper = []
    for minutes in cost.MINUTES:
        prices = [
            measures.dollars(results, name, minutes, "arm64") for name in (OURS.name, peer.name)
        ]
        if prices[0] and prices[1] and prices[1] * measures.NOISE < prices[0]:
            shown = " against ".join(f"${1000 * price:.3f}" for price in reversed(prices) if price)
            cheaper.append(f"{minutes} min {shown}")
    if cheaper:
        yield "1,000 starts of " + ", of ".join(cheaper)
