"""The plots, drawn from the results."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

from harness.measure import cost
from harness.measure.scale import LIMIT, allowed_seconds
from harness.peers import CALL, CRHELPER, FRAMEWORK, OURS, PEERS, WAITER
from harness.report import measures
from harness.report.themes import LIGHT, style, with_dark_colours

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from harness.report.measures import Results


_MARKS: Final = dict(zip((peer.name for peer in PEERS), "osD^vx", strict=True))
_TITLES: Final = {peer.name: peer.title for peer in PEERS}


def lag(results: Results) -> Figure:
    """Draw each start's lag."""
    waiting = [peer for peer in PEERS if peer.deployed and peer.waits]
    figure, axes = _axes(height=0.55 * len(waiting) + 1.0)
    for row, peer in enumerate(reversed(waiting)):
        lags = sorted(measures.lags(results, peer.name))
        heights = [row + 0.16 * ((index % 5) - 2) / 2 for index in range(len(lags))]
        colour, mark = LIGHT.peers[peer.name], _MARKS[peer.name]
        axes.plot(lags, heights, mark, color=colour, markersize=4, alpha=0.75, linewidth=0)
    axes.set_yticks(range(len(waiting)), [peer.title for peer in reversed(waiting)])
    axes.set_ylim(-0.5, len(waiting) - 0.5)
    axes.set_xscale("log")
    _plain_numbers(axes.xaxis)
    axes.set_xlabel("seconds from READY to CREATE_COMPLETE, each start a mark (lower is better)")
    axes.grid(visible=True, axis="x", color=LIGHT.faint, linewidth=0.6)
    return figure


def dollars(results: Results) -> Figure:
    """Draw what 1,000 starts cost by their length."""
    figure, axes = _axes(height=3.4)
    for peer in (OURS, FRAMEWORK, WAITER, CRHELPER):
        points = [
            (minutes, 1000 * price)
            for minutes in cost.MINUTES
            if (price := measures.dollars(results, peer.name, minutes, "arm64")) is not None
        ]
        colour, mark = LIGHT.peers[peer.name], _MARKS[peer.name]
        minutes, prices = zip(*points, strict=True)
        axes.plot(minutes, prices, f"{mark}-", color=colour, label=peer.title, linewidth=1.6)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(cost.MINUTES, [f"{minutes}" for minutes in cost.MINUTES])
    axes.minorticks_off()
    _plain_numbers(axes.yaxis)
    axes.set_xlabel("minutes that a start takes")
    axes.set_ylabel("dollars for 1,000 starts, arm64")
    axes.grid(visible=True, color=LIGHT.faint, linewidth=0.6)
    _legend(axes)
    return figure


def cold(results: Results) -> Figure:
    """Draw the cold starts, each a mark, and their medians."""
    titles = {
        "ours": OURS.title,
        "on_boto3": "the same function, bundling boto3",
        "plain_client": "only a boto3 client of the runtime",
    }
    colours = dict(zip(titles, (OURS, FRAMEWORK, CALL), strict=True))
    figure, axes = _axes(height=2.3)
    for row, (kind, _) in enumerate(reversed(titles.items())):
        times = [each["cpu_ms"] for each in results["rows"]["cold"]["cold"][kind]]
        colour = LIGHT.peers[colours[kind].name]
        axes.barh(row, measures.cold(results, kind), height=0.5, color=colour, alpha=0.35)
        axes.plot(times, [row] * len(times), "|", color=colour, markersize=9)
    axes.set_yticks(range(len(titles)), list(reversed(titles.values())))
    axes.set_xlim(left=0)
    axes.set_xlabel("milliseconds of a processor from import to answer (lower is better)")
    axes.grid(visible=True, axis="x", color=LIGHT.faint, linewidth=0.6)
    return figure


def scale(results: Results) -> Figure:
    """Draw how long many sessions take, with and without the limit."""
    figure, axes = _axes(height=3.0)
    runs = results["rows"]["scale"]["runs"]
    sizes = sorted({run["sessions"] for run in runs})
    lines: dict[str, Any] = {
        "no limit": ([r for r in runs if not r["limit"]], OURS, "o-"),
        f"{LIMIT} requests a second": ([r for r in runs if r["limit"]], FRAMEWORK, "s-"),
    }
    for label, (chosen, peer, form) in lines.items():
        points = [(run["sessions"], run["seconds_to_answered"]) for run in chosen]
        xs, ys = zip(*points, strict=True)
        axes.plot(xs, ys, form, color=LIGHT.peers[peer.name], label=label, linewidth=1.6)
    bounds = [allowed_seconds(size) for size in sizes]
    axes.plot(sizes, bounds, ":", color=LIGHT.ink, label="minimum at that limit")
    axes.set_xscale("symlog")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("sessions in one stack")
    axes.set_ylabel("seconds until all are answered")
    axes.grid(visible=True, color=LIGHT.faint, linewidth=0.6)
    _legend(axes)
    return figure


PLOTS: Final[dict[str, Callable[[Results], Figure]]] = {
    "lag": lag,
    "dollars": dollars,
    "cold": cold,
    "scale": scale,
}


def drawn(results: Results) -> dict[str, str]:
    """Return every plot as SVG by the name of its file; the same results give the same bytes."""
    made = {}
    for name, draw in PLOTS.items():
        with plt.rc_context(style()):
            figure = draw(results)
            text = io.StringIO()
            figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
            plt.close(figure)
        lines = (line.rstrip() for line in text.getvalue().splitlines())
        made[f"{name}.svg"] = with_dark_colours("\n".join(lines) + "\n")
    return made


def _axes(height: float) -> tuple[Figure, Axes]:
    figure, axes = plt.subplots(figsize=(7.2, height), layout="constrained")
    axes.spines[["left", "bottom"]].set_color(LIGHT.faint)
    axes.tick_params(color=LIGHT.faint)
    axes.set_axisbelow(True)
    return figure, axes


def _plain_numbers(axis: Any) -> None:
    axis.set_major_formatter(mpl.ticker.FuncFormatter(lambda value, _: f"{value:g}"))


def _legend(axes: Axes) -> None:
    axes.legend(frameon=False, labelcolor=LIGHT.ink)
