"""The emulator's page, opened in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
    TimeoutException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.ui import WebDriverWait

if TYPE_CHECKING:
    from collections.abc import Callable

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

PATIENCE_SECONDS = 30.0


class OpenedPage:
    """Reads the page, and acts on it like a user."""

    def __init__(self, browser: Chrome, url: str) -> None:
        self.browser = browser
        self.url = url
        browser.get(url)
        self.until(lambda: self.text("#link") == "Live", "the page is live")

    def until(self, holds: Callable[[], Any], what: str) -> None:
        """Wait for something to become true."""
        gone = (NoSuchElementException, StaleElementReferenceException)
        wait = WebDriverWait(self.browser, PATIENCE_SECONDS, 0.03, ignored_exceptions=gone)
        try:
            wait.until(lambda _: holds())
        except TimeoutException as error:
            shown = self.text("body")
            raise AssertionError(f"It never came that {what}. The page:\n{shown}") from error

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.find(selector).text

    def press(self, name: str) -> None:
        """Press the button with the name that a screen reader would read out."""
        quoted = f'"{name}"'
        path = (
            f"//button[@aria-label={quoted} or (not(@aria-label) and normalize-space()={quoted})]"
        )
        found = [b for b in self.browser.find_elements(By.XPATH, path) if b.is_displayed()]
        assert len(found) == 1, f"{len(found)} buttons {name!r} in the page:\n{self.text('body')}"
        found[0].click()

    def choose(self, selector: str, option: str) -> None:
        Select(self.find(selector)).select_by_value(option)

    def run(self, script: str, *arguments: object) -> Any:
        return self.browser.execute_script(script, *arguments)

    def run_async(self, script: str, *arguments: object) -> Any:
        return self.browser.execute_async_script(script, *arguments)

    def cards(self) -> list[str]:
        """Return the states of the sessions that are shown, the newest first."""
        return [str(card.get_attribute("data-state")) for card in self.all(".card")]

    def complaints(self) -> list[str]:
        """Return the browser's log since the last call, such as a violated policy."""
        log: Any = self.browser.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in log]
