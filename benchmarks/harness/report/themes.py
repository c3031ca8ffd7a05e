"""The colours of the plots, for light pages and for dark ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from harness.peers import CALL, CRHELPER, FRAMEWORK, OURS, WAITER


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours that can be read on one kind of page."""

    name: str
    ink: str
    faint: str
    peers: dict[str, str]


# Told apart with every kind of colour vision, and by their marks as well.
LIGHT: Final = Theme(
    "light",
    "#1f2328",
    "#d1d9e0",
    {
        OURS.name: "#0969da",
        FRAMEWORK.name: "#bc4c00",
        CRHELPER.name: "#8250df",
        CALL.name: "#6e7781",
        WAITER.name: "#1a7f37",
    },
)
DARK: Final = Theme(
    "dark",
    "#e6edf3",
    "#3d444d",
    {
        OURS.name: "#58a6ff",
        FRAMEWORK.name: "#f0883e",
        CRHELPER.name: "#bc8cff",
        CALL.name: "#9198a1",
        WAITER.name: "#56d364",
    },
)
THEMES: Final = (LIGHT, DARK)


def style(theme: Theme) -> Any:
    """Return matplotlib's settings."""
    inks = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor")
    return {
        **dict.fromkeys(inks, theme.ink),
        "font.family": "sans-serif",
        "font.size": 9,
        "svg.fonttype": "none",
        "svg.hashsalt": "benchmarks",
        "axes.facecolor": "none",
        "savefig.transparent": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
