"""The errors of the API.

Names and HTTP statuses come from the service model; the classes add the message and the context.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class NimbleError(Exception):
    """An error answer of the API.

    Parameters
    ----------
    message
        A sentence for people, which the client's exception shows.
    reason
        The cause, for programs: the ``reason`` of the context. Default: the class's own.
    context
        More key-value pairs for programs, such as the ``resourceId``.
    """

    shape: ClassVar[str]
    reason: ClassVar[str]

    def __init__(
        self, message: str, *, reason: str | None = None, context: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.context = {**(context or {}), "reason": reason or self.reason}

    def body(self) -> dict[str, object]:
        """Return the members of the error shape.

        ``code`` is the exception's name: several SDKs (JavaScript v2, Go v2, Ruby) prefer it to the
        header and choose the type of the error by it.
        """
        return {"code": self.shape, "context": self.context, "message": str(self)}


class ValidationError(NimbleError):
    """The request is invalid, regardless of the state."""

    shape = "ValidationException"
    reason = "INVALID_REQUEST"


class QuotaExceededError(NimbleError):
    """The studio has reached its maximum number of sessions."""

    shape = "ServiceQuotaExceededException"
    reason = "QUOTA_EXCEEDED"


class AccessDeniedError(NimbleError):
    """The caller is unknown, or not allowed to do this."""

    shape = "AccessDeniedException"
    reason = "ACCESS_DENIED"


class NotFoundError(NimbleError):
    """The resource doesn't exist, or not in the studio that the request names."""

    shape = "ResourceNotFoundException"
    reason = "NOT_FOUND"

    @classmethod
    def of(cls, kind: str, resource_id: str) -> NotFoundError:
        """Return the error for a resource that doesn't exist."""
        return cls(f"No {kind} has the id {resource_id!r}.", context={"resourceId": resource_id})


class ConflictError(NimbleError):
    """The resource's state doesn't allow the operation."""

    shape = "ConflictException"
    reason = "CONFLICT"


class ThrottlingError(NimbleError):
    """The rate of requests exceeds the limit."""

    shape = "ThrottlingException"
    reason = "THROTTLED"


class InternalError(NimbleError):
    """The service failed."""

    shape = "InternalServerErrorException"
    reason = "INTERNAL_ERROR"


BY_SHAPE: dict[str, type[NimbleError]] = {
    error.shape: error
    for error in (
        ValidationError,
        QuotaExceededError,
        AccessDeniedError,
        NotFoundError,
        ConflictError,
        ThrottlingError,
        InternalError,
    )
}
"""The error classes by the name that the service model gives them."""
