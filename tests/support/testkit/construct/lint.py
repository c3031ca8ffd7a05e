"""Findings of cfn-lint in a template."""

from __future__ import annotations

import json
from functools import cache
from typing import Any


def lint(template: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the errors and warnings in any region, each by its rule and as text.

    Informational rules (I...) are off by default.
    """
    # cfn-lint takes a second to import, and each process of xdist collects all tests.
    from cfnlint.decode import decode_str  # type: ignore[import-untyped]  # noqa: PLC0415

    decoded, errors = decode_str(json.dumps(template))
    matches = errors or _runner().validate_template(decoded)
    return [(match.rule.id, str(match)) for match in matches if match.rule.id[0] in "EW"]


# Loading the rules takes longer than checking a template.
@cache
def _runner() -> Any:
    from cfnlint.config import ConfigMixIn  # type: ignore[import-untyped]  # noqa: PLC0415
    from cfnlint.helpers import REGIONS  # type: ignore[import-untyped]  # noqa: PLC0415
    from cfnlint.runner import Runner  # type: ignore[import-untyped]  # noqa: PLC0415

    return Runner(ConfigMixIn(include_experimental=True, regions=REGIONS))
