"""The picture of the README: this project beside the provider framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matplotlib import pyplot as plt

from harness.peers import FRAMEWORK, OURS
from harness.report import measures
from harness.report.themes import LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from harness.report.measures import Results

_WIDTH_INCHES: Final = 4.2
"""The picture keeps its size on a phone, so its text stays readable there."""
_START_SECONDS: Final = 10.0
_MINUTES: Final = 10
_BARS: Final = ((OURS, 0.54), (FRAMEWORK, 0.25))
"""The ways, and where the bar of each one is within the row of a quantity."""
_PEERS: Final = (OURS.name, FRAMEWORK.name)


def quantities(results: Results) -> Iterator[tuple[str, list[float], str]]:
    """Yield each quantity: what it is, the values of both ways, and their format."""
    # A quick run has only shorter starts.
    seconds = max(each for each in measures.lengths(results) if each <= _START_SECONDS)
    wait, start = measures.waits(results)[seconds], f"a start of {seconds:g} s"
    lags = [measures.lag(results, peer, seconds) for peer in _PEERS]
    prices = [measures.dollars(results, peer, _MINUTES, "arm64") or 0 for peer in _PEERS]
    templates = [results["rows"]["templates"][peer] for peer in _PEERS]
    code = [results["rows"]["tasks"]["instance"]["ways"][peer]["lines"] for peer in _PEERS]
    deploys = [measures.taken(results, peer, "deploy") for peer in _PEERS]
    yield f"Time lost after READY, {start}", lags, "{:.1f} s"
    yield "cdk deploy from nothing, a start of 2 s", deploys, "{:.1f} s"
    yield f"Price of 1,000 starts of {_MINUTES} min", [1000 * p for p in prices], "${:.2f}"
    yield "Resources in the template", [each["resources"] for each in templates], "{:.0f}"
    found = [each["findings"]["AwsSolutions"] for each in templates]
    yield "Findings of cdk-nag, AwsSolutions", found, "{:.0f}"
    yield "Lines of your own code, an EC2 instance", code, "{:.0f}"
    yield f"Requests to the service, {start}", [wait[p]["requests"] for p in _PEERS], "{:.0f}"


def glance(results: Results) -> Figure:
    """Draw this project beside the provider framework: seven quantities, lower is better."""
    rows = list(quantities(results))
    figure, axes = plt.subplots(figsize=(_WIDTH_INCHES, 0.8 * len(rows) + 0.3))
    figure.subplots_adjust(left=0.02, right=0.98, top=0.99, bottom=0.01)
    axes.axis("off")
    axes.set_xlim(0, 1.22)
    axes.set_ylim(0, len(rows) + 0.5)
    for place, (what, values, form) in enumerate(reversed(rows)):
        axes.text(0, place + 0.83, what, fontsize=10.5, weight="bold", va="center")
        for (peer, above), value in zip(_BARS, values, strict=True):
            colour, share = LIGHT.peers[peer.name], value / max(values)
            # A value of 0 is a line.
            axes.barh(place + above, max(share, 0.004), height=0.25, color=colour)
            text = form.format(value)
            axes.text(share + 0.02, place + above, text, fontsize=10, va="center")
    names = ("this project", FRAMEWORK.title)
    for (peer, _), name, left in zip(_BARS, names, (0, 0.37), strict=True):
        colour = LIGHT.peers[peer.name]
        axes.barh(len(rows) + 0.3, 0.05, left=left, height=0.26, color=colour)
        axes.text(left + 0.07, len(rows) + 0.3, name, fontsize=10.5, va="center")
    axes.text(1.22, len(rows) + 0.3, "lower is better", fontsize=9, va="center", ha="right")
    return figure
