"""One browser for all tests of the page, and a separate emulator for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nimble_local.emulator.backend import Backend
from nimble_local.emulator.in_process import Served
from testkit.page.chromium import chromium, look
from testkit.page.opened_page import OpenedPage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome


@pytest.fixture(scope="session")
def chrome() -> Iterator[Chrome]:
    # The name of test_foreign_pages.py leads to this machine.
    with chromium("--host-resolver-rules=MAP evil.example 127.0.0.1") as made:
        yield made


@pytest.fixture
def browser(chrome: Chrome) -> Chrome:
    look(chrome, width=1280, height=900)
    chrome.get("about:blank")
    chrome.get_log("browser")  # type: ignore[no-untyped-call]
    return chrome


@pytest.fixture
def backend() -> Backend:
    made = Backend()
    made.clock.run(0)
    made.seed()
    return made


@pytest.fixture
def served(backend: Backend) -> Iterator[Served]:
    made = Served(backend)
    yield made
    made.end()


@pytest.fixture
def page(browser: Chrome, served: Served) -> OpenedPage:
    return OpenedPage(browser, served.url)
