"""What can go wrong."""

from enum import StrEnum, auto


class Kind(StrEnum):
    """What an error of a service means to the wait.

    After TRANSIENT (5xx, connections, unreadable answers) an act may have been carried out; after
    CONFLICT another operation is in flight; DENIED comes from IAM, where policies spread slowly;
    ABSENT is a 404 by the name that the service has for it.
    """

    THROTTLED = auto()
    TRANSIENT = auto()
    CONFLICT = auto()
    DENIED = auto()
    ABSENT = auto()
    REFUSED = auto()


class ServiceError(Exception):
    """A call did not give what was asked for; ``code`` names the error, or the connection's.

    ``topic`` is its entry of docs/operations.md: that of an exception of the API has its name.
    ``answered`` is False when no whole HTTP response arrived.
    """

    answered = True

    def __init__(
        self, kind: Kind, code: str, message: str, operation: str, topic: str = ""
    ) -> None:
        super().__init__(code, message)
        self.kind = kind
        self.code = code
        self.said = f"{code}: {message}" if message else code
        self.operation = operation
        # The code is the service's word: it must not pass for a rule of this function.
        self.topic = topic or (code if code.endswith("Exception") else "")

    def __str__(self) -> str:
        """Say what was called and what came of it."""
        return f"{self.operation}: {self.said}"


def unreadable(operation: str, what: str, topic: str = "") -> ServiceError:
    """Return the error of an answer that makes no sense."""
    return ServiceError(Kind.TRANSIENT, "unreadable answer", what, operation, topic)


class InvalidRequestError(Exception):
    """A property can't be right; the text names it, its value and the rule."""


class UndeliverableError(Exception):
    """CloudFormation did not take the answer; Lambda has to run the request again."""
