"""The project's pages, for a machine that has only the wheel.

``python -m cdk_nimble_streaming_session.docs absent`` prints the entry of ``docs/operations.md``
that the reason of a failed resource names. The name of a page, such as ``reference``, prints the
page. Without a name, the pages and entries are listed.
"""

from __future__ import annotations

import re
import sys
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

ENTRIES: Final = "docs/operations.md"
"""The page whose entries the reasons name."""

_INSTALLED: Final = "_pages"
_IN_THE_REPOSITORY: Final = Path(__file__).parents[2]
_CODE: Final = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_HEADING: Final = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def pages() -> dict[str, str]:
    """Return the text of each page by its path in the repository."""
    installed = resources.files(__package__) / _INSTALLED
    root: Traversable = installed if installed.is_dir() else _IN_THE_REPOSITORY
    found = {"README.md": root / "README.md"}
    found |= {f"docs/{each.name}": each for each in (root / "docs").iterdir()}
    texts = sorted((name, each) for name, each in found.items() if name.endswith(".md"))
    return {name: each.read_text(encoding="utf-8") for name, each in texts}


def entries(page: str) -> dict[str, str]:
    """Return each heading of a page with its text, by its anchor."""
    # A comment in a code block looks like a heading. Blanks in its place keep every position.
    prose = _CODE.sub(lambda code: " " * len(code[0]), page)
    headings = list(_HEADING.finditer(prose))
    ends = [each.start() for each in headings[1:]] + [len(page)]
    return {
        re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-"): page[heading.start() : end]
        for heading, end in zip(headings, ends, strict=True)
    }


def find(topic: str) -> str:
    """Return a page, or an entry of one.

    Parameters
    ----------
    topic
        The name of an entry of ``docs/operations.md`` such as ``absent``; a page such as
        ``reference`` or ``docs/reference.md``; or a link such as ``docs/reference.md#grants``.

    Raises
    ------
    ValueError
        When there is none; it names similar ones.
    """
    texts = pages()
    name, _, anchor = topic.lower().partition("#")
    stems = {Path(path).stem.lower(): path for path in texts}
    page = stems.get(Path(name).stem)
    known = entries(texts[page if page and anchor else ENTRIES])
    if page and not anchor:
        return texts[page]
    if (wanted := anchor or name) in known:
        return known[wanted]
    similar = ", ".join(get_close_matches(wanted, [*known, *stems], cutoff=0.4)) or "none"
    raise ValueError(f"topic is {topic!r}: there is no such page or entry; similar: {similar}")


def main(arguments: list[str]) -> str:
    """Return what the command prints.

    Raises
    ------
    SystemExit
        With a sentence, when there is no such page or entry.
    """
    if arguments:
        try:
            return "\n".join(find(each).strip() for each in arguments)
        except ValueError as error:
            raise SystemExit(str(error)) from None
    return "\n".join([*pages(), f"Entries of {ENTRIES}:", *entries(pages()[ENTRIES])])


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1:]) + "\n")
