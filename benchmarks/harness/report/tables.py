"""The tables of the page, in Markdown: the summary, and those about starts."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any, Final

from harness.measure import cost
from harness.peers import PEERS
from harness.report import figures, measures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.report.measures import Results


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def summary(results: Results, repeats: Sequence[Results]) -> str:
    """Return every figure with its target, and its value in other runs."""
    others = [{f.what + f.against: f for f in figures.summary(each)} for each in repeats]
    rows = []
    for figure in figures.summary(results):
        seen = [other[figure.what + figure.against].shown for other in others]
        other = f"{figure.theirs}, {figure.against}"
        rows.append([figure.what, figure.ours, other, *against_target(figure)])
        if repeats:
            rows[-1].append(", ".join(seen))
    head = ["figure", "this project", "compared with", "value", "target"]
    return table(head + (["other runs"] if repeats else []), rows)


def against_target(figure: figures.Figure) -> tuple[str, str]:
    """Return the value of a figure, and its target with the verdict."""
    return f"**{figure.shown}**", f"{figure.wanted}, {'met' if figure.met else '**not met**'}"


def agreement(results: Results, repeats: Sequence[Results]) -> str:
    """Return a sentence on the agreement of the runs."""
    if not repeats:
        return "This is one run."
    runs = [figures.summary(each) for each in (results, *repeats)]
    apart = []
    for same in zip(*runs, strict=True):
        values = [figure.value for figure in same]
        if max(values) > _APART * min(values):
            apart.append(f"{same[0].what} ({min(values):.2f} to {max(values):.2f})")
    if not apart:
        return f"{len(runs)} runs agree on every value within a fifth."
    return f"{len(runs)} runs agree within a fifth on every value except: {'; '.join(apart)}."


_APART: Final = 1.2


def lag(results: Results) -> str:
    """Return the lags by peer and length."""
    lengths = measures.lengths(results)
    rows = []
    for peer in PEERS:
        if not peer.deployed:
            continue
        cells = [peer.title]
        for nominal in lengths:
            lags = measures.lags(results, peer.name, nominal)
            cells.append(f"{median(lags):.2f} s / {max(lags):.2f} s")
        if not peer.waits:
            early = -median(measures.lags(results, peer.name))
            cells[1:] = [f"**does not wait: {early:.0f} s too early**", *[""] * (len(lengths) - 1)]
        rows.append(cells)
    heads = [f"starts of {nominal:g} s: median / worst" for nominal in lengths]
    return table(["", *heads], rows)


def requests(results: Results) -> str:
    """Return the requests of a start by peer and length."""
    lengths = measures.lengths(results)
    rows = [
        [peer.title, *(f"{measures.requests(results, peer.name, n):.1f}" for n in lengths)]
        for peer in PEERS
        if peer.deployed
    ]
    return table(["", *(f"starts of {nominal:g} s" for nominal in lengths)], rows)


def dollars(results: Results, architecture: str) -> str:
    """Return the price of 1,000 starts by peer and length."""
    rows = []
    for peer in PEERS:
        if not peer.deployed:
            continue
        prices = [measures.dollars(results, peer.name, n, architecture) for n in cost.MINUTES]
        cells = ["**can't wait so long**" if p is None else f"${1000 * p:,.3f}" for p in prices]
        rows.append([peer.title + ("" if peer.waits else " (does not wait)"), *cells])
    return table([architecture, *(f"{minutes} min" for minutes in cost.MINUTES)], rows)


def arithmetic(results: Results) -> str:
    """Return the measured and the computed price of the longest starts."""
    longest = max(measures.lengths(results))
    rows = []
    for peer in PEERS:
        mine = measures.records(results, peer.name)
        pairs = [
            (cost.measured(r).dollars("arm64"), made.dollars("arm64"))
            for r in mine
            if r["nominal"] == longest
            and (made := cost.of_length(peer.name, mine, r["seconds"])) is not None
        ]
        if pairs:
            measured, computed = (1000 * median(each) for each in zip(*pairs, strict=True))
            rows.append([peer.title, f"${measured:.4f}", f"${computed:.4f}"])
    return table(["", f"measured, starts of {longest:g} s and more", "computed"], rows)


def emulator(results: Results) -> str:
    """Return every number of the emulator's row."""
    row = results["rows"]["emulator"]
    plain = {k: v for k, v in row.items() if k not in ("at", "seconds", "load_before")}
    rows = [[name, str(value)] for name, value in plain.items() if not isinstance(value, list)]
    parts = [table(["", "value"], rows)] if rows else []
    parts += [
        table(list(value[0]), ([str(v) for v in each.values()] for each in value))
        for value in plain.values()
        if isinstance(value, list) and value
    ]
    return "\n\n".join(parts)


def versions(results: Results) -> str:
    """Return the versions."""
    found: dict[str, Any] = results["about"]["versions"]
    return ", ".join(f"{name} {version}" for name, version in found.items())
