"""Nimble Studio's streaming session as something to start, wait for and stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streaming_session import attributes, aws
from streaming_session.exceptions import Kind, ServiceError
from streaming_session.lifecycle import Sighting
from streaming_session.plan import Act, Do, Observation, Phase
from streaming_session.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.client import BaseClient

PHASES: Final[Mapping[str, Phase]] = {
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

PASSING: Final = frozenset(
    {
        "INSUFFICIENT_CAPACITY",
        "INTERNAL_ERROR",
        "NETWORK_CONNECTION_ERROR",
        "NETWORK_INTERFACE_ERROR",
    }
)
"""Status codes of a failed start that can pass by themselves.

The API does not say which do. The others name faults of configuration: the directory, the
initialization script, the image's key, the image.
"""


class StreamingSession:
    """One streaming session.

    Parameters
    ----------
    studio_id, session_id
        Which one.
    client
        A botocore client of the service; made when it is first needed if not given.
    """

    def __init__(self, studio_id: str, session_id: str, client: BaseClient | None = None) -> None:
        self._ids = {"studioId": studio_id, "sessionId": session_id}
        self._client = client

    def look(self) -> Sighting:
        """Read the session; see `Lifecycle.look`."""
        try:
            answer = self._call("GetStreamingSession", "get_streaming_session")
        except ServiceError as error:
            if error.code == "ResourceNotFoundException":
                return Sighting(Observation(Phase.ABSENT), f"{error.code}: {error.message}")
            raise
        return sighting(answer)

    def do(self, step: Do, token: str) -> None:
        """Start or stop the session; see `Lifecycle.do`."""
        if step.act is Act.START:
            backup = {"backupId": step.backup} if step.backup else {}
            self._call("StartStreamingSession", "start_streaming_session", token, **backup)
            return
        try:
            self._call("StopStreamingSession", "stop_streaming_session", token)
        except ServiceError as error:
            if error.code != "ResourceNotFoundException":
                raise
            # What vanished in the meantime is the next observation.
            raise ServiceError(Kind.CONFLICT, error.code, error.message, error.operation) from error

    def _call(self, operation: str, method: str, token: str = "", **more: str) -> Mapping[str, Any]:
        if self._client is None:
            self._client = aws.client("nimble")
        if token:
            more["clientToken"] = token
        try:
            return aws.call(self._client, f"nimble:{operation}", method, **self._ids, **more)
        except ServiceError as error:
            if error.kind is not Kind.DENIED:
                raise
            on = f"{error.operation} on streaming-session/{self._ids['sessionId']}"
            raise ServiceError(error.kind, error.code, error.message, on) from error


def sighting(answer: Mapping[str, Any]) -> Sighting:
    """Read an answer of GetStreamingSession.

    Raises
    ------
    ServiceError
        TRANSIENT, when there is no session in it, or one without ARN or without a state of the
        model. No member is guaranteed; without these two there is nothing to answer with.
    """
    session = answer.get("session")
    session = session if isinstance(session, dict) else {}
    state = session.get("state", "")
    phase = PHASES.get(state)
    if phase is None or not session.get("arn"):
        what = f"state {printable(state, 40)!r} and {'an' if session.get('arn') else 'no'} ARN"
        raise ServiceError(
            Kind.TRANSIENT,
            "unreadable answer",
            f"a session with {what}",
            "nimble:GetStreamingSession",
        )
    code = printable(session.get("statusCode", ""), 100)
    message = printable(session.get("statusMessage", ""))
    observation = Observation(
        phase,
        passing=state == "START_FAILED" and code in PASSING,
        stop_failed=state == "STOP_FAILED",
        backup=str(session.get("startedFromBackupId") or ""),
    )
    label = state + (f" ({code})" if code else "") + (f": {message}" if message else "")
    return Sighting(observation, label, code, attributes.from_session(session))
