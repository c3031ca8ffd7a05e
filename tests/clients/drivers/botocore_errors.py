"""Errors as clients built on botocore raise them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


def failure(client: Any, error: ClientError) -> dict[str, Any]:
    """Return what a program can know of an error, by the type of the exception."""
    answer: Any = error.response
    name = answer["Error"]["Code"]
    assert type(error) is getattr(client.exceptions, name)
    return {
        "error": type(error).__name__,
        "message": answer["Error"]["Message"],
        "status": answer["ResponseMetadata"]["HTTPStatusCode"],
        "reason": answer["context"]["reason"],
        "requestId": answer["ResponseMetadata"]["RequestId"],
    }
