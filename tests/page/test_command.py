"""A user starts ``nimble-local``, opens the page, and presses Start."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nimble_local.emulator.seed.default_seed import SESSION_ID
from testkit.page.opened_page import OpenedPage

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.xdist_group("page")

COMMAND = Path(sys.executable).with_name("nimble-local")


def test_a_user_presses_start_and_sees_ready(browser: Chrome) -> None:
    serve = [str(COMMAND), "serve", "--port", "0", "--start-seconds", "6"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
        try:
            assert server.stdout is not None
            url = server.stdout.readline().split()[-1]
            page = OpenedPage(browser, url)
            assert page.cards() == ["STOPPED"]
            page.press(f"Start {SESSION_ID}")
            page.until(lambda: page.cards() == ["START_IN_PROGRESS"], "it starts")
            page.until(lambda: page.cards() == ["READY"], "it is ready")
            assert page.complaints() == []
            server.send_signal(signal.SIGINT)
            assert server.wait(30) == 0
        finally:
            # Otherwise the test would wait forever for the server of a page that fails.
            server.kill()
