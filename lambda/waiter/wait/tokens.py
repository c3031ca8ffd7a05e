"""Client tokens, which make a repeated act harmless."""

import hashlib

from .model import Act

MAX_LENGTH = 64
"""The API's limit."""


def client_token(request_id: str, act: Act, attempt: int) -> str:
    """Return the token of an act, the same in every invocation for the same request."""
    token = f"{act}-{attempt}-{request_id}"
    if len(token) <= MAX_LENGTH and token.isascii() and token.isprintable():
        return token
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
