"""``python -m generator``, as make calls it."""

from generator.page import REFERENCE, page

REFERENCE.write_text(page(), encoding="utf-8")
