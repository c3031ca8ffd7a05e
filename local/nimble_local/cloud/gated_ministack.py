"""MiniStack behind the gate, which is what the local cloud serves."""

from __future__ import annotations

import os
import re
import sys
import time
from typing import Any, Final

from ministack.app import app as ministack  # type: ignore[import-untyped]

from nimble_local.cloud import corrections
from nimble_local.cloud.access import Credentials
from nimble_local.cloud.gate import Gate

__all__ = ["app"]

# MiniStack takes its own key from these, and without them one that everybody knows.
OWN: Final = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])

_ACCOUNT: Final = re.compile(r"[0-9]{12}")


def secret_of(access_key_id: str) -> str | None:
    """Return the secret of an access key id that may call this cloud, None for any other.

    Beside the cloud's own key, with which everything begins, these are the keys that MiniStack has
    given out to requests which were let in. Functions sign with the number of their account in the
    place of an access key id, and with the cloud's own secret.
    """
    if access_key_id == OWN.access_key_id or _ACCOUNT.fullmatch(access_key_id):
        return OWN.secret_access_key
    session = _service("sts")._sessions.get(access_key_id)  # noqa: SLF001 - no other way
    if session is not None:
        expired = session.get("Expiration", float("inf")) <= time.time()
        return None if expired else session.get("SecretAccessKey")
    keys: dict[tuple[str, str], dict[str, Any]] = _service("iam")._access_keys.to_dict()  # noqa: SLF001
    for (_, stored), key in keys.items():
        if stored == access_key_id and key.get("Status") == "Active":
            return key.get("SecretAccessKey")
    return None


def _service(name: str) -> Any:
    return sys.modules[f"ministack.services.{name}"]


app = Gate(ministack, secret_of, lambda: corrections.apply(OWN))
