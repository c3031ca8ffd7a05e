"""Classify a service's errors by name before status."""

from collections.abc import Container

from botocore.exceptions import ClientError
from botocore.retries.standard import RetryContext, ThrottledRetryableChecker

from waiter.exceptions import Kind, ServiceError

_DENIED = (
    "AccessDenied",
    "UnauthorizedOperation",
    "NotAuthorized",
    # New credentials that haven't spread yet; these don't always come with a 403.
    "AuthFailure",
    "InvalidClientTokenId",
    "UnrecognizedClient",
)
_NEVER_SENT = {"ConnectionRefusedError", "gaierror"}


def code(error: ServiceError) -> str:
    """Return the service's name for an error, or that of a connection's."""
    return str(error.args[0])


def classify(error: ServiceError, absent: Container[str], busy: Container[str]) -> None:
    """Set an error's kind by its code: first by the declaration, then by botocore's own lists."""
    name = code(error)
    if name in absent:
        error.kind = Kind.ABSENT
    elif name in busy:
        error.kind = Kind.CONFLICT
    elif name.startswith(_DENIED):
        error.kind = Kind.DENIED
    elif _is_throttled(error.__cause__):
        error.kind = Kind.THROTTLED


def never_sent(error: ServiceError) -> bool:
    """Tell whether a call without an answer surely hasn't reached the service."""
    return code(error) in _NEVER_SENT


def _is_throttled(cause: BaseException | None) -> bool:
    if not isinstance(cause, ClientError):
        return False
    context = RetryContext(1, parsed_response=cause.response)
    return bool(ThrottledRetryableChecker().is_retryable(context))
