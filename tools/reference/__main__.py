"""``python -m reference``, as make calls it."""

from reference.page import REFERENCE, page

REFERENCE.write_text(page(), encoding="utf-8")
