"""The plots' colours on light and dark pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from harness.peers import CALL, CRHELPER, FRAMEWORK, OURS, WAITER


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours that are readable on one kind of page."""

    ink: str
    faint: str
    peers: dict[str, str]


# Distinguishable with every kind of colour vision; the marks differ as well.
LIGHT: Final = Theme(
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


def style() -> Any:
    """Return matplotlib's settings; the plots are drawn in the light colours."""
    inks = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor")
    return {
        **dict.fromkeys(inks, LIGHT.ink),
        "font.family": "sans-serif",
        "font.size": 9,
        "svg.fonttype": "none",
        "svg.hashsalt": "benchmarks",
        "axes.facecolor": "none",
        "savefig.transparent": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }


def with_dark_colours(svg: str) -> str:
    """Return a drawing in light colours with a style that replaces them on dark pages.

    A viewer that doesn't know the media query shows the light colours.
    """
    pairs = zip(_colours(LIGHT), _colours(DARK), strict=True)
    rules = (
        f'[style*="{part}: {light}"] {{ {part}: {dark} !important }}'
        for light, dark in pairs
        for part in ("fill", "stroke")
        if f"{part}: {light}" in svg
    )
    style = "\n".join(("@media (prefers-color-scheme: dark) {", *rules, "}"))
    return svg.replace("</style>", f"\n{style}</style>", 1)


def _colours(theme: Theme) -> tuple[str, ...]:
    return theme.ink, theme.faint, *theme.peers.values()
