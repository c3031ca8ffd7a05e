"""The project's pages outside the repository: in the wheel, and on a package index."""

from __future__ import annotations

import re
import subprocess
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cdk_nimble_streaming_session import docs
from reference import package_page
from streaming_session.advice import HINTS
from testkit.packaging.fresh_python import run, started

if TYPE_CHECKING:
    from email.message import Message

# All in one process, so that the wheel is built once.
pytestmark = pytest.mark.xdist_group("package")

ROOT = Path(__file__).parents[2]
COMMAND = "-m", "cdk_nimble_streaming_session.docs"
# Other tests compare the content of the wheel with the repository.
NO_CACHE = {"PYTHONDONTWRITEBYTECODE": "1"}
RELATIVE = re.compile(r"\]\((?!https://|#)[^)]+\)")


def metadata(site: Path) -> Message:
    (file,) = site.glob("*.dist-info/METADATA")
    return message_from_bytes(file.read_bytes())


def test_the_wheel_prints_the_entry_of_every_reason(site: Path, tmp_path: Path) -> None:
    printed = run(*COMMAND, *HINTS, cwd=tmp_path, PYTHONPATH=str(site), **NO_CACHE)
    assert re.findall(r"^### (.+)$", printed, re.MULTILINE) == list(HINTS)
    assert printed.count("**What to do:**") == len(HINTS)


def test_the_wheel_has_each_page_that_another_one_links_to(site: Path) -> None:
    inside = site / "cdk_nimble_streaming_session" / "_pages"
    found = {path.relative_to(inside).as_posix() for path in inside.rglob("*.md")}
    assert "docs/operations.md" in found
    for name in found:
        assert (inside / name).read_bytes() == (ROOT / name).read_bytes()
        text = (inside / name).read_text(encoding="utf-8")
        folder = "" if name.startswith("docs/") else "docs/"
        linked = re.findall(rf"\]\({folder}([\w-]+\.md)[)#]", text)
        assert {f"docs/{each}" for each in linked} <= found, name


def test_the_command_lists_the_pages_and_reports_an_unknown_name(tmp_path: Path) -> None:
    path = {"PYTHONPATH": str(ROOT / "constructs")}
    assert {"docs/reference.md", "absent"} <= set(run(*COMMAND, cwd=tmp_path, **path).split())
    done = started(*COMMAND, "abcent", cwd=tmp_path, **path)
    assert done.returncode == 1
    assert "topic is 'abcent': there is no such page or entry; similar: absent" in done.stderr


@pytest.mark.parametrize(
    ("topic", "start"),
    [
        ("absent", "### absent\n"),
        ("Internal_Error", "### INTERNAL_ERROR\n"),
        ("docs/operations.md#absent", "### absent\n"),
        ("docs/reference.md#grants", "## Grants\n"),
        ("reference", "# Reference\n"),
        ("README.md", "# cdk-nimble-streaming-session\n"),
    ],
)
def test_a_page_or_an_entry_is_found_by_its_name(topic: str, start: str) -> None:
    text = docs.find(topic)
    assert text.startswith(start)
    if "#" in start[1:] or start.startswith("##"):
        assert len(re.findall(r"^##", text, re.MULTILINE)) == 1


def test_a_comment_in_code_is_not_an_entry() -> None:
    page = "# One\n```console\n# no heading\n```\n## Two\ntext"
    assert docs.entries(page) == {"one": page[: page.index("## Two")], "two": "## Two\ntext"}


def test_the_readme_on_an_index_has_no_broken_links(site: Path) -> None:
    assert RELATIVE.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert not RELATIVE.search(str(metadata(site).get_payload()))


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://git.example.com/a/b.git", "https://git.example.com/a/b"),
        ("https://me:secret@git.example.com/a/b", "https://git.example.com/a/b"),
        ("git@git.example.com:a/b.git", "https://git.example.com/a/b"),
        ("ssh://git@git.example.com/a/b.git", "https://git.example.com/a/b"),
        ("/srv/git/b.git", ""),
        ("https://localhost/a/b", ""),
        ("", ""),
    ],
)
def test_the_address_is_that_of_the_clones_origin(
    remote: str, address: str, tmp_path: Path
) -> None:
    for command in (["init", "--quiet"], ["config", "remote.origin.url", remote]):
        git = ["git", "-C", str(tmp_path), *command]
        subprocess.run(git, check=True)  # noqa: S603 - a folder of this test's
    assert package_page.address(package_page.origin(tmp_path)) == address
    (tmp_path / "README.md").write_text("# Title\n\n[a page](docs/a.md#b), [here](#c)\n")
    fields: dict[str, object] = {}
    package_page.PackagePage(str(tmp_path), {}).update(fields)
    text = str(fields["readme"])
    assert ("[a page](" in text) is bool(address)
    assert (f"({address}/blob/HEAD/docs/a.md#b)" in text) is bool(address)
    assert "[here](#c)" in text
    assert bool(fields["urls"]) is bool(address)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (
            "https://git.example.com/a",
            "![it](https://git.example.com/a/raw/HEAD/b.png)\n\nThe end.\n",
        ),
        ("", "The end.\n"),
    ],
)
def test_a_picture_on_an_index_is_linked_or_left_out(source: str, shown: str) -> None:
    text = package_page.readme("# Title\n\nIt:\n\n![it](b.png)\n\nThe end.\n", source)
    assert text.endswith(f"It:\n\n{shown}")
