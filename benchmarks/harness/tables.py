"""The tables of the page, in Markdown."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from harness import bill, figures
from harness.peers import PEERS
from harness.scale import allowed_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.figures import Results


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def summary(results: Results, repeats: Sequence[Results]) -> str:
    """Return every figure with its target, and what it was in other runs."""
    others = [{f.what + f.against: f for f in figures.summary(each)} for each in repeats]
    rows = []
    for figure in figures.summary(results):
        seen = [other[figure.what + figure.against].shown for other in others]
        met = "met" if figure.met else "**not met**"
        value, wanted = f"**{figure.shown}**", figure.wanted
        rows.append([figure.what, figure.ours, figure.theirs, figure.against, value, wanted, met])
        if repeats:
            rows[-1].append(", ".join(seen))
    head = ["figure", "this project", "compared", "with", "value", "target", ""]
    return table(head + (["other runs"] if repeats else []), rows)


def lag(results: Results) -> str:
    """Return the lags by peer and length."""
    lengths = figures.lengths(results)
    rows = []
    for peer in PEERS:
        if not peer.deployed:
            continue
        cells = [peer.title]
        for nominal in lengths:
            lags = figures.lags(results, peer.name, nominal)
            cells.append(f"{median(lags):.2f} s / {max(lags):.2f} s")
        if not peer.waits:
            early = -median(figures.lags(results, peer.name))
            cells[1:] = [f"**does not wait: {early:.0f} s too early**", *[""] * (len(lengths) - 1)]
        rows.append(cells)
    heads = [f"starts of {nominal:g} s: median / worst" for nominal in lengths]
    return table(["", *heads], rows)


def requests(results: Results) -> str:
    """Return the requests of a start by peer and length."""
    lengths = figures.lengths(results)
    rows = [
        [peer.title, *(f"{figures.requests(results, peer.name, n):.1f}" for n in lengths)]
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
        prices = [figures.dollars(results, peer.name, n, architecture) for n in bill.MINUTES]
        cells = ["**can't wait so long**" if p is None else f"${1000 * p:,.3f}" for p in prices]
        rows.append([peer.title + ("" if peer.waits else " (does not wait)"), *cells])
    return table([architecture, *(f"{minutes} min" for minutes in bill.MINUTES)], rows)


def arithmetic(results: Results) -> str:
    """Return how far the arithmetic is from what was measured, for the longest starts measured."""
    longest = max(figures.lengths(results))
    rows = []
    for peer in PEERS:
        mine = figures.records(results, peer.name)
        pairs = [
            (bill.measured(r).dollars("arm64"), made.dollars("arm64"))
            for r in mine
            if r["nominal"] == longest
            and (made := bill.of_length(peer.name, mine, r["seconds"])) is not None
        ]
        if pairs:
            measured, computed = (1000 * median(each) for each in zip(*pairs, strict=True))
            rows.append([peer.title, f"${measured:.4f}", f"${computed:.4f}"])
    return table(["", f"measured, starts of {longest:g} s and more", "by arithmetic"], rows)


def templates(results: Results) -> str:
    """Return what the template of each peer says."""
    rows = []
    for peer in PEERS:
        row = results["rows"]["templates"][peer.name]
        rows.append(
            [
                peer.title,
                str(row["resources"]),
                str(row["functions"]),
                ", ".join(row["runtimes"]),
                f"{row['template_bytes']:,}",
                f"{row['asset_bytes']:,}",
                f"{row['asset_files']:,}",
                f"{row['iam_actions']} / {row['iam_grants']}",
                *(str(count) for count in row["findings"].values()),
            ]
        )
    packs = list(results["rows"]["templates"]["ours"]["findings"])
    head = ["", "resources", "functions", "runtimes", "template bytes", "asset bytes, zipped"]
    return table([*head, "asset files", "IAM actions / over all roles", *packs], rows)


def cold(results: Results) -> str:
    """Return the cold starts."""
    titles = {
        "ours": "this project's function",
        "on_boto3": "the same on boto3 1.35.47, bundled",
        "plain_client": "only a boto3 client of the runtime and a read",
    }
    rows = []
    for kind, title in titles.items():
        cells = [figures.cold(results, kind, what) for what in ("cpu_ms", "wall_ms", "modules")]
        rows.append([title, f"{cells[0]:.0f} ms", f"{cells[1]:.0f} ms", f"{cells[2]:.0f}"])
    return table(["", "processor time", "time", "modules loaded"], rows)


def memory(results: Results) -> str:
    """Return the peaks of memory."""
    titles = {
        "start": "a start",
        "update": "a start in an update",
        "handed_over": "a start that is handed over",
    }
    found = results["rows"]["cold"]["memory"]
    rows = [
        [title, *(f"{found[kind][situation]:.0f} MiB" for kind in ("ours", "on_boto3"))]
        for situation, title in titles.items()
    ]
    return table(["", "this project's function", "the same, bundling boto3"], rows)


def deploys(results: Results) -> str:
    """Return what the CLI takes."""
    heads = {
        "synth": "`cdk synth`",
        "deploy": "`cdk deploy` from nothing",
        "unchanged": "`cdk deploy` unchanged",
        "destroy": "`cdk destroy`",
    }
    titles = {peer.name: peer.title for peer in PEERS}
    rows = [
        [titles[peer], *(f"{figures.taken(results, peer, step):.1f} s" for step in heads)]
        for peer in results["rows"]["deploys"]["taken"]
    ]
    return table(["", *heads.values()], rows)


def scale(results: Results) -> str:
    """Return how long many sessions take."""
    rows = []
    for run in results["rows"]["scale"]["runs"]:
        limit = f"{run['limit']} a second" if run["limit"] else "none"
        allowed = f"{allowed_seconds(run['sessions']):.0f} s" if run["limit"] else ""
        refused = sum(n for what, n in run["outcomes"].items() if "Throttling" in what)
        each = f"{run['requests'] / run['sessions']:.1f}"
        done = f"{run['seconds_to_answered']:.1f} s"
        ready = f"{run['succeeded']} of {run['sessions']}"
        rows.append([str(run["sessions"]), limit, ready, done, allowed, each, str(refused)])
    head = ["sessions", "limit", "READY", "until all are answered", "what the limit takes"]
    return table([*head, "requests each", "throttled"], rows)


def growth(results: Results) -> list[tuple[str, float]]:
    """Return the seconds that each further session adds between the two largest stacks."""
    made = []
    for limit, title in ((False, "without a limit"), (True, "at the limit")):
        runs = [r for r in results["rows"]["scale"]["runs"] if bool(r["limit"]) is limit]
        less, more = sorted(runs, key=lambda r: r["sessions"])[-2:]
        seconds = more["seconds_to_answered"] - less["seconds_to_answered"]
        made.append((title, seconds / (more["sessions"] - less["sessions"])))
    return made


def account(results: Results) -> str:
    """Return what happens with ten executions."""
    rows = [
        [
            f"{run['start_seconds'] / 60:g} min",
            {"documented": "as documented", "ideal": "at best"}[run["queue"]],
            f"{run['last_seconds'] / 60:.0f} min",
            f"{run['in_time']} of {run['sessions']}",
            f"**{run['largest_in_time']}**",
        ]
        for run in results["rows"]["account"]["runs"]
    ]
    head = ["a start takes", "Lambda's queue", "the last answer", "answered in time"]
    return table([*head, "largest stack that does not time out"], rows)


def emulator(results: Results) -> str:
    """Return what the emulator bears: every number that its row holds."""
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
