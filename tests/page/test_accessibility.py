"""Accessibility of the page: names, contrast, small screens, dark mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from testkit.emulator.hostile import HOSTILE, hostile_world
from testkit.page.chromium import look

if TYPE_CHECKING:
    from nimble_local.emulator.backend import Backend
    from nimble_local.emulator.in_process import Served
    from testkit.page.opened_page import OpenedPage

pytestmark = pytest.mark.xdist_group("page")

CONTROLS = {"button", "textbox", "searchbox", "combobox", "checkbox", "radio", "link", "spinbutton"}
CONTROLS |= {"progressbar", "dialog", "DisclosureTriangle", "ProgressIndicator"}

CONTRASTS = """
const LEFT_OUT = "[aria-disabled=true], .unseen, noscript, option";
const paint = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const rgba = (color) => {
  paint.clearRect(0, 0, 1, 1);
  paint.fillStyle = color;
  paint.fillRect(0, 0, 1, 1);
  return [...paint.getImageData(0, 0, 1, 1).data];
};
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const ground = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const color = rgba(getComputedStyle(at).backgroundColor);
    if (color[3] === 255) return color;
  }
  return rgba("Canvas");
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const found = [];
while (walker.nextNode()) {
  const node = walker.currentNode.parentElement;
  const text = walker.currentNode.textContent.trim();
  if (!text || !node.checkVisibility() || node.closest(LEFT_OUT)) continue;
  const [a, b] = [light(rgba(getComputedStyle(node).color)), light(ground(node))];
  found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), text]);
}
return found;
"""

# Cells that are cut with an ellipsis don't count, only content that overflows its part of the page.
OUTSIDE = """
const found = [];
for (const part of document.querySelectorAll("header, section, dialog[open]")) {
  const edge = part.getBoundingClientRect().right + 0.5;
  for (const node of part.querySelectorAll("*:not(.unseen)")) {
    if (!node.checkVisibility() || node.closest("thead")) continue;
    if (node.getBoundingClientRect().right > edge) found.push(node.outerHTML.slice(0, 200));
  }
}
return found;
"""


def test_every_control_has_a_name(page: OpenedPage, served: Served, backend: Backend) -> None:
    served.do(lambda: hostile_world(backend))
    served.do(lambda: backend.add_fault({"kind": "latency", "seconds": 1}))
    page.until(lambda: page.all("#faults li"), "the fault is shown")
    page.run("for (const part of document.querySelectorAll('details')) part.open = true")
    tree: Any = page.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})
    nodes = [node for node in tree["nodes"] if not node["ignored"]]
    controls = [node for node in nodes if node["role"]["value"] in CONTROLS]
    nameless = [node for node in controls if not node["name"]["value"].strip()]
    assert nameless == []
    assert len(controls) > 30
    names = [n["name"]["value"] for n in controls if n["role"]["value"] == "button"]
    assert sorted(set(names)) == sorted(names), "two buttons have the same name"
    assert page.run("return document.documentElement.lang") == "en"
    ids = page.run("return [...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_has_contrast(
    page: OpenedPage, served: Served, backend: Backend, *, dark: bool
) -> None:
    served.do(lambda: hostile_world(backend))
    served.do(lambda: backend.add_fault({"kind": "latency", "seconds": 1}))
    look(page.browser, width=1280, height=900, dark=dark)
    page.until(lambda: page.all("#faults li"), "the fault is shown")
    page.run("for (const part of document.querySelectorAll('details')) part.open = true")
    found = page.run(CONTRASTS)
    assert len(found) > 60
    assert [entry for entry in found if entry[0] < 4.5] == []


def test_the_page_is_dark_in_dark_mode(page: OpenedPage) -> None:
    script = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    assert min(page.run(script)) > 200
    look(page.browser, width=1280, height=900, dark=True)
    assert max(page.run(script)) < 50


@pytest.mark.parametrize("width", [320, 390, 800, 1280])
def test_nothing_is_wider_than_the_screen(
    page: OpenedPage, served: Served, backend: Backend, width: int
) -> None:
    served.do(lambda: hostile_world(backend))
    look(page.browser, width=width, height=844)
    page.until(lambda: len(page.all(".card")) > 3, "all sessions are shown")
    page.until(lambda: page.all("#journal tr"), "the journal is shown")
    page.run("for (const part of document.querySelectorAll('details')) part.open = true")
    assert page.run(OUTSIDE) == []
    assert page.run("return document.documentElement.scrollWidth") == width


def test_users_strings_are_shown_as_text(
    page: OpenedPage, served: Served, backend: Backend
) -> None:
    served.do(lambda: hostile_world(backend))
    page.until(lambda: len(page.all(".card")) > len(HOSTILE), "all sessions are shown")
    page.run("for (const part of document.querySelectorAll('details')) part.open = true")
    shown = page.run("return document.getElementById('sessions').textContent")
    for text in HOSTILE:
        if "\x1b" not in text and "\u202e" not in text:
            assert text in shown
    shown += page.run("return document.getElementById('journal').textContent")
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "␛[31m" in shown
    assert "⟨U+202E⟩" in shown
    assert page.all("main img, main script, main svg, main iframe, main a, main style") == []
    assert page.run("return window.pwned") is None
    assert page.complaints() == []


def test_a_script_cannot_write_markup(page: OpenedPage) -> None:
    script = """
    try { document.body.innerHTML = arguments[0]; return "written"; }
    catch (error) { return error.name; }
    """
    assert page.run(script, "<b>markup</b>") == "TypeError"
