"""Chromium without a window, driven by selenium."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

if TYPE_CHECKING:
    from collections.abc import Iterator

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"


class NoChromiumError(Exception):
    """There is no browser to test the page with."""

    def __init__(self) -> None:
        super().__init__(
            "The tests of the page need Chromium and its driver on the PATH. "
            "Debian: apt-get install chromium chromium-driver. "
            "Others: install Chromium or Chrome with the chromedriver of the same version."
        )


@contextmanager
def chromium(*more: str) -> Iterator[Chrome]:
    """Yield a browser with a new profile and further arguments, and end it afterwards.

    Raises
    ------
    NoChromiumError
        There is none on this machine; the message says what to install.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which(DRIVER)
    if browser is None or driver is None:
        raise NoChromiumError
    options = ChromeOptions()
    options.binary_location = browser
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in ("--headless=new", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    # The page is on loopback, so the machine's proxy must not be used.
    options.add_argument("--no-proxy-server")
    for argument in more:
        options.add_argument(argument)
    if os.geteuid() == 0:
        # Chromium's sandbox refuses to run as root, the user of containers in CI.
        options.add_argument("--no-sandbox")
    # Chromium leaves folders behind where temporary files, settings and caches are kept.
    with TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as own:
        places = dict.fromkeys(("TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), own)
        environment = {**os.environ, **places}
        # With both paths, selenium doesn't try to download anything.
        service = ChromeService(executable_path=driver, env=environment)
        made = Chrome(options=options, service=service)
        try:
            yield made
        finally:
            made.quit()


def look(browser: Chrome, *, width: int, height: int, dark: bool = False, scale: int = 1) -> None:
    """Give the browser a screen: its size in CSS pixels, its colours, pixels per CSS pixel."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 500},
    )
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    calm = {"name": "prefers-reduced-motion", "value": "reduce"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme, calm]})
