"""A Nimble Studio streaming session that can be started, waited for and stopped."""

import os
import re
from typing import Any

from streaming_session import attributes
from waiter.exceptions import Kind, ServiceError, unreadable
from waiter.runtime import clients
from waiter.runtime.text import phrase, printable, shown
from waiter.wait.model import Act, Do, Observation, Phase, Snapshot

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
"""The phase for each state in the service's model."""

SUPPORT = "Deploy again; if it recurs, contact support."

TRANSIENT = {
    "INTERNAL_ERROR": SUPPORT,
    "INSUFFICIENT_CAPACITY": "Deploy again later, or use another instance type.",
    "NETWORK_CONNECTION_ERROR": "Deploy again; if it recurs, check the studio's network.",
    "NETWORK_INTERFACE_ERROR": "Deploy again; if it recurs, check its subnets' free addresses.",
}
"""Status codes of a failed start that may succeed on a retry without any change, and their advice.

The API doesn't say which codes these are. All others name faults in the configuration.
"""

_GET = "GetStreamingSession"
_ARN_START = "arn:[a-z0-9:-]{9,99}:streaming-session/"


class StreamingSession:
    """One streaming session. Its botocore client is created on first use."""

    def __init__(
        self, studio_id: str, session_id: str, client: Any = None, stack_id: str = ""
    ) -> None:
        self._ids = {"studioId": studio_id, "sessionId": session_id}
        self._client = client
        self._stack_id = stack_id
        # AWS has closed the service, so only another endpoint can respond.
        self.silence = "" if os.environ.get("AWS_ENDPOINT_URL_NIMBLE") else "no-endpoint"

    def read(self) -> Snapshot:
        """See `Lifecycle.read`."""
        try:
            answer = self._call(_GET)
        except ServiceError as error:
            if error.kind is Kind.ABSENT:
                return Snapshot(Observation(Phase.ABSENT), error.said)
            raise
        return snapshot({"session": self._own(answer.get("session"))})

    def perform(self, step: Do, token: str) -> None:
        """See `Lifecycle.perform`."""
        starts = step.act is Act.START
        backup = {"backupId": step.backup} if step.backup else {}
        operation = f"{'Start' if starts else 'Stop'}StreamingSession"
        try:
            self._call(operation, clientToken=token, **backup)
        except ServiceError as error:
            if error.kind is Kind.ABSENT:
                # The session has vanished since the last read; the next read will show that.
                error.kind = Kind.REFUSED if starts else Kind.CONFLICT
            raise

    def _own(self, session: object) -> dict[str, Any]:
        """Return the session with its ARN and id; refuse an answer about another session."""
        given: dict[str, Any] = session if isinstance(session, dict) else {}
        own = attributes.identity(self._ids["sessionId"], self._stack_id)
        for name in own:
            if value := given.get(name):
                start = _ARN_START if name == "arn" else ""
                if not re.fullmatch(start + re.escape(self._ids["sessionId"]), str(value)):
                    raise unreadable(_GET, f"a session whose {name} is {shown(value)}")
                own[name] = value
        return {**given, **own}

    def _call(self, operation: str, **more: str) -> dict[str, Any]:
        self._client = self._client or clients.client("nimble")
        try:
            return clients.call(self._client, operation, **self._ids, **more)
        except ServiceError as error:
            error.operation = f"nimble:{operation}"
            if error.kind is Kind.DENIED:
                error.operation += f" on streaming-session/{self._ids['sessionId']}"
            raise


def snapshot(answer: dict[str, Any]) -> Snapshot:
    """Read GetStreamingSession's answer, given as JSON. Only the state is required.

    Raises an UNAVAILABLE ServiceError if the state is missing or unknown.
    """
    session = answer.get("session")
    session = session if isinstance(session, dict) else {}
    state = session.get("state")
    if not isinstance(state, str) or state not in PHASES:
        raise unreadable(_GET, f"a session whose state is {shown(state)}")
    values = attributes.from_session(session)
    code = printable(session.get("statusCode") or "", 100)
    message = phrase(session.get("statusMessage") or "")
    start_failed = state == "START_FAILED"
    observation = Observation(
        PHASES[state],
        transient=start_failed and code in TRANSIENT,
        stop_failed=state == "STOP_FAILED",
        start_failed=start_failed,
        backup=values["StartedFromBackupId"],
    )
    label = state + (f" ({code})" if code else "") + (f": {message}" if message else "")
    # Real codes are upper case. Others could be mistaken for one of this function's rules.
    topic = code if code.isupper() else ""
    time = attributes.instant(session.get("startedAt"))
    return Snapshot(observation, label, topic, values, time.timestamp() if time else None)
