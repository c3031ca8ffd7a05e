"""Nimble Studio's streaming session as something to start, wait for and stop."""

from datetime import UTC, datetime
from typing import Any

from . import attributes, aws
from .exceptions import Kind, ServiceError
from .lifecycle import Sighting
from .plan import Act, Do, Observation, Phase
from .text import json_size, phrase, printable

PHASES = {
    "CREATE_IN_PROGRESS": Phase.STARTING,
    "START_IN_PROGRESS": Phase.STARTING,
    "READY": Phase.READY,
    "STOP_IN_PROGRESS": Phase.STOPPING,
    "STOPPED": Phase.STOPPED,
    "CREATE_FAILED": Phase.FAILED,
    "START_FAILED": Phase.FAILED,
    "STOP_FAILED": Phase.FAILED,
    "DELETE_FAILED": Phase.FAILED,
    "DELETE_IN_PROGRESS": Phase.GONE,
    "DELETED": Phase.GONE,
}
"""All states of the service's model, by what they mean to the wait."""

PASSING = {
    "INSUFFICIENT_CAPACITY",
    "INTERNAL_ERROR",
    "NETWORK_CONNECTION_ERROR",
    "NETWORK_INTERFACE_ERROR",
}
"""Status codes of a failed start that can pass by themselves.

The API does not say which do; the others name faults of configuration.
"""

_LONGEST_ID = 256
"""Twice the bytes that an ARN of the service has: all of them together fit into an answer."""
_ABSENT = "ResourceNotFoundException"


class StreamingSession:
    """One streaming session; its botocore client is made when it is first needed."""

    def __init__(self, studio_id: str, session_id: str, client: Any = None) -> None:
        self._ids = {"studioId": studio_id, "sessionId": session_id}
        self._client = client

    def look(self) -> Sighting:
        """See `Lifecycle.look`."""
        try:
            return sighting(self._call("GetStreamingSession"))
        except ServiceError as error:
            if error.code == _ABSENT:
                return Sighting(Observation(Phase.ABSENT), error.said)
            raise

    def do(self, step: Do, token: str) -> None:
        """See `Lifecycle.do`."""
        starts = step.act is Act.START
        backup = {"backupId": step.backup} if step.backup else {}
        operation = f"{'Start' if starts else 'Stop'}StreamingSession"
        try:
            self._call(operation, clientToken=token, **backup)
        except ServiceError as error:
            if error.code == _ABSENT and not starts:
                # What vanished in the meantime is the next observation.
                error.kind = Kind.CONFLICT
            raise

    def _call(self, operation: str, **more: str) -> dict[str, Any]:
        self._client = self._client or aws.client("nimble")
        try:
            return aws.call(self._client, operation, **self._ids, **more)
        except ServiceError as error:
            error.operation = f"nimble:{operation}"
            if error.kind is Kind.DENIED:
                error.operation += f" on streaming-session/{self._ids['sessionId']}"
            raise


def sighting(answer: dict[str, Any]) -> Sighting:
    """Read an answer of GetStreamingSession.

    No member is guaranteed. Raises ServiceError, TRANSIENT, without an ARN or a known state, and
    with an id that no service has.
    """
    session = answer.get("session")
    session = session if isinstance(session, dict) else {}
    state, arn = str(session.get("state", "")), session.get("arn")
    if state not in PHASES or not arn:
        what = f"a session with state {printable(state, 40)!r} and {'an' if arn else 'no'} ARN"
        raise _unreadable(what)
    values = attributes.from_session(session)
    for name, text in values.items():
        if attributes.stays_whole(name) and not (text.isascii() and json_size(text) <= _LONGEST_ID):
            size = f"{json_size(text)} bytes as JSON; {_LONGEST_ID} of ASCII are the most"
            raise _unreadable(f"a session whose {name} has {size}")
    code = printable(session.get("statusCode", ""), 100)
    message = phrase(session.get("statusMessage", ""))
    observation = Observation(
        PHASES[state],
        passing=state == "START_FAILED" and code in PASSING,
        stop_failed=state == "STOP_FAILED",
        backup=str(session.get("startedFromBackupId") or ""),
    )
    label = state + (f" ({code})" if code else "") + (f": {message}" if message else "")
    # A code is upper case; a rule of this function, which it must not pass for, is not.
    topic = code if code.isupper() else ""
    return Sighting(observation, label, topic, values, _seconds(session.get("startedAt")))


def _seconds(time: object) -> float | None:
    if not isinstance(time, datetime):
        return None
    try:
        return time.replace(tzinfo=time.tzinfo or UTC).timestamp()
    except ValueError:
        # In a zone that no clock has.
        return None


def _unreadable(what: str) -> ServiceError:
    return ServiceError(Kind.TRANSIENT, "unreadable answer", what, "GetStreamingSession")
