"""What can go wrong, each with a sentence for the person at the terminal."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """What an error of a service means to the wait."""

    THROTTLED = "throttled"
    """Too many requests; this one was not carried out. Ask again later."""
    TRANSIENT = "transient"
    """5xx, broken connections, timeouts, unreadable answers: an act may have been carried out."""
    CONFLICT = "conflict"
    """Another operation is in flight: look again, then decide again."""
    DENIED = "denied"
    """IAM refuses. A new policy takes a while to spread, so it is tried for a minute."""
    REFUSED = "refused"
    """The service has said no for good."""


class ServiceError(Exception):
    """A call to a service did not give what was asked for.

    Parameters
    ----------
    kind
        What it means to the wait.
    code
        The error's name as the service gives it (``ConflictException``), or the name of the
        fault of the connection (``ReadTimeoutError``).
    message
        What the service said, made safe to print.
    operation
        The operation that was called, such as ``StartStreamingSession``.
    """

    def __init__(self, kind: Kind, code: str, message: str, operation: str) -> None:
        super().__init__(f"{operation}: {code}: {message}")
        self.kind = kind
        self.code = code
        self.message = message
        self.operation = operation


class InvalidRequestError(Exception):
    """A property of the resource is not what it has to be; the text names it, value and rule."""


class UndeliverableError(Exception):
    """CloudFormation did not take the answer; Lambda has to run the request again."""
