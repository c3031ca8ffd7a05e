"""Findings of cfn-lint in a template."""

from __future__ import annotations

import json
from typing import Any


def lint(template: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the errors and warnings, each by its rule and as text.

    Informational rules (I...) are off by default.
    """
    # It takes a second to import, and each process of xdist collects all tests.
    from cfnlint import api  # type: ignore[import-untyped]  # noqa: PLC0415

    matches = api.lint_all(json.dumps(template))
    return [(match.rule.id, str(match)) for match in matches if match.rule.id[0] in "EW"]
