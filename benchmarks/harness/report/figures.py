"""The figures that have a target."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from harness.measure import cost
from harness.measure.scale import LIMIT, allowed_seconds
from harness.report.measures import (
    at_the_same_lag,
    cold,
    dollars,
    lags,
    lengths,
    limited,
    requests,
    taken,
    worked,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.report.measures import Results

LAMBDA_MIB: Final = 128
_USUAL_MINUTES: Final = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the summary.

    Attributes
    ----------
    what
        The quantity measured.
    ours, theirs
        Both values, with their units.
    against
        The way it is compared with.
    value
        The number that the target limits: ours ÷ theirs, unless the format has a unit.
    target
        The largest value that meets the target.
    form
        The format of the value.
    headline
        True if the README shows it.
    """

    what: str
    ours: str
    theirs: str
    against: str
    value: float
    target: float
    form: str = "{:.2f}"
    headline: bool = False

    @property
    def met(self) -> bool:
        """True if the value meets its target."""
        return self.value <= self.target

    @property
    def shown(self) -> str:
        """The value as text."""
        return self.form.format(self.value)

    @property
    def wanted(self) -> str:
        """The target as text."""
        return f"≤ {self.form.format(self.target)}"


def summary(results: Results) -> list[Figure]:
    """Return every figure that has a target."""
    return [figure for part in _PARTS for figure in part(results)]


def _lag(results: Results) -> list[Figure]:
    ours, theirs = (lags(results, peer) for peer in ("ours", "provider_framework"))
    mine, other = median(ours), median(theirs)
    return [
        Figure(
            "lag from READY to CREATE_COMPLETE, median",
            f"{mine:.2f} s",
            f"{other:.2f} s",
            "provider framework",
            mine / other,
            0.25,
            headline=True,
        ),
        Figure(
            "the same, worst",
            f"{max(ours):.2f} s",
            f"{max(theirs):.2f} s",
            "provider framework",
            max(ours),
            1.0,
            "{:.2f} s",
        ),
    ]


def _requests(results: Results) -> list[Figure]:
    framework = "provider framework"
    made = []
    for nominal in lengths(results):
        mine, other = (requests(results, p, nominal) for p in ("ours", "provider_framework"))
        what = f"requests to the service, starts of {nominal:g} s"
        made.append(Figure(what, f"{mine:.1f}", f"{other:.1f}", framework, mine / other, 1.0))
    longest = max(lengths(results))
    mine, other = requests(results, "ours", longest), at_the_same_lag(results, longest)
    what = f"the same at equal lag, starts of {longest:g} s"
    made.append(Figure(what, f"{mine:.1f}", f"{other:.1f}", framework, mine / other, 1.0))
    return made


def _dollars(results: Results) -> list[Figure]:
    made = []
    for minutes in cost.MINUTES:
        mine, other = (
            1000 * (dollars(results, peer, minutes, "arm64") or 0)
            for peer in ("ours", "provider_framework")
        )
        what = f"price of 1,000 starts of {minutes} min, arm64"
        shown = f"${mine:.2f}", f"${other:.2f}"
        main = minutes == _USUAL_MINUTES
        made.append(Figure(what, *shown, "provider framework", mine / other, 0.5, headline=main))
    return made


def _templates(results: Results) -> list[Figure]:
    rows = results["rows"]["templates"]
    ours, framework, bundled = (rows[p] for p in ("ours", "provider_framework", "bundled"))
    ratio = ours["resources"] / framework["resources"]
    shown = str(ours["resources"]), str(framework["resources"])
    framework_name, bundling = "provider framework", "a function that bundles boto3"
    asset = f"{ours['asset_bytes'] / 1e3:.0f} kB", f"{bundled['asset_bytes'] / 1e3:,.0f} kB"
    small = ours["asset_bytes"] / bundled["asset_bytes"]
    mine, other = (each["findings"]["AwsSolutions"] for each in (ours, framework))
    findings = "findings of cdk-nag, AwsSolutions"
    return [
        Figure("resources beside the session", *shown, framework_name, ratio, 0.25, headline=True),
        Figure("asset, zipped", *asset, bundling, small, 0.01, "{:.4f}", headline=True),
        Figure(findings, str(mine), str(other), framework_name, mine, 0.0, "{:.0f}", headline=True),
    ]


def _cold(results: Results) -> list[Figure]:
    mine, bundled, plain = (cold(results, k) for k in ("ours", "on_boto3", "plain_client"))
    peak = max(results["rows"]["cold"]["memory"]["ours"].values())
    what, ours = "cold start, processor time", f"{mine:.0f} ms"
    same, client = "the same function on a bundled boto3", "only a boto3 client of the runtime"
    return [
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
    # Steps that wait for nothing are compared by processor time, which other work doesn't change.
    made = []
    for what, step, measure in (
        ("cdk synth, processor time", "synth", worked),
        ("cdk deploy from nothing, a session that starts in 2 s", "deploy", taken),
        ("cdk deploy unchanged, processor time", "unchanged", worked),
    ):
        mine, other = (measure(results, p, step) for p in ("ours", "provider_framework"))
        shown = f"{mine:.1f} s", f"{other:.1f} s"
        main = step == "deploy"
        made.append(Figure(what, *shown, "provider framework", mine / other, 1.0, headline=main))
    return made


def _scale(results: Results) -> list[Figure]:
    run = limited(results)
    allowed = allowed_seconds(run["sessions"])
    what = (
        f"{run['sessions']} sessions at {LIMIT} requests a second, {run['succeeded']} of them READY"
    )
    shown = f"{run['seconds_to_answered']:.0f} s", f"{allowed:.0f} s"
    ratio = run["seconds_to_answered"] / allowed
    return [Figure(what, *shown, "minimum at the limit", ratio, 1.5, headline=True)]


_PARTS: Final[tuple[Callable[[Results], list[Figure]], ...]] = (
    _lag,
    _requests,
    _dollars,
    _templates,
    _cold,
    _deploys,
    _scale,
)
