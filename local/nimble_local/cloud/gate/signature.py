"""Verifies Signature Version 4 in headers and presigned URLs.

The algorithm is MiniStack's own, which it uses where it enforces IAM. This module chooses the
secret, and checks that the signature hasn't expired.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from ministack.core import sigv4  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nimble_local.cloud.access import Credentials

ALGORITHM: Final = "AWS4-HMAC-SHA256"

# The content hash of clients that sign each chunk of the body instead of its hash.
_BODY_IS_SIGNED: Final = "STREAMING-AWS4-HMAC-SHA256"
_EXPIRES: Final = re.compile(r"[0-9]{1,6}")
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_DATE: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Request:
    """The parts of a request that the gate checks.

    Attributes
    ----------
    method
        In upper case.
    path
        As sent: encoded, and without the query.
    query
        Decoded.
    headers
        By their names in lower case; repeated headers are joined by commas.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]

    @property
    def is_signed_with_body(self) -> bool:
        """True if the signature can only be verified with the body."""
        if "authorization" not in self.headers and self._scope_of_query.endswith("/s3"):
            return False
        sent = self.headers.get("x-amz-content-sha256", "")
        return not sent or sent.startswith(_BODY_IS_SIGNED)

    @property
    def _scope_of_query(self) -> str:
        credential = self.query.get("X-Amz-Credential", [""])[0]
        return credential.removesuffix("/aws4_request")


def refusal(
    request: Request, body: bytes, secret_of: Callable[[str], str | None], now: datetime
) -> str | None:
    """Return why a signature is invalid, None if it's valid.

    Parameters
    ----------
    request
        The request.
    body
        The complete body if `Request.is_signed_with_body`, otherwise ignored.
    secret_of
        Returns the secret of a valid access key id, None for any other.
    now
        The time in UTC.
    """
    headers, presigned = request.headers, "authorization" not in request.headers
    if presigned and "X-Amz-Signature" not in request.query:
        return "The request isn't signed."
    if not presigned and not headers["authorization"].startswith(ALGORITHM + " "):
        return f"The request isn't signed with {ALGORITHM}."
    parse = sigv4.parse_query_signature if presigned else sigv4.parse_header_signature
    found = parse(request.query if presigned else headers)
    if isinstance(found, tuple):
        return "The signature is incomplete."
    # A signature that covers the host and region is only valid for this server.
    if found.region_set is not None or "host" not in found.signed_headers.split(";"):
        return "The signature doesn't cover the host."
    secret = secret_of(found.access_key_id)
    if secret is None:
        return "The access key id doesn't belong to this cloud."
    wrong = sigv4.header_signature_failure(
        found, secret, request.method, request.path, request.query, headers, body,
        presigned=presigned,
    )  # fmt: skip
    if wrong is not None:
        return "The signature doesn't match: another secret was used, or the request was changed."
    if presigned:
        return _expiry(found.amz_date, request.query.get("X-Amz-Expires", [""])[0], now)
    skewed = sigv4.request_time_failure(found, now=now)
    return None if skewed is None else "The signature is too old, or from the future."


def _expiry(signed_at: str, seconds: str, now: datetime) -> str | None:
    try:
        if _EXPIRES.fullmatch(seconds) and not sigv4.presigned_request_is_expired(
            signed_at, seconds, now=now
        ):
            return None
    except ValueError:
        pass
    return "The presigned URL has expired."


def find_secret(
    access_key_id: str,
    own: Credentials,
    sessions: Mapping[str, Mapping[str, Any]],
    keys: Mapping[tuple[str, str], Mapping[str, Any]],
    now: float,
) -> str | None:
    """Return the secret of a valid access key id, None for any other.

    Valid are the cloud's own key, and the keys that MiniStack has issued to authorised requests.
    Functions sign with their account number as the access key id, and the cloud's own secret.

    Parameters
    ----------
    access_key_id
        The access key id in the request.
    own
        The cloud's own credentials.
    sessions
        Temporary credentials by their access key ids, as MiniStack keeps them.
    keys
        Keys of users by their accounts and access key ids, likewise.
    now
        Seconds since 1970.
    """
    if access_key_id == own.access_key_id or _ACCOUNT.fullmatch(access_key_id):
        return own.secret_access_key
    session = sessions.get(access_key_id)
    if session is not None:
        return session.get("SecretAccessKey") if now < session.get("Expiration", inf) else None
    for (_, stored), key in keys.items():
        if stored == access_key_id and key.get("Status") == "Active":
            return key.get("SecretAccessKey")
    return None


def presign(method: str, url: str, credentials: Credentials, seconds: int, now: datetime) -> str:
    """Return a presigned URL, in the format of S3.

    Parameters
    ----------
    method
        The only method that it allows.
    url
        The address, without a query.
    credentials
        The signing credentials.
    seconds
        Its lifetime.
    now
        The time in UTC.
    """
    date = now.strftime(_DATE)
    parts = urlsplit(url)
    scope = f"{date[:8]}/us-east-1/s3/aws4_request"
    # In the order of CloudFormation's ResponseURLs.
    query = "&".join(
        [
            f"X-Amz-Algorithm={ALGORITHM}",
            f"X-Amz-Date={date}",
            "X-Amz-SignedHeaders=host",
            f"X-Amz-Expires={seconds}",
            f"X-Amz-Credential={sigv4.uri_encode(f'{credentials.access_key_id}/{scope}')}",
        ]
    )
    unsigned = sigv4.HeaderSignature(
        credentials.access_key_id, date[:8], "us-east-1", "s3", "host", "", date
    )
    _, to_sign = sigv4.header_signing_documents(
        unsigned, method, parts.path, parse_qs(query), {"host": parts.netloc}, b"", presigned=True
    )
    signature = sigv4.calculate_signature(
        credentials.secret_access_key, date[:8], "us-east-1", "s3", to_sign
    )
    return f"{url}?{query}&X-Amz-Signature={signature}"


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)
