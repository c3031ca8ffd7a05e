"""The tables about templates, functions and stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.peers import PEERS
from harness.report import measures
from harness.report.tables import table
from harness.virtual.crowds import minimum_seconds

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
        "declared": "this project's function for an instance of EC2",
        "ec2_client": "only a boto3 client of EC2 and a read",
    }
    rows = []
    for kind, title in titles.items():
        if kind not in results["rows"]["cold"]["cold"]:
            continue
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
        minimum = f"{minimum_seconds(run['sessions']):.0f} s" if run["limit"] else ""
        refused = sum(n for what, n in run["outcomes"].items() if "Throttling" in what)
        each = f"{run['requests'] / run['sessions']:.1f}"
        done = f"{run['seconds_to_answered']:.1f} s"
        ready = f"{run['succeeded']} of {run['sessions']}"
        rows.append([str(run["sessions"]), limit, ready, done, minimum, each, str(refused)])
    head = ["sessions", "limit", "READY", "until all are answered", "minimum at the limit"]
    return table([*head, "requests each", "throttled"], rows)


def crowds(results: Results) -> str:
    """Return the times of many sessions at the limit in virtual time."""
    rows = []
    for run in results["rows"]["crowds"]["runs"]:
        minimum = minimum_seconds(run["sessions"])
        rows.append(
            [
                str(run["sessions"]),
                f"{run['seconds']:.1f} s / {run['longest_seconds']:.1f} s",
                f"{minimum:.0f} s",
                f"{run['seconds'] / minimum:.2f}",
                f"{run['admitted_each']:.1f}",
                f"{run['throttled_each']:.1f}",
            ]
        )
    head = ["sessions", "until all are answered: mean / longest", "minimum at the limit"]
    return table([*head, "mean ÷ minimum", "requests each", "throttled each"], rows)


def synthesis(results: Results) -> str:
    """Return the processor time of growing apps, and the share of each session beyond the first."""
    rows = []
    for vpc in (False, True):
        runs = [run for run in results["rows"]["synthesis"]["runs"] if run["vpc"] is vpc]
        for run, (size, seconds) in zip(runs, measures.growth(results, vpc=vpc), strict=True):
            stacks = f"{size}, with `vpc`" if vpc else str(run["stacks"])
            time = f"{run['cpu_seconds']:.1f} s"
            further = f"{seconds:.3f} s" if run is not runs[0] else ""
            rows.append([stacks, str(run["sessions"]), time, further])
    return table(
        ["stacks", "sessions in each", "processor time", "each session beyond the first"],
        rows,
    )


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
