"""The figures that have a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.measure import cost
from harness.peers import CRHELPER, FRAMEWORK, OURS, WAITER
from harness.report import task_figures
from harness.report.figure import LAG_TARGETS, LAMBDA_MIB, SIMULATED, Figure
from harness.report.measures import (
    NOISE,
    cold,
    crowd,
    dollars,
    growth,
    lag,
    lengths,
    taken,
    waits,
    way,
    worked,
)
from harness.virtual.crowds import LIMIT, minimum_seconds
from harness.virtual.outages import AS_IT_IS, PATIENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.report.measures import Results

_USUAL_MINUTES: Final = 10
_REQUESTS: Final = {30.0: 4.0, 600.0: 1.35}
"""Targets by nominal length in seconds. Starts of about 30 s take the most requests."""


def summary(results: Results) -> list[Figure]:
    """Return every figure whose row has been measured."""
    return [figure for row, part in _PARTS if row in results["rows"] for figure in part(results)]


def _lag(results: Results) -> list[Figure]:
    made = []
    for nominal in lengths(results):
        mine, other = (lag(results, peer.name, nominal) for peer in (OURS, FRAMEWORK))
        made.append(
            Figure(
                f"lag from READY to CREATE_COMPLETE, starts of {nominal:g} s",
                f"{mine:.2f} s",
                f"{other:.2f} s",
                FRAMEWORK.title,
                mine / other,
                LAG_TARGETS[nominal],
                headline=True,
            )
        )
    return made


def _waits(results: Results) -> list[Figure]:
    made = []
    for nominal, row in waits(results).items():
        ours, theirs = row[OURS.name], row[FRAMEWORK.name]
        if nominal in LAG_TARGETS:
            made.append(
                Figure(
                    f"lag, starts of {nominal:g} s{SIMULATED}",
                    f"{ours['lag']:.2f} s",
                    f"{theirs['lag']:.2f} s",
                    FRAMEWORK.title,
                    ours["lag"] / theirs["lag"],
                    LAG_TARGETS[nominal],
                    headline=nominal == max(LAG_TARGETS),
                )
            )
        if nominal in _REQUESTS:
            made.append(
                Figure(
                    f"requests to the service, starts of {nominal:g} s{SIMULATED}",
                    f"{ours['requests']:.1f}",
                    f"{theirs['requests']:.1f}",
                    FRAMEWORK.title,
                    ours["requests"] / theirs["requests"],
                    _REQUESTS[nominal],
                    headline=True,
                )
            )
    return [*made, _worst_lag(results)]


def _worst_lag(results: Results) -> Figure:
    """Return the lags of the length that is worst for this project."""
    rows = {
        n: (row[OURS.name]["lag"], row[FRAMEWORK.name]["lag"]) for n, row in waits(results).items()
    }
    nominal = max(rows, key=lambda each: rows[each][0] / rows[each][1])
    mine, other = rows[nominal]
    return Figure(
        f"lag, the worst of {len(rows)} lengths{SIMULATED}",
        f"{mine:.2f} s, starts of {nominal:g} s",
        f"{other:.2f} s",
        FRAMEWORK.title,
        mine / other,
        NOISE,
        headline=True,
    )


def _outages(results: Results) -> list[Figure]:
    starts, mine = results["rows"]["outages"]["starts"], way(results, OURS.name, AS_IT_IS)["lost"]
    made = []
    for peer, kind, suffix in (
        (FRAMEWORK, AS_IT_IS, ""),
        *((each, PATIENT, _CONTINUES) for each in (FRAMEWORK, CRHELPER, WAITER)),
    ):
        other = way(results, peer.name, kind)["lost"]
        made.append(
            Figure(
                f"failed starts, of {starts:,} with an outage{SIMULATED}",
                f"{mine:,}",
                f"{other:,}",
                f"{peer.title}{suffix}",
                mine / other,
                1.0,
                headline=peer is FRAMEWORK,
            )
        )
    return made


_CONTINUES: Final = ", made to continue after errors"


def _dollars(results: Results) -> list[Figure]:
    made = []
    for minutes in cost.MINUTES:
        mine, other = (
            1000 * (dollars(results, peer.name, minutes, "arm64") or 0)
            for peer in (OURS, FRAMEWORK)
        )
        what = f"price of 1,000 starts of {minutes} min, arm64"
        shown = f"${mine:.2f}", f"${other:.2f}"
        main = minutes == _USUAL_MINUTES
        made.append(Figure(what, *shown, FRAMEWORK.title, mine / other, 0.5, headline=main))
    return made


def _templates(results: Results) -> list[Figure]:
    rows = results["rows"]["templates"]
    ours, framework, bundled = (rows[p] for p in ("ours", "provider_framework", "bundled"))
    ratio = ours["resources"] / framework["resources"]
    shown = str(ours["resources"]), str(framework["resources"])
    bytes_of = [each["asset_bytes"] for each in (ours, framework, bundled)]
    mine, theirs, large = (f"{each / 1e3:,.1f} kB" for each in bytes_of)
    light, small = bytes_of[0] / bytes_of[1], bytes_of[0] / bytes_of[2]
    found, others = (each["findings"]["AwsSolutions"] for each in (ours, framework))
    clean = str(found), str(others)
    asset, bundling = "asset, zipped", "a function that bundles boto3"
    findings = "findings of cdk-nag, AwsSolutions"
    return [
        Figure("resources beside the session", *shown, FRAMEWORK.title, ratio, 0.25, headline=True),
        Figure(asset, mine, theirs, FRAMEWORK.title, light, 1.0, headline=True),
        Figure(asset, mine, large, bundling, small, 0.01, "{:.4f}"),
        Figure(findings, *clean, FRAMEWORK.title, found / others, 0.0, headline=True),
    ]


def _cold(results: Results) -> list[Figure]:
    mine, bundled, plain = (cold(results, k) for k in ("ours", "on_boto3", "plain_client"))
    peak = max(results["rows"]["cold"]["memory"]["ours"].values())
    what, ours = "cold start, processor time", f"{mine:.0f} ms"
    same, client = "the same function on a bundled boto3", "only a boto3 client of the runtime"
    return [
        *task_figures.cold_start(results),
        Figure(what, ours, f"{bundled:.0f} ms", same, mine / bundled, 0.6, headline=True),
        Figure(what, ours, f"{plain:.0f} ms", client, mine / plain, 1.0),
        Figure(
            "memory at its peak",
            f"{peak:.0f} MiB",
            f"{LAMBDA_MIB} MiB",
            "memory of the function",
            peak / LAMBDA_MIB,
            0.75,
            headline=True,
        ),
    ]


def _deploys(results: Results) -> list[Figure]:
    # Steps without a wait are compared by processor time, which other work changes less.
    made = []
    for what, step, measure in (
        ("cdk synth, processor time", "synth", worked),
        ("cdk deploy from nothing, a session that starts in 2 s", "deploy", taken),
        ("cdk deploy unchanged, processor time", "unchanged", worked),
    ):
        mine, other = (measure(results, peer.name, step) for peer in (OURS, FRAMEWORK))
        shown = f"{mine:.1f} s", f"{other:.1f} s"
        main = step == "deploy"
        made.append(Figure(what, *shown, FRAMEWORK.title, mine / other, 1.0, headline=main))
    return made


def _crowds(results: Results) -> list[Figure]:
    run = crowd(results)
    minimum = minimum_seconds(run["sessions"])
    what = f"{run['sessions']} sessions at {LIMIT} requests a second{SIMULATED}"
    shown = f"{run['seconds']:.0f} s", f"{minimum:.0f} s"
    ratio = run["seconds"] / minimum
    return [Figure(what, *shown, "minimum at the limit", ratio, _MOST_TIME, headline=True)]


def _scale(results: Results) -> list[Figure]:
    runs = [run for run in results["rows"]["scale"]["runs"] if run["limit"]]
    run = max(runs, key=lambda run: run["sessions"])
    minimum, seconds = minimum_seconds(run["sessions"]), run["seconds_to_answered"]
    what = f"{run['sessions']} sessions at {LIMIT} requests a second, with real processes"
    shown = f"{seconds:.0f} s", f"{minimum:.0f} s"
    return [Figure(what, *shown, "minimum at the limit", seconds / minimum, _MOST_TIME)]


_MOST_TIME: Final = 1.3
"""Target for the time of a crowd, as a multiple of the minimum at the limit."""


def _synthesis(results: Results) -> list[Figure]:
    made = []
    for vpc, what in ((False, "session"), (True, "stack with `vpc`")):
        times = growth(results, vpc=vpc)
        if len(times) < _THREE_SIZES:
            continue
        (middle, first), (largest, last) = times[-2:]
        made.append(
            Figure(
                f"synthesis, processor time of each {what} beyond the first, of {largest}",
                f"{1000 * last:.0f} ms",
                f"{1000 * first:.0f} ms",
                f"of {middle}",
                last / first,
                1.2,
                headline=True,
            )
        )
    return made


_THREE_SIZES: Final = 3
"""The growth of two steps can be compared."""


_READ: Final = 3.5
"""Depending on the machine, a read takes 2.5 to 3.4 times as long as the bare server's answer."""


def _emulator(results: Results) -> list[Figure]:
    row = results["rows"]["emulator"]
    read = row["throughput"][0]["ms of a processor each"]
    bare = row["ms of a processor for a bare answer"]
    through, limit = (row[f"{k}, requests a second"] for k in ("let through", "rate limit"))
    # The journal and the client tokens have their full size from the second record on.
    settled, last = row["memory"][1], row["memory"][-1]
    kept, held = settled["memory, MiB"], last["memory, MiB"]
    return [
        Figure(
            "emulator: distance from the rate limit",
            f"{through:.2f} a second",
            f"{limit:.0f} a second",
            "the limit that was set",
            row["off the limit, %"],
            5.0,
            "{:.1f} %",
        ),
        Figure(
            f"emulator: memory after {last['requests']:,} requests",
            f"{held:.1f} MiB",
            f"{kept:.1f} MiB",
            f"after {settled['requests']:,} requests",
            held / kept,
            NOISE,
        ),
        Figure(
            "emulator: processor time of a read",
            f"{read:.2f} ms",
            f"{bare:.2f} ms",
            "a server of the same library that only answers",
            read / bare,
            _READ,
        ),
    ]


_PARTS: Final[tuple[tuple[str, Callable[[Results], list[Figure]]], ...]] = (
    ("starts", _lag),
    ("waits", _waits),
    ("outages", _outages),
    ("crowds", _crowds),
    ("scale", _scale),
    ("starts", _dollars),
    ("templates", _templates),
    ("cold", _cold),
    ("deploys", _deploys),
    ("synthesis", _synthesis),
    ("tasks", task_figures.summary),
    ("emulator", _emulator),
)
"""The figures of each row, in the order of the summary."""
