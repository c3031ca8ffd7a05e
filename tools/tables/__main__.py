"""Write every table into the package."""

from __future__ import annotations

from tables.generate import FOLDER, generated

for name, text in generated().items():
    (FOLDER / name).write_text(text, encoding="utf-8")
