"""The README, and the page about other services, as a reader follows them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[4]
OWN_APP = "Add it to your app"
OTHER_SERVICES = ROOT / "docs" / "other-services.md"
WITHOUT_AN_ACCOUNT = "Try it without an account"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_END = "app.synth()\n"


class Block(NamedTuple):
    """Code in a language."""

    language: str
    text: str


def sections(page: Path = ROOT / "README.md") -> dict[str, str]:
    """Return the sections of a page by their titles."""
    _, *parts = re.split(r"^## (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def introduction() -> list[Block]:
    """Return the code above the first section."""
    text = (ROOT / "README.md").read_text("utf-8")
    return [Block(*each) for each in _BLOCK.findall(text.partition("\n## ")[0])]


def blocks(title: str, page: Path = ROOT / "README.md") -> list[Block]:
    """Return the code of a section of a page, in order."""
    return [Block(*each) for each in _BLOCK.findall(sections(page)[title])]


def commands(title: str) -> list[str]:
    """Return the commands of a section."""
    texts = [text for language, text in blocks(title) if language == "console"]
    return [line for text in texts for line in text.splitlines()]


def first_app() -> str:
    """Return the app that a reader starts with."""
    return next(text for language, text in blocks(OWN_APP) if language == "python")


def whole_app() -> str:
    """Return the app with all later examples inserted before its last line, as the README says."""
    first, *more = (text for language, text in blocks(OWN_APP) if language == "python")
    for text in more:
        first = _before_the_end(first, text)
    return first


def script() -> str:
    """Return the reader's steps to an app of their own, as a bash script."""
    lines = []
    app = ""
    for language, text in blocks(OWN_APP):
        if language == "python":
            app = _before_the_end(app, text) if app else text
            lines.append(f"cat >app.py <<'APP'\n{app}APP\n")
        elif language == "yaml":
            lines.append(f"cat >studio.yaml <<'SEED'\n{text}SEED\n")
        else:
            lines.append(text)
    return "".join(lines)


def other_services() -> tuple[str, str, str]:
    """Return an app with other services, the program that makes them, and the reader's commands."""
    app, account, commands = blocks(WITHOUT_AN_ACCOUNT, OTHER_SERVICES)
    assert [app.language, account.language, commands.language] == ["python", "python", "console"]
    return app.text, account.text, commands.text


def _before_the_end(app: str, text: str) -> str:
    start, end, rest = app.rpartition(_END)
    assert (end, rest) == (_END, "")
    return f"{start}{text}{end}"
