"""The reference says what the code says."""

from __future__ import annotations

import reference


def test_the_reference_is_the_codes() -> None:
    written = (reference.DOCS / "reference.md").read_text(encoding="utf-8")
    assert written == reference.page(), "The code has changed: make reference"
