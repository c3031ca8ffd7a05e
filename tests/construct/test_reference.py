"""docs/reference.md is up to date with the code."""

from __future__ import annotations

from reference.page import REFERENCE, page


def test_the_reference_is_up_to_date() -> None:
    written = REFERENCE.read_text(encoding="utf-8")
    assert written == page(), "The code has changed: make reference"
