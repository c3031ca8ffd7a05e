"""The plots, drawn from the results."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

from harness.measure import cost
from harness.peers import CALL, CRHELPER, FRAMEWORK, OURS, PEERS, WAITER
from harness.report import measures
from harness.report.glance import glance
from harness.report.themes import LIGHT, style, with_dark_colours
from harness.virtual.crowds import LIMIT, minimum_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from harness.report.measures import Results


_MARKS: Final = dict(zip((peer.name for peer in PEERS), "osD^vx", strict=True))
_TITLES: Final = {peer.name: peer.title for peer in PEERS}


def lag(results: Results) -> Figure:
    """Draw the seconds lost after READY, by the length of the start."""
    figure, axes = _axes(height=3.8)
    lengths = sorted(measures.waits(results))
    for peer in (CRHELPER, FRAMEWORK, OURS):
        colour = LIGHT.peers[peer.name]
        lags = [measures.waits(results)[nominal][peer.name]["lag"] for nominal in lengths]
        width = 2.6 if peer is OURS else 1.6
        axes.plot(lengths, lags, "-", color=colour, linewidth=width)
    for peer in (CRHELPER, WAITER, FRAMEWORK, OURS):
        colour, mark = LIGHT.peers[peer.name], _MARKS[peer.name]
        measured = measures.lengths(results)
        lags = [measures.lag(results, peer.name, nominal) for nominal in measured]
        axes.plot(measured, lags, mark, color=colour, markersize=7, label=peer.title)
    axes.set_xscale("log")
    axes.set_yscale("log")
    shown = [length for length in lengths if length in _SHOWN_LENGTHS]
    axes.set_xticks(shown, [_duration(length) for length in shown])
    axes.set_yticks(_SHOWN_LAGS, [f"{lag:g} s" for lag in _SHOWN_LAGS])
    axes.minorticks_off()
    axes.set_ylim(min(_SHOWN_LAGS) * 0.8, max(_SHOWN_LAGS) * 1.6)
    axes.set_xlabel("length of the start (marks: measured; lines: in virtual time)")
    axes.set_ylabel("mean time from READY\nto CREATE_COMPLETE")
    axes.grid(visible=True, color=LIGHT.faint, linewidth=0.6)
    handles, labels = axes.get_legend_handles_labels()
    # Above the plot: lines and marks may be anywhere in it.
    style: dict[str, Any] = {"frameon": False, "labelcolor": LIGHT.ink, "ncols": 2}
    figure.legend(handles[::-1], labels[::-1], loc="outside upper left", **style)
    return figure


_SHOWN_LENGTHS: Final = (2, 10, 30, 60, 120, 600, 1500)
_SHOWN_LAGS: Final = (0.5, 1, 2.5, 5, 10, 60)
_MINUTE: Final = 60


def _duration(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < _MINUTE else f"{seconds / _MINUTE:g} min"


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
    axes.set_xlabel("milliseconds of a processor")
    axes.grid(visible=True, axis="x", color=LIGHT.faint, linewidth=0.6)
    return figure


def scale(results: Results) -> Figure:
    """Draw how long many sessions take at the limit, and the minimum."""
    figure, axes = _axes(height=3.0)
    runs = results["rows"]["crowds"]["runs"]
    sizes = [run["sessions"] for run in runs]
    label = f"{LIMIT} requests a second, in virtual time"
    seconds = [run["seconds"] for run in runs]
    axes.plot(sizes, seconds, "-", color=LIGHT.peers[OURS.name], label=label, linewidth=1.6)
    for limit, title, mark in (
        (LIMIT, f"{LIMIT} requests a second, measured", "o"),
        (None, "no limit, measured", "s"),
    ):
        points = [
            (run["sessions"], run["seconds_to_answered"])
            for run in results["rows"]["scale"]["runs"]
            if run["limit"] == limit
        ]
        xs, ys = zip(*points, strict=True)
        colour = LIGHT.peers[(OURS if limit else FRAMEWORK).name]
        axes.plot(xs, ys, mark, color=colour, label=title, markersize=6)
    bounds = [minimum_seconds(size) for size in sizes]
    axes.plot(sizes, bounds, ":", color=LIGHT.ink, label="minimum at that limit")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("sessions in one stack")
    axes.set_ylabel("seconds until all are answered")
    axes.grid(visible=True, color=LIGHT.faint, linewidth=0.6)
    _legend(axes)
    return figure


PLOTS: Final[dict[str, Callable[[Results], Figure]]] = {
    "glance": glance,
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


_WIDTH_INCHES: Final = 5.2
"""On a phone, a wider plot would be shown too small to read."""


def _axes(height: float) -> tuple[Figure, Axes]:
    figure, axes = plt.subplots(figsize=(_WIDTH_INCHES, height), layout="constrained")
    axes.spines[["left", "bottom"]].set_color(LIGHT.faint)
    axes.tick_params(color=LIGHT.faint)
    axes.set_axisbelow(True)
    return figure, axes


def _plain_numbers(axis: Any) -> None:
    axis.set_major_formatter(mpl.ticker.FuncFormatter(lambda value, _: f"{value:g}"))


def _legend(axes: Axes) -> None:
    axes.legend(frameon=False, labelcolor=LIGHT.ink)
