"""Checks that a request is signed for Nimble Studio (AWS Signature Version 4).

Only the presence and the scope of the signature are checked; any key is accepted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nimble_local.emulator.service.exceptions import AccessDeniedError
from nimble_local.emulator.service.model import SERVICE
from nimble_local.emulator.service.shapes import is_text

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHMS = ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
"""The two algorithms of Signature Version 4: with a shared key, and with a key pair (SigV4a)."""

_PART = re.compile(r"(\w+)=([^,\s]+)")
_MAX_CALLER = 128


def caller(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Return the access key id that a request is signed with.

    Parameters
    ----------
    headers
        The request's headers.
    query
        The parameters of its query, which hold the signature of a presigned URL.

    Raises
    ------
    AccessDeniedError
        There is no signature, or it's for another service.
    """
    algorithm, _, rest = headers.get("Authorization", "").partition(" ")
    parts = dict(_PART.findall(rest))
    if not algorithm:
        algorithm = query.get("X-Amz-Algorithm", "")
        parts = {name: query.get(f"X-Amz-{name}", "") for name in ("Credential", "Signature")}
    if algorithm not in ALGORITHMS or not parts.get("Signature"):
        raise AccessDeniedError(
            "The request has no signature. Sign it with AWS Signature Version 4 for the service "
            f"{SERVICE!r}; any access key will do.",
            reason="MISSING_SIGNATURE",
        )
    credential: str = parts.get("Credential", "")
    key, *scope = credential.split("/")
    # The scope is date/region/service/aws4_request, without the region for SigV4a.
    if not key or scope[-2:] != [SERVICE, "aws4_request"] or not is_text(key):
        raise AccessDeniedError(
            f"The signature of the request is not for the service {SERVICE!r}.",
            reason="WRONG_SIGNATURE_SCOPE",
        )
    return key[:_MAX_CALLER]
