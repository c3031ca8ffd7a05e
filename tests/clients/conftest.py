"""The emulator as clients see it that we did not write."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def nimble_settings() -> dict[str, Any]:
    return {"page_size": 2, "session_quota": 5}
