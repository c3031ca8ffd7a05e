"""The tables of the page, in Markdown: the summary, and those about starts."""

from __future__ import annotations

from statistics import fmean, median
from typing import TYPE_CHECKING, Any, Final

from harness.measure import cost
from harness.peers import OURS, PEERS
from harness.report import figures, measures
from harness.virtual.outages import BANDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.report.better import Case
    from harness.report.figure import Figure
    from harness.report.measures import Results


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def summary(results: Results, repeats: Sequence[Results]) -> str:
    """Return every figure with its target, and its value in other runs."""
    others = [_values(each) for each in repeats]
    rows = []
    for figure in figures.summary(results):
        rows.append(cells(figure))
        if repeats:
            seen = [other[_key(figure)] for other in others if _key(figure) in other]
            values = (each.shown if each.met else f"{each.shown} **NOT MET**" for each in seen)
            rows[-1].append(", ".join(values))
    return table(HEAD + (["other runs"] if repeats else []), rows)


HEAD: Final = ["figure", "this project", "compared with", "value", "target"]


def cells(figure: Figure) -> list[str]:
    """Return a figure as a row of the summary."""
    other = f"{figure.theirs}, {figure.against}"
    return [figure.what, figure.ours, other, f"**{figure.shown}**", figure.verdict]


def verdict(results: Results) -> str:
    """Return a sentence on how many targets are met, and which aren't."""
    found = figures.summary(results)
    missed = [f"{f.what}, {f.shown} ({f.wanted})" for f in found if not f.met]
    met = f"{len(found) - len(missed)} of {len(found)} targets are met."
    return f"{met} **Not met: {'; '.join(missed)}.**" if missed else met


def printed(results: Results) -> str:
    """Return the summary for a terminal."""
    lines = [HEAD, *(cells(figure) for figure in figures.summary(results))]
    plain = [[cell.replace("**", "") for cell in line] for line in lines]
    widths = [max(len(line[column]) for line in plain) for column in range(len(HEAD))]
    rows = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in plain]
    return "\n".join([*(row.rstrip() for row in rows), verdict(results).replace("**", "")])


def agreement(results: Results, repeats: Sequence[Results]) -> str:
    """Return a sentence on the agreement of the runs."""
    if not repeats:
        return "This is one run."
    runs = [_values(each) for each in (results, *repeats)]
    apart = []
    for key, first in runs[0].items():
        if not first.is_ratio:
            continue
        values = [run[key].value for run in runs if key in run]
        if max(values) > _APART * min(values):
            apart.append(f"{first.what} ({min(values):.2f} to {max(values):.2f})")
    met = " and ".join(
        f"{sum(figure.met for figure in run.values())} of {len(run)}" for run in runs[1:]
    )
    others = f"The other runs meet {met} targets."
    if not apart:
        return f"{len(runs)} runs agree on every ratio within a fifth. {others}"
    return (
        f"{len(runs)} runs agree within a fifth on every ratio except: {'; '.join(apart)}. {others}"
    )


_APART: Final = 1.2


def _values(results: Results) -> dict[tuple[str, str], Figure]:
    return {_key(figure): figure for figure in figures.summary(results)}


def _key(figure: Figure) -> tuple[str, str]:
    return figure.what, figure.against


def lag(results: Results) -> str:
    """Return the lags by peer and length."""
    lengths = measures.lengths(results)
    rows = []
    for peer in PEERS:
        if not peer.deployed:
            continue
        cells = [peer.title]
        for nominal in lengths:
            longest = max(measures.lags(results, peer.name, nominal))
            cells.append(f"{measures.lag(results, peer.name, nominal):.2f} s / {longest:.2f} s")
        if not peer.waits:
            early = -fmean(measures.lags(results, peer.name))
            cells[1:] = [f"**does not wait: {early:.0f} s too early**", *[""] * (len(lengths) - 1)]
        rows.append(cells)
    heads = [f"starts of {nominal:g} s: mean / longest" for nominal in lengths]
    return table(["", *heads], rows)


def waits(results: Results) -> str:
    """Return the lags and requests in virtual time by length."""
    rows = []
    for nominal, row in measures.waits(results).items():
        ours, *others = (row[peer.name] for peer in PEERS if peer.name in row)
        cells = [f"{nominal:g} s", f"{ours['lag']:.2f} s / {ours['longest_lag']:.2f} s"]
        cells += [f"{other['lag']:.2f} s / {other['longest_lag']:.2f} s" for other in others]
        cells += [f"{each['requests']:.1f}" for each in (ours, *others)]
        rows.append(cells)
    names = "this project", "provider framework", "crhelper"
    lags = [f"lag, {name}: mean / longest" for name in names]
    return table(["a start takes", *lags, *(f"requests, {name}" for name in names)], rows)


def outages(results: Results) -> str:
    """Return the results of the starts with an outage by way."""
    row = results["rows"]["outages"]
    titles = {peer.name: peer.title for peer in PEERS}
    bands = [f"{band:g} s" for band in BANDS]
    rows = []
    for way in row["ways"]:
        ours = way["peer"] == OURS.name
        kind = "" if ours else f", {way['kind']}"
        compared = ["", ""] if ours else [str(way["ours_saves"]), f"**{way['ours_loses']}**"]
        middle, high, longest = (f"{seconds:.1f} s" for seconds in way["lags"])
        by_outage = " / ".join(str(count) for count in way["lost_by_outage"])
        cells = [titles[way["peer"]] + kind, str(way["lost"]), by_outage, *compared]
        rows.append([*cells, f"{middle} / {high} / {longest}"])
    outage = f"outage up to {' / '.join(bands)}"
    head = ["", "lost", outage, "only this project saves", "only the other way saves"]
    return table([*head, "lag of the others: median / 90 % / longest"], rows)


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
    plain = {k: v for k, v in row.items() if k not in ("at", "commit", "seconds", "load_before")}
    rows = [[name, str(value)] for name, value in plain.items() if not isinstance(value, list)]
    parts = [table(["", "value"], rows)] if rows else []
    parts += [
        table(list(value[0]), ([str(v) for v in each.values()] for each in value))
        for value in plain.values()
        if isinstance(value, list) and value
    ]
    return "\n\n".join(parts)


def better(found: dict[str, list[Case]]) -> str:
    """Return the cases in which another way is better."""
    rows = [[title, *case] for title, cases in found.items() for case in cases]
    return table(["way", "better in", "its value", "this project"], rows)


def versions(results: Results) -> str:
    """Return the versions."""
    found: dict[str, Any] = results["about"]["versions"]
    # Each row has its own commit.
    return ", ".join(f"{name} {version}" for name, version in found.items() if name != "commit")
