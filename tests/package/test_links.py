"""Links between the pages of the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("examples/**/*.md"),
    *ROOT.glob("benchmarks/*.md"),
    *ROOT.glob("tests/*.md"),
]
MAPS = [page for page in PAGES if page.name in ("CONTRIBUTING.md", "architecture.md")]
MAPS += ROOT.glob("tests/*.md")
"""Pages with links to files of the repository."""
FOLDERS = {"benchmarks", "constructs", "docs", "lambda", "local", "tests", "tools"}


_CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def without_code(page: Path) -> str:
    return _CODE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings in rendered Markdown."""
    headings = re.findall(r"^#+ (.+)$", without_code(page), re.MULTILINE)
    return {anchor(each) for each in headings}


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", text)


def test_the_index_by_symptom_leads_to_every_entry() -> None:
    page = ROOT / "docs" / "operations.md"
    before, index, rest = re.split(
        r"^## By symptom\n(.+?)(?=^## )",
        page.read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    groups = re.split(r"^## (.+)\n", rest, flags=re.MULTILINE)[1:]
    entries: list[str] = []
    for title, text in zip(groups[::2], groups[1::2], strict=True):
        entries += re.findall(r"^### (.+)$", text, re.MULTILINE) or [title]
    wanted = {anchor(entry) for entry in entries}
    assert set(links(index)) == {f"#{each}" for each in wanted}
    assert links(before) == []


def test_the_index_leads_to_every_page() -> None:
    index = ROOT / "docs" / "index.md"
    found = set(links(index.read_text(encoding="utf-8")))
    assert found >= {page.name for page in (ROOT / "docs").glob("*.md")} - {index.name}
    assert found >= {
        f"../examples/{page.parent.name}" for page in ROOT.glob("examples/*/README.md")
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    wrong = []
    for target in links(without_code(page)):
        if not target.startswith("https://"):
            path, _, anchor = target.partition("#")
            found = page.parent / path if path else page
            if not found.exists() or (anchor and anchor not in anchors(found)):
                wrong.append(target)
    assert wrong == []


@pytest.mark.parametrize("page", MAPS, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_file_that_a_page_names_exists(page: Path) -> None:
    text = re.sub(r"\]\([^)]*\)", "]", page.read_text(encoding="utf-8"))
    paths = {name.rstrip(".") for name in re.findall(r"[\w.-]+(?:/[\w.-]*)+", text)}
    ours = {name for name in paths if name.partition("/")[0] in FOLDERS}
    assert len(ours) > 5
    assert {name for name in ours if not (ROOT / name).exists()} == set()
