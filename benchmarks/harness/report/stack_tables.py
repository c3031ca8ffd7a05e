"""The tables about templates, functions and stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.measure.scale import allowed_seconds
from harness.peers import PEERS
from harness.report import measures
from harness.report.tables import table

if TYPE_CHECKING:
    from harness.report.measures import Results


def templates(results: Results) -> str:
    """Return the sizes, permissions and findings of each peer's template."""
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
        cells = [measures.cold(results, kind, what) for what in ("cpu_ms", "wall_ms", "modules")]
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
    """Return the times of the CLI."""
    heads = {
        "synth": "`cdk synth`",
        "deploy": "`cdk deploy` from nothing",
        "unchanged": "`cdk deploy` unchanged",
    }
    titles = {peer.name: peer.title for peer in PEERS}
    rows = [
        [titles[peer], *(_taken(results, peer, step) for step in heads)]
        for peer in results["rows"]["deploys"]["taken"]
    ]
    return table(["", *heads.values()], rows)


def _taken(results: Results, peer: str, step: str) -> str:
    seconds, cpu = (each(results, peer, step) for each in (measures.taken, measures.worked))
    return f"{seconds:.1f} s / {cpu:.1f} s"


def scale(results: Results) -> str:
    """Return the times of many sessions."""
    rows = []
    for run in results["rows"]["scale"]["runs"]:
        limit = f"{run['limit']} a second" if run["limit"] else "none"
        allowed = f"{allowed_seconds(run['sessions']):.0f} s" if run["limit"] else ""
        refused = sum(n for what, n in run["outcomes"].items() if "Throttling" in what)
        each = f"{run['requests'] / run['sessions']:.1f}"
        done = f"{run['seconds_to_answered']:.1f} s"
        ready = f"{run['succeeded']} of {run['sessions']}"
        rows.append([str(run["sessions"]), limit, ready, done, allowed, each, str(refused)])
    head = ["sessions", "limit", "READY", "until all are answered", "minimum at the limit"]
    return table([*head, "requests each", "throttled"], rows)


def synthesis(results: Results) -> str:
    """Return the processor time of growing apps, and the share of each further session."""
    runs = results["rows"]["synthesis"]["runs"]
    rows = []
    for run in runs:
        first = next(each for each in runs if each["vpc"] is run["vpc"])
        more = run["stacks"] * run["sessions"] - first["stacks"] * first["sessions"]
        added = run["cpu_seconds"] - first["cpu_seconds"]
        rows.append(
            [
                f"{run['stacks']}, with `vpc`" if run["vpc"] else str(run["stacks"]),
                str(run["sessions"]),
                f"{run['cpu_seconds']:.1f} s",
                f"{added / more:.3f} s" if more else "",
            ]
        )
    return table(["stacks", "sessions in each", "processor time", "each further session"], rows)


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
    """Return the simulation of an account with ten executions."""
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
