"""MiniStack behind the gate, the application that the local cloud serves."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import Any, Final

from ministack.app import app as ministack  # type: ignore[import-untyped]

from nimble_local.cloud.access import Credentials
from nimble_local.cloud.gate import corrections
from nimble_local.cloud.gate.bootstrap import bootstrap
from nimble_local.cloud.gate.gate import Gate
from nimble_local.cloud.gate.long_poll import LongPoll
from nimble_local.cloud.gate.signature import find_secret

__all__ = ["app"]

# MiniStack uses these as its own key; without them it would use a well-known one.
OWN: Final = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])


def secret_of(access_key_id: str) -> str | None:
    """Return the secret of a valid access key id, None for any other."""
    sessions = _service("sts")._sessions  # noqa: SLF001 - MiniStack has no other way
    keys = _service("iam")._access_keys.to_dict()  # noqa: SLF001
    return find_secret(access_key_id, OWN, sessions, keys, time.time())


def _service(name: str) -> Any:
    # Imported by the corrections before the first request.
    return sys.modules[f"ministack.services.{name}"]


async def prepare() -> None:
    """Correct MiniStack, and bootstrap the account."""
    await asyncio.to_thread(corrections.apply, OWN)
    await bootstrap()


app = Gate(LongPoll(ministack), secret_of, prepare)
