"""The page in headless Chromium: its actions and its display."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from selenium.webdriver.common.keys import Keys

from nimble_local.emulator.backend import Backend
from nimble_local.emulator.in_process import Served
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID, add_session
from testkit.page.opened_page import OpenedPage

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

# All in one process, with one browser.
PRESIGNED_START = (
    f"/2020-08-01/studios/{quote(STUDIO_ID)}/streaming-sessions/{SESSION_ID}/start"
    "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=x"
    "&X-Amz-Credential=any/20261123/us-west-2/nimble/aws4_request"
)

pytestmark = pytest.mark.xdist_group("page")


def test_the_page_says_what_it_is(page: OpenedPage) -> None:
    notice = page.text(".notice")
    assert "AWS closed Amazon Nimble Studio in October 2024" in notice
    assert "emulator" in notice
    assert "keys are not checked" in notice
    assert page.cards() == ["STOPPED"]
    assert page.text(".card code") == SESSION_ID
    assert page.complaints() == []


def test_a_session_is_created_stopped_started_and_watched_to_ready(
    page: OpenedPage, backend: Backend
) -> None:
    page.press("Create session")
    page.find("#creation-tags").send_keys("Name=Comp 12\nShow=Heron")
    page.choose("#creation-type", "g5.4xlarge")
    page.press("Create")
    page.until(lambda: page.cards() == ["CREATE_IN_PROGRESS", "STOPPED"], "it is being created")
    # The clock has stood still until now, so each state is certain to be seen.
    assert page.find(".card progress").is_displayed()
    page.press("Set forward 1 min")
    page.until(lambda: page.cards()[0] == "READY", "it is ready")
    assert "the service stops it in 11 h 29 min" in page.text(".card .times")
    made = next(s for s in backend.world.sessions if s.session_id != SESSION_ID)
    assert (made.tags, made.ec2_instance_type) == (
        {"Name": "Comp 12", "Show": "Heron"},
        "g5.4xlarge",
    )
    page.press(f"Stop {made.session_id}")
    page.until(lambda: page.cards()[0] == "STOP_IN_PROGRESS", "it stops")
    page.find("#clock-speeds input[value='60']").click()
    page.until(lambda: page.cards()[0] == "STOPPED", "it is stopped")
    page.press(f"Start {made.session_id}")
    page.until(lambda: page.cards()[0] == "READY", "it is ready again")
    page.until(
        lambda: "Ready" in page.run("return document.getElementById('announcements').textContent"),
        "it is announced",
    )
    assert page.complaints() == []


def test_backups_and_history_are_shown_and_a_backup_is_restored(
    page: OpenedPage, backend: Backend
) -> None:
    for verb in ("Start", "Stop"):
        page.press(f"{verb} {SESSION_ID}")
        page.until(lambda: page.cards()[0].endswith("_IN_PROGRESS"), f"{verb} has begun")
        page.press("Set forward 1 min")
        page.until(lambda: not page.cards()[0].endswith("_IN_PROGRESS"), f"{verb} has ended")
    page.find(".card summary").click()
    page.until(lambda: len(page.all(".history li")) == 5, "the history has all states")
    assert page.text(".history li").startswith("Stopped by the-page")
    backup = next(iter(backend.world.backups)).backup_id
    assert backup in page.text(".backups")
    page.press(f"Start from backup {backup}")
    page.until(lambda: backup in page.text(".facts"), "it says what it was restored from")
    assert backend.world.sessions.find(SESSION_ID).started_from_backup_id == backup
    # The pressed button is gone, but the keyboard keeps its place on the page.
    assert page.run("return document.activeElement.localName") == "summary"


def test_a_deletion_needs_confirmation(page: OpenedPage, backend: Backend) -> None:
    page.press(f"Delete {SESSION_ID}")
    assert SESSION_ID in page.text("#deleting")
    page.press("Keep it")
    assert backend.world.sessions.find(SESSION_ID).state == "STOPPED"
    page.press(f"Delete {SESSION_ID}")
    page.press("Delete it")
    page.until(lambda: page.cards() == ["DELETE_IN_PROGRESS"], "it is being deleted")
    page.press("Set forward 1 min")
    page.until(lambda: page.cards() == ["DELETED"], "it is deleted")
    page.press("Set forward 690 min")
    page.until(lambda: page.cards() == [], "it is forgotten")
    assert page.text("#sessions-empty") == "There is no session. Create one."


def test_a_fault_is_switched_on_seen_and_switched_off(page: OpenedPage) -> None:
    page.choose("#fault-kind", "error")
    page.choose("#fault-parameters [name=error]", "ThrottlingException")
    page.find("#fault summary").click()
    page.find("#fault-limits [name=count]").send_keys("2")
    page.press("Switch on")
    page.until(lambda: "2 left" in page.text("#faults"), "the fault is shown")
    page.press(f"Start {SESSION_ID}")
    page.until(lambda: page.all("#journal tr"), "the request is in the journal")
    row = page.text("#journal tr")
    for part in ("StartStreamingSession", SESSION_ID, "the-page", "ThrottlingException", "error"):
        assert part in row
    page.until(lambda: "ThrottlingException" in page.text("#messages"), "the error is shown")
    page.until(lambda: "1 left" in page.text("#faults"), "the fault counts")
    page.press("Switch off error")
    page.until(lambda: page.all("#faults li") == [], "the fault is gone")
    page.press(f"Start {SESSION_ID}")
    page.until(lambda: page.cards() == ["START_IN_PROGRESS"], "it works again")
    assert len(page.all("#journal tr")) == 2
    page.find("#journal-trouble").click()
    assert len(page.all("#journal tr")) == 1


def test_an_invalid_fault_is_explained_on_the_page(page: OpenedPage) -> None:
    page.choose("#fault-kind", "latency")
    page.find("#fault-parameters [name=seconds]").send_keys("4000")
    page.press("Switch on")
    page.until(lambda: "from 0 to 3600" in page.text("#fault-wrong"), "the rule is shown")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("drop", "The connection was cut before an answer arrived."),
        ("half-answer", "The answer (HTTP 200) isn't complete JSON."),
        ("html-answer", "The answer (HTTP 503) isn't complete JSON."),
    ],
)
def test_a_broken_answer_is_reported(
    page: OpenedPage, served: Served, backend: Backend, kind: str, words: str
) -> None:
    served.do(lambda: backend.add_fault({"kind": kind}))
    page.press(f"Start {SESSION_ID}")
    page.until(lambda: page.all(".message"), "the error is shown")
    assert f"Start {SESSION_ID}: {words}" in page.text(".message")


def test_the_page_reconnects_on_its_own(browser: Chrome) -> None:
    first = Served(Backend())
    page = OpenedPage(browser, first.url)
    assert page.cards() == []
    first.end()
    page.until(lambda: page.text("#link") == "Connection lost, trying again", "the loss is shown")
    backend = Backend()
    backend.seed()
    second = Served(backend, port=first.port)
    try:
        page.until(lambda: page.text("#link") == "Live", "the page is live again")
        page.until(lambda: page.cards() == ["STOPPED"], "the new world is shown")
    finally:
        second.end()


def test_the_page_works_with_the_keyboard_alone(page: OpenedPage) -> None:
    def focused() -> str:
        return str(page.browser.switch_to.active_element.accessible_name)

    body = page.find("body")
    body.send_keys(Keys.TAB)
    seen = [focused()]
    while focused() != f"Start {SESSION_ID}":
        page.browser.switch_to.active_element.send_keys(Keys.TAB)
        seen.append(focused())
        assert len(seen) < 10
    assert seen[0] == "Skip to the sessions"
    button = page.browser.switch_to.active_element
    assert button.value_of_css_property("outline-style") == "solid"
    button.send_keys(Keys.ENTER)
    page.until(lambda: page.cards() == ["START_IN_PROGRESS"], "it starts")
    # The same button, so the focus isn't lost; it can't be pressed at the moment.
    assert page.browser.switch_to.active_element == button
    assert button.get_attribute("aria-disabled") == "true"


def test_a_thousand_sessions_stay_usable(
    page: OpenedPage, served: Served, backend: Backend
) -> None:
    def fill() -> None:
        for number in range(1000):
            tags = {"Name": f"Desk {number}"}
            add_session(backend.context, f"session-{number:04}", "READY", {"tags": tags})

    served.do(fill)
    page.until(lambda: page.text("#sessions-count") == "1,001", "all are counted")
    assert len(page.all(".card")) == 40
    page.press("Show more")
    assert len(page.all(".card")) == 80
    page.find("#filter").send_keys("desk 77")
    page.until(lambda: page.text("#sessions-count") == "11 of 1001", "the filter is applied")
    assert page.text(".card code") == "session-0779"


def test_a_page_of_another_origin_changes_nothing(page: OpenedPage, backend: Backend) -> None:
    # The other emulator's answer is a page of another origin, without a policy of its own.
    other = Served(Backend())
    try:
        page.browser.get(f"{other.url}/_nimble/health")
        script = """
        const [url, start, done] = arguments;
        const plain = {method: "POST", mode: "no-cors", body: "{}"};
        const json = {...plain, mode: "cors", headers: {"Content-Type": "application/json"}};
        Promise.allSettled([
          fetch(url + start, plain),
          fetch(url + "/_nimble/reset", plain),
          fetch(url + "/_nimble/reset", json),
          fetch(url + "/_nimble/clock", {...json, body: JSON.stringify({advanceSeconds: 60})}),
          fetch(url + "/_nimble/faults/x", {method: "DELETE", mode: "cors"}),
          fetch(url + "/_nimble/sessions", {mode: "cors"}),
        ]).then((ends) => done(ends.map((end) => end.status)));
        """
        before = backend.clock.now()
        ends = page.run_async(script, page.url, PRESIGNED_START)
    finally:
        other.end()
    # The browser sends plain requests, and the emulator refuses them; the others are never sent.
    assert ends == ["fulfilled", "fulfilled", *["rejected"] * 4]
    assert backend.world.sessions.find(SESSION_ID).state == "STOPPED"
    assert backend.clock.now() == before
    # They are refused before they become requests of the API.
    assert backend.journal.entries() == []
