"""The pictures in docs/images match the page."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

import pytest

import screenshots

if TYPE_CHECKING:
    from pathlib import Path

    from selenium.webdriver import Chrome

pytestmark = pytest.mark.xdist_group("page")

PAGE = (screenshots.IMAGES.parent / "emulator.md").read_text(encoding="utf-8")


def size(picture: Path) -> tuple[int, int]:
    """Return the width and height of a PNG."""
    width, height = struct.unpack(">II", picture.read_bytes()[16:24])
    return width, height


def test_the_pictures_can_be_taken_again(browser: Chrome, tmp_path: Path) -> None:
    taken = screenshots.take(browser, tmp_path)
    kept = {picture.name: size(picture) for picture in screenshots.IMAGES.glob("*.png")}
    assert {picture.name: size(picture) for picture in taken} == kept


def test_the_docs_show_and_describe_the_pictures() -> None:
    kept = {picture.name for picture in screenshots.IMAGES.iterdir()}
    assert set(re.findall(r"images/([\w-]+\.png)", PAGE)) == kept
    told = re.findall(r"!\[(.+?)\]\(images|alt=\"(.+?)\"", PAGE)
    assert len(told) == len(kept)
    assert all(picture.stat().st_size < 300_000 for picture in screenshots.IMAGES.iterdir())
