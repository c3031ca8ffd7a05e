"""The errors of the API, and the one base that formats them.

The names and HTTP statuses are those of the service model; the classes add only the sentence and
the context that the answer carries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class NimbleError(Exception):
    """An error that the API answers with.

    Parameters
    ----------
    message
        A sentence for the person who reads the client's exception.
    reason
        The cause, for programs: the ``reason`` of the context. Default: the class's own.
    context
        More key-value pairs for programs, such as the ``resourceId`` that was not found.
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
    """The request is not one that the API could carry out, whatever the state."""

    shape = "ValidationException"
    reason = "INVALID_REQUEST"


class QuotaExceededError(NimbleError):
    """The studio holds as many sessions as it may."""

    shape = "ServiceQuotaExceededException"
    reason = "QUOTA_EXCEEDED"


class AccessDeniedError(NimbleError):
    """The caller is not known or not allowed to do this."""

    shape = "AccessDeniedException"
    reason = "ACCESS_DENIED"


class NotFoundError(NimbleError):
    """The named thing does not exist, or not where the request looks for it."""

    shape = "ResourceNotFoundException"
    reason = "NOT_FOUND"

    @classmethod
    def of(cls, kind: str, resource_id: str) -> NotFoundError:
        """Return the error for a thing of a kind that is not there."""
        return cls(f"No {kind} has the id {resource_id!r}.", context={"resourceId": resource_id})


class ConflictError(NimbleError):
    """The thing is in a state in which this can't be done."""

    shape = "ConflictException"
    reason = "CONFLICT"


class ThrottlingError(NimbleError):
    """More requests came than are let through."""

    shape = "ThrottlingException"
    reason = "THROTTLED"


class InternalError(NimbleError):
    """The service failed by its own fault."""

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
