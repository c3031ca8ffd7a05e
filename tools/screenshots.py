"""The pictures of the page in docs/images: ``make screenshots``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nimble_local.emulator.backend import Backend
from nimble_local.emulator.in_process import Served
from nimble_local.emulator.seed.default_seed import LAUNCH_PROFILE_ID, STUDIO_ID
from nimble_local.emulator.state.clock import EmulatedClock
from testkit.emulator.in_process import ask
from testkit.page.chromium import chromium, look
from testkit.page.opened_page import OpenedPage

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

IMAGES = Path(__file__).parents[1] / "docs" / "images"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()
STUDIO = {"studioId": STUDIO_ID}
DESKS = ("yeG7lDwNQEiwNTRT7DrV7Q", "9Zp2mVq8TTmC4hX0sKdW1A", "r0bJ6yQfSBW5cLuE3nGxVg")
FAULTS = (
    {"kind": "start-failure", "code": "INSUFFICIENT_CAPACITY", "count": 1, "sessionId": DESKS[2]},
    {"kind": "rate-limit", "perSecond": 2, "operation": "CreateStreamingSession"},
    {"kind": "error", "probability": 0.1, "seed": 7, "operation": "GetStudio"},
)


def world() -> Backend:
    """Return a studio at noon, in the middle of its day."""
    backend = Backend(clock=EmulatedClock(lambda: NOON))
    backend.clock.run(0)
    backend.seed()
    names = zip(DESKS, ("Comp 12", "Comp 14", "Lighting 3"), strict=True)
    sessions = [{"sessionId": desk, "tags": {"Name": name}} for desk, name in names]
    backend.add_seed({"sessions": sessions})
    for fault in FAULTS:
        backend.add_fault(fault)
    for desk in DESKS:
        ask(backend, "StartStreamingSession", **STUDIO, sessionId=desk)
        backend.set_clock(advance=3)
    backend.set_clock(advance=95 * 60)
    ask(backend, "StopStreamingSession", **STUDIO, sessionId=DESKS[0])
    backend.set_clock(advance=25 * 60)
    ask(backend, "StartStreamingSession", **STUDIO, sessionId=DESKS[0])
    for _ in range(2):
        ask(backend, "CreateStreamingSession", **STUDIO, launchProfileId=LAUNCH_PROFILE_ID)
    backend.set_clock(advance=2)
    return backend


def take(browser: Chrome, folder: Path) -> list[Path]:
    """Take the pictures, and return where they are."""
    served = Served(world())
    try:
        page = OpenedPage(browser, served.url)
        taken = [
            _picture(page, folder / "page.png", width=1280, height=1200, dark=False),
            _picture(page, folder / "page-phone-dark.png", width=390, height=844, dark=True),
        ]
    finally:
        served.end()
    return taken


def _picture(page: OpenedPage, file: Path, *, width: int, height: int, dark: bool) -> Path:
    look(page.browser, width=width, height=height, dark=dark)
    page.until(lambda: len(page.all(".card")) == len(DESKS) + 1, "all sessions are shown")
    page.until(lambda: page.all("#journal tr"), "the journal is shown")
    if not page.browser.save_screenshot(str(file)):
        raise OSError(f"The picture could not be written to {file}.")
    return file


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    with chromium() as made:
        take(made, IMAGES)
