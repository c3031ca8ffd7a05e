"""A service, a stack, CloudFormation and Lambda with a virtual clock around the real function."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from streaming_session import resource
from testkit import events
from waiter import invocation
from waiter.cloudformation import resource as resources
from waiter.cloudformation.stack import Stack
from waiter.exceptions import Kind, ServiceError
from waiter.invocation import Dependencies
from waiter.wait import loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from waiter.cloudformation.request import Request

STUDIO = "us-west-2:stid-abc123"
SESSION = "yeG7lDwNQEiwNTRT7DrV7Q"
ARN = f"arn:aws:nimble:us-west-2:111122223333:streaming-session/{SESSION}"
STACK = "arn:aws:cloudformation:us-west-2:111122223333:stack/Studio/1"
TYPE = events.TYPE
URL = "https://cloudformation.example/answer?X-Amz-Signature=secret"
INVOCATION_SECONDS = 900.0


def refusal(code: str, status: int, message: str = "because") -> ClientError:
    """Return the exception that botocore raises for an error response."""
    error = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(error, "Operation")  # type: ignore[arg-type]


def event(
    request_type: str = "Create",
    *,
    old: dict[str, str] | None = None,
    physical_id: str | None = None,
    **properties: str,
) -> dict[str, Any]:
    """Return an event of CloudFormation."""
    ids = {"StudioId": STUDIO, "SessionId": SESSION}
    return events.build_event(
        request_type,
        request_id="5f0c5e3f-7f2b-4f3a-9c57-0a9f6f1d0e11",
        stack_id=STACK,
        response_url=URL,
        properties={**ids, **properties},
        old_properties=None if old is None else {**ids, **old},
        physical_id=SESSION if physical_id is None else physical_id,
    )


def dated(made: dict[str, Any], sent_at: float) -> dict[str, Any]:
    """Return an event whose ResponseURL has this signing date."""
    date = datetime.fromtimestamp(sent_at, UTC).strftime("%Y%m%dT%H%M%SZ")
    return {**made, "ResponseURL": f"{made['ResponseURL']}&X-Amz-Date={date}&X-Amz-Expires=7200"}


def with_lifecycle(lifecycle: Callable[[Request], Any]) -> Any:
    """Return the streaming session as a resource, with another lifecycle."""
    return SimpleNamespace(**{**vars(resource), "lifecycle": lifecycle})


def parse(made: dict[str, Any]) -> Request:
    """Read an event as the function does."""
    return resources.parse(made, resource)


@dataclass
class SimulatedClock:
    """A clock that moves only while the function sleeps."""

    now: float = 1_000_000.0
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Service:
    """A simulated botocore client with one session and the rules of its states.

    Attributes
    ----------
    faults
        Exceptions that the next calls raise, by method; None lets a call through.
    agenda
        The acts of somebody else, and their times.
    lag
        The age of the state that a read shows, in seconds.
    started_at
        When it was last started, in seconds since the epoch; None if the service does not say.
    ends
        The state and the status code after each of the next starts; READY after the last of them.
    """

    clock: SimulatedClock
    state: str = "STOPPED"
    code: str = ""
    message: str = ""
    backup: str | None = None
    start_seconds: float = 60.0
    stop_seconds: float = 30.0
    due: float | None = None
    following: tuple[str, str] = ("READY", "")
    absent: bool = False
    faults: dict[str, deque[Exception | None]] = field(default_factory=dict)
    ends: deque[tuple[str, str]] = field(default_factory=deque)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    tokens: dict[str, bool] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    agenda: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    lag: float = 0.0
    past: list[tuple[float, str, str, str | None]] = field(default_factory=list)
    started_at: float | None = None

    def settle(self) -> None:
        """Perform everything that is due."""
        while self.agenda and self.agenda[0][0] <= self.clock.now:
            at, happen = self.agenda.pop(0)
            self._finish(at)
            happen()
            self._remember(at)
        self._finish(self.clock.now)
        self._remember(self.clock.now)

    def _finish(self, now: float) -> None:
        if self.due is not None and now >= self.due:
            self.state, self.code = self.following
            self._remember(self.due)
            self.due = None

    def _remember(self, at: float) -> None:
        if not self.past or self.past[-1][1:] != (self.state, self.code, self.backup):
            self.past.append((at, self.state, self.code, self.backup))

    def _shown(self) -> tuple[str, str, str | None]:
        shown = self.past[0]
        for moment in self.past:
            if moment[0] <= self.clock.now - self.lag:
                shown = moment
        return shown[1:]

    def named(self, method: str) -> list[dict[str, Any]]:
        """Return the calls of a method."""
        return [parameters for name, parameters in self.calls if name == method]

    def get_streaming_session(self, **parameters: Any) -> dict[str, Any]:
        """Read the session."""
        self._enter("get", parameters)
        state, code, backup = self._shown()
        session_id = parameters["sessionId"]
        arn = ARN.replace(SESSION, session_id)
        session = {"arn": arn, "sessionId": session_id, "state": state, **self.extra}
        if self.started_at is not None:
            session["startedAt"] = self.started_at
        if code:
            session["statusCode"] = code
        if self.message:
            session["statusMessage"] = self.message
        if backup:
            session["startedFromBackupId"] = backup
        return {"session": session}

    def start_streaming_session(self, **parameters: Any) -> dict[str, Any]:
        """Start the session."""
        self._enter("start", parameters)
        if self.tokens.get(parameters["clientToken"]):
            return {}
        if self.state not in {"STOPPED", "START_FAILED"}:
            raise refusal("ConflictException", 409, f"it is {self.state}")
        self.tokens[parameters["clientToken"]] = True
        self.following = self.ends.popleft() if self.ends else ("READY", "")
        self.state, self.code, self.backup = "START_IN_PROGRESS", "", parameters.get("backupId")
        self.due, self.started_at = self.clock.now + self.start_seconds, self.clock.now
        self._remember(self.clock.now)
        return {}

    def stop_streaming_session(self, **parameters: Any) -> dict[str, Any]:
        """Stop the session."""
        self._enter("stop", parameters)
        if self.tokens.get(parameters["clientToken"]):
            return {}
        if self.state != "READY":
            raise refusal("ConflictException", 409, f"it is {self.state}")
        self.tokens[parameters["clientToken"]] = True
        self.following = ("STOPPED", "")
        self.state, self.code, self.due = "STOP_IN_PROGRESS", "", self.clock.now + self.stop_seconds
        self._remember(self.clock.now)
        return {}

    def _enter(self, method: str, parameters: dict[str, Any]) -> None:
        self.calls.append((method, parameters))
        self.settle()
        queue = self.faults.get(method)
        fault = queue.popleft() if queue else None
        if fault is not None:
            raise fault
        if self.absent:
            raise refusal("ResourceNotFoundException", 404, "no such session")


@dataclass
class CloudFormation:
    """A simulated CloudFormation client for the function's queries about its stack.

    Attributes
    ----------
    status
        The stack's status; if empty, ``pending``, the one that belongs to the current request.
    changed_at
        When the stack was created or last updated, in seconds since the epoch; None if unknown.
    root
        The id of the root stack of a nested one, and ``root_status`` its status.
    shown
        The statuses that the next queries return instead of the true one: stale reads.
    fault
        Raised by every query unless None; ``root_fault`` by those about the root stack.
    refusals, refusal
        The number of the next queries that are refused, and the error; by default, throttling.
    """

    status: str = ""
    pending: str = ""
    changed_at: float | None = None
    root: str = ""
    root_status: str = "DELETE_IN_PROGRESS"
    root_fault: Exception | None = None
    shown: deque[str] = field(default_factory=deque)
    resources: list[dict[str, str]] = field(default_factory=list)
    fault: Exception | None = None
    refusals: int = 0
    refusal: Exception = field(default_factory=lambda: refusal("Throttling", 400, "Rate exceeded"))
    asked: list[str] = field(default_factory=list)

    @property
    def now(self) -> str:
        """The stack's true status."""
        return self.status or self.pending

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - the API's name
        """Answer with the stack's status."""
        self._enter(f"DescribeStacks {StackName}")
        if StackName == self.root:
            if self.root_fault is not None:
                raise self.root_fault
            return {"Stacks": [{"StackStatus": self.root_status}]}
        stack: dict[str, Any] = {"StackStatus": self.shown.popleft() if self.shown else self.now}
        if self.changed_at is not None:
            stack["CreationTime"] = datetime.fromtimestamp(self.changed_at, UTC)
        if self.root:
            stack["RootId"] = self.root
        return {"Stacks": [stack]}

    def list_stack_resources(self, StackName: str, NextToken: str = "") -> dict[str, Any]:  # noqa: N803
        """Answer with the resources, one per page."""
        self._enter(f"ListStackResources {StackName}")
        index = int(NextToken or 0)
        more = {"NextToken": str(index + 1)} if index + 1 < len(self.resources) else {}
        return {"StackResourceSummaries": self.resources[index : index + 1], **more}

    def _enter(self, query: str) -> None:
        self.asked.append(query)
        if self.fault is not None:
            raise self.fault
        if self.refusals:
            self.refusals -= 1
            raise self.refusal


@dataclass
class LambdaContext:
    """Lambda's context object."""

    clock: SimulatedClock
    deadline: float
    function_name: str = "Function"
    invoked_function_arn: str = "arn:aws:lambda:us-west-2:111122223333:function:Function"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return int((self.deadline - self.clock.now) * 1000)


@dataclass
class Simulation:
    """Runs the function on an event, and on each hand-over that follows.

    Attributes
    ----------
    invoke_faults
        Exceptions that the next hand-overs raise.
    statuses
        HTTP statuses of the next PUTs; 200 after the last of them.
    sessions
        The number of sessions in the stack.
    """

    clock: SimulatedClock = field(default_factory=SimulatedClock)
    service: Service = field(init=False)
    stack: CloudFormation = field(default_factory=CloudFormation)
    random: Callable[[], float] = lambda: 0.5
    answers: list[dict[str, Any]] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)
    invocations: int = 0
    handed: deque[dict[str, Any]] = field(default_factory=deque)
    invoke_faults: deque[ServiceError] = field(default_factory=deque)
    statuses: deque[int | BaseException] = field(default_factory=deque)
    invocation_seconds: float = INVOCATION_SECONDS
    sessions: int = 1

    def __post_init__(self) -> None:
        """Make the service."""
        self.service = Service(self.clock)

    def dependencies(self) -> Dependencies:
        """Return simulations of everything outside the function."""
        service: Any = self.service
        stack: Any = self.stack
        return Dependencies(
            resource=with_lifecycle(lambda request: resource.lifecycle(request, service)),
            stack=lambda r: Stack(r, stack),
            invoke=self._invoke,
            put=self._put,
            clock=loop.Clock(self.clock.time, self.clock.sleep, self.random),
            sessions=self.sessions,
        )

    def run(self, first: dict[str, Any]) -> dict[str, Any]:
        """Run a request to its end and return the one answer."""
        self.invoke_once(first)
        while self.handed:
            self.invoke_once(self.handed.popleft())
        assert len(self.answers) == 1, self.answers
        return self.answers[0]

    def again(self, following: dict[str, Any]) -> dict[str, Any]:
        """Run one more request in the same world."""
        self.answers.clear()
        return self.run(following)

    def invoke_once(self, made: dict[str, Any]) -> None:
        """Run one invocation."""
        self.invocations += 1
        self.stack.pending = f"{made['RequestType']}_IN_PROGRESS".upper()
        invocation.handle(made, self.context(), self.dependencies())

    def undo(self, status: str) -> None:
        """Begin a rollback or a deletion of the stack."""
        self.stack.status = status

    def context(self) -> LambdaContext:
        """Return the context of an invocation that begins now."""
        return LambdaContext(self.clock, self.clock.now + self.invocation_seconds)

    def _invoke(self, _arn: str, payload: bytes) -> None:
        if self.invoke_faults:
            raise self.invoke_faults.popleft()
        self.handed.append(json.loads(payload))

    def _put(self, url: str, body: bytes, _seconds: float) -> int:
        assert url.startswith(URL)
        self.sent.append(body)
        self.sent_at.append(self.clock.now)
        answer = self.statuses.popleft() if self.statuses else 200
        if isinstance(answer, BaseException):
            raise answer
        if answer == 200:
            assert len(body) <= 4096
            self.answers.append(json.loads(body))
        return answer


def denied_invoke() -> ServiceError:
    """Return a hand-over that IAM refuses."""
    return ServiceError(Kind.DENIED, "AccessDeniedException", "no", "Invoke")
