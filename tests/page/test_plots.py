"""The benchmark's plots on light and dark pages."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from matplotlib import image

from harness.places import PLOTS
from harness.report.themes import DARK, LIGHT
from testkit.page.chromium import look

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from harness.report.themes import Theme

pytestmark = pytest.mark.xdist_group("page")


def shown_colours(browser: Chrome, name: str, *, dark: bool) -> set[str]:
    look(browser, width=800, height=500, dark=dark)
    browser.get("about:blank")
    browser.execute_async_script(
        "const [svg, done] = arguments;"
        "document.documentElement.style.colorScheme = 'light dark';"
        "const image = document.body.appendChild(new Image());"
        "image.onload = () => requestAnimationFrame(() => done());"
        "image.src = 'data:image/svg+xml,' + encodeURIComponent(svg);",
        (PLOTS / name).read_text(encoding="utf-8"),
    )
    pixels = image.imread(io.BytesIO(browser.get_screenshot_as_png()))
    red, green, blue = ((255 * pixels[:, :, part]).round().astype(int) for part in range(3))
    found = set((red * 65536 + green * 256 + blue).ravel().tolist())
    return {f"#{each:06x}" for each in found}


@pytest.mark.parametrize("name", sorted(path.name for path in PLOTS.iterdir()))
def test_a_plot_has_the_colours_of_its_page(browser: Chrome, name: str) -> None:
    def used(theme: Theme) -> set[str]:
        return {theme.ink, theme.faint, *theme.peers.values()}

    light, dark = (shown_colours(browser, name, dark=dark) for dark in (False, True))
    assert LIGHT.ink in light
    assert DARK.ink in dark
    assert not light & used(DARK)
    assert not dark & used(LIGHT)
