"""The engine's exceptions."""

from enum import StrEnum, auto


class Kind(StrEnum):
    """Kinds of errors of a service, by what the wait does about them.

    After UNAVAILABLE (5xx, connections, unreadable answers), an act may have been carried out. On
    CONFLICT, another operation is in flight. DENIED comes from IAM, whose policies spread slowly.
    ABSENT is a 404 with the service's own code for it.
    """

    THROTTLED = auto()
    UNAVAILABLE = auto()
    CONFLICT = auto()
    DENIED = auto()
    ABSENT = auto()
    REFUSED = auto()


class ServiceError(Exception):
    """A call without a usable answer. ``code`` names the error of the service or the connection.

    ``topic`` is its heading in docs/operations.md; for an API exception, that's the code itself.
    ``answered`` is False if no complete HTTP response arrived. ``verb`` is what a REFUSED call did.
    """

    answered = True
    verb = "was refused with"

    def __init__(
        self, kind: Kind, code: str, message: str, operation: str, topic: str = ""
    ) -> None:
        super().__init__(code, message)
        self.kind = kind
        self.said = f"{code}: {message}" if message else code
        self.operation = operation
        # The service chooses the code. It mustn't be mistaken for one of this function's rules.
        self.topic = topic or (code if code.endswith("Exception") else "")

    def __str__(self) -> str:
        """Return the operation and its error."""
        return f"{self.operation}: {self.said}"


def unreadable(operation: str, what: str, topic: str = "") -> ServiceError:
    """Return the error for an answer that makes no sense."""
    return ServiceError(Kind.UNAVAILABLE, "unreadable answer", what, operation, topic)


class InvalidRequestError(Exception):
    """An invalid property. The text gives its name, its value and the rule."""
