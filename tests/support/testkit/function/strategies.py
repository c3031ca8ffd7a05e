"""Incidents in a simulation, for hypothesis to draw."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from hypothesis import strategies as st

from testkit.function.killable import Killed
from testkit.function.simulation import (
    SESSION,
    TYPE,
    CloudFormation,
    Service,
    Simulation,
    denied_invoke,
    refusal,
)

if TYPE_CHECKING:
    from collections.abc import Callable

UNDONE = ("ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS")
FAULTS: dict[str, Exception] = {
    "throttled": refusal("ThrottlingException", 429),
    "broken": refusal("InternalServerErrorException", 500),
    "unreachable": ConnectTimeoutError(endpoint_url="https://nimble.example"),
    "silent": ReadTimeoutError(endpoint_url="https://nimble.example"),
    "unreadable": ValueError("half a body"),
    "denied": refusal("AccessDeniedException", 403),
}
CHANGES = {
    "READY": "",
    "STOPPED": "",
    "CREATE_IN_PROGRESS": "",
    "CREATE_FAILED": "",
    "START_IN_PROGRESS": "",
    "STOP_IN_PROGRESS": "",
    "DELETE_FAILED": "",
    "START_FAILED": "INTERNAL_ERROR",
    "STOP_FAILED": "",
    "DELETE_IN_PROGRESS": "",
    "DELETED": "",
}


ODD = ("stoppedAt", "createdAt", "updatedAt", "tags", "volumeConfiguration", "statusMessage")
VALUES: tuple[Any, ...] = ("", [], {}, 1_700_000_000_000, 1e300, None, "tomorrow", {"size": []})
"""Members of a session, and values of types that the model rules out."""

MOVING = {
    "CREATE_IN_PROGRESS": "READY",
    "START_IN_PROGRESS": "READY",
    "STOP_IN_PROGRESS": "STOPPED",
    "DELETE_IN_PROGRESS": "DELETED",
}


@dataclass(frozen=True)
class Call:
    """A call to the service: its time, what a read showed, and its success."""

    at: float
    method: str
    shown: str = ""
    backup: str | None = None
    done: bool = True
    token: str = ""
    started_at: float | None = None


class RecordedService(Service):
    """The service, with a record of its calls. Its answers can get lost.

    Attributes
    ----------
    lost
        Raised by the next acts after they were carried out; None lets an answer through.
    """

    def __init__(self, world: Simulation) -> None:
        super().__init__(world.clock)
        self.sent: list[Call] = []
        self.lost: deque[Exception | None] = deque()

    def calls_to_the_session(self) -> list[Call]:
        """Return the calls, without the queries about the stack."""
        return [call for call in self.sent if call.method != "describe"]

    def get_streaming_session(self, **parameters: Any) -> dict[str, Any]:
        """Read the session."""
        try:
            answer = super().get_streaming_session(**parameters)
        except Exception:
            self.sent.append(Call(self.clock.now, "get", done=False))
            raise
        session = answer["session"]
        backup, started_at = session.get("startedFromBackupId"), session.get("startedAt")
        self.sent.append(
            Call(self.clock.now, "get", session["state"], backup, started_at=started_at)
        )
        return answer

    def start_streaming_session(self, **parameters: Any) -> dict[str, Any]:
        """Start the session."""
        return self._record("start", super().start_streaming_session, parameters)

    def stop_streaming_session(self, **parameters: Any) -> dict[str, Any]:
        """Stop the session."""
        return self._record("stop", super().stop_streaming_session, parameters)

    def _record(
        self, method: str, act: Callable[..., object], parameters: dict[str, Any]
    ) -> dict[str, Any]:
        backup, token = parameters.get("backupId"), parameters["clientToken"]
        try:
            act(**parameters)
        except Exception:
            self.sent.append(Call(self.clock.now, method, "", backup, done=False, token=token))
            raise
        self.sent.append(Call(self.clock.now, method, "", backup, token=token))
        if self.lost and (fault := self.lost.popleft()):
            raise fault
        return {}


class RecordedStack(CloudFormation):
    """The stack, with its answers in the same record."""

    def __init__(self, service: RecordedService) -> None:
        super().__init__()
        self.service = service

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - the API's name
        """Answer with the stack's status."""
        answer = super().describe_stacks(StackName)
        status = answer["Stacks"][0]["StackStatus"]
        self.service.sent.append(Call(self.service.clock.now, "describe", status))
        return answer


@dataclass
class RecordedWorld:
    """A simulation whose service records."""

    world: Simulation
    service: RecordedService

    def later(self, seconds: float, happen: Callable[[], None]) -> None:
        """Let something happen some seconds from now."""
        self.service.agenda.append((self.world.clock.now + seconds, happen))
        self.service.agenda.sort(key=lambda entry: entry[0])


def chance(recorded: RecordedWorld, seed: int) -> None:
    """Set the seed of the jitter."""
    recorded.world.random = Random(seed).random  # noqa: S311 - no secret


def pace(recorded: RecordedWorld, start: int, stop: int, lag: int) -> None:
    """Set the duration of a start and of a stop, and the delay until reads show a write."""
    recorded.service.start_seconds, recorded.service.stop_seconds = start, stop
    recorded.service.lag = lag


def trouble(recorded: RecordedWorld, method: str, faults: list[str]) -> None:
    """Let the next calls of a method fail."""
    recorded.service.faults[method] = deque(FAULTS.get(fault) for fault in faults)


def lost_answers(recorded: RecordedWorld, faults: list[str]) -> None:
    """Lose the answers to the next acts."""
    recorded.service.lost = deque(FAULTS.get(fault) for fault in faults)


def ends(recorded: RecordedWorld, ends: list[tuple[str, str]]) -> None:
    """Set what the next starts end in."""
    recorded.service.ends = deque(ends)


def external_change(recorded: RecordedWorld, seconds: int, state: str, backup: str | None) -> None:
    """Let somebody else change the state of the session."""

    def happen() -> None:
        service = recorded.service
        service.state, service.code, service.backup = state, CHANGES[state], backup
        # The service may leave out when it was started.
        service.started_at = None if seconds % 2 else service.clock.now
        service.following, service.due = (MOVING.get(state, state), ""), None
        if state in MOVING:
            service.due = service.clock.now + service.start_seconds

    recorded.later(seconds, happen)


def vanishing(recorded: RecordedWorld, seconds: int, *, absent: bool) -> None:
    """Make the session unknown, or known again."""
    recorded.later(seconds, lambda: setattr(recorded.service, "absent", absent))


def undoing(recorded: RecordedWorld, seconds: int, status: str) -> None:
    """Let the stack roll back or be deleted."""
    recorded.later(seconds, lambda: recorded.world.undo(status))


def stack(recorded: RecordedWorld, fault: str, holder: str) -> None:
    """Set how the stack answers queries: with a fault, or with another holder of the session."""
    recorded.world.stack.fault = FAULTS.get(fault)
    resource = {
        "LogicalResourceId": "Renamed",
        "ResourceType": TYPE,
        "PhysicalResourceId": SESSION,
        "ResourceStatus": holder,
    }
    recorded.world.stack.resources = [resource] if holder else []


def unanswered_queries(recorded: RecordedWorld, fault: str, count: int) -> None:
    """Leave the next queries about the stack without an answer."""
    recorded.world.stack.refusal, recorded.world.stack.refusals = FAULTS[fault], count


def old_statuses(recorded: RecordedWorld, statuses: list[str]) -> None:
    """Answer the next queries with earlier statuses."""
    recorded.world.stack.shown = deque(statuses)


def odd_members(recorded: RecordedWorld, members: dict[str, Any]) -> None:
    """Give members of the session values whose types differ from the model's."""
    recorded.service.extra = members


def lambda_limit(recorded: RecordedWorld, seconds: int) -> None:
    """Set the time limit of an invocation."""
    recorded.world.invocation_seconds = seconds


def answers_not_taken(recorded: RecordedWorld, statuses: list[int]) -> None:
    """Let CloudFormation refuse the next answers."""
    recorded.world.statuses.extend(statuses)


def hand_overs_refused(recorded: RecordedWorld, count: int) -> None:
    """Let the next hand-overs be refused."""
    recorded.world.invoke_faults.extend([denied_invoke()] * count)


def kill(recorded: RecordedWorld, method: str, *, after: bool) -> None:
    """Kill the function at its next call of a method, before it reaches the service or after."""
    if after:
        recorded.service.lost.appendleft(Killed())  # type: ignore[arg-type]
    else:
        recorded.service.faults.setdefault(method, deque()).appendleft(Killed())  # type: ignore[arg-type]


_SECONDS = st.integers(0, 200)
_FAULTS = st.lists(st.sampled_from(["none", *FAULTS]), min_size=1, max_size=12)


def _drawn(happen: Callable[..., None], **values: st.SearchStrategy[Any]) -> Any:
    return st.builds(partial, st.just(happen), **values)


INCIDENT: st.SearchStrategy[Callable[[RecordedWorld], None]] = st.one_of(
    _drawn(chance, seed=st.integers(0, 2**32)),
    _drawn(pace, start=st.integers(0, 120), stop=st.integers(0, 120), lag=st.integers(0, 25)),
    _drawn(trouble, method=st.sampled_from(["get", "start", "stop"]), faults=_FAULTS),
    _drawn(lost_answers, faults=_FAULTS),
    _drawn(
        ends,
        ends=st.lists(
            st.sampled_from(
                [
                    ("READY", ""),
                    ("STOPPED", ""),
                    ("START_FAILED", "INSUFFICIENT_CAPACITY"),
                    ("START_FAILED", "NETWORK_INTERFACE_ERROR"),
                    ("START_FAILED", "AMI_VALIDATION_ERROR"),
                ]
            ),
            min_size=1,
            max_size=5,
        ),
    ),
    _drawn(
        external_change,
        seconds=_SECONDS,
        state=st.sampled_from(sorted(CHANGES)),
        backup=st.sampled_from([None, "b1", "b2"]),
    ),
    _drawn(vanishing, seconds=_SECONDS, absent=st.booleans()),
    _drawn(undoing, seconds=_SECONDS, status=st.sampled_from(UNDONE)),
    _drawn(
        stack,
        fault=st.sampled_from(["none", *FAULTS]),
        holder=st.sampled_from(["", "UPDATE_COMPLETE", "DELETE_IN_PROGRESS"]),
    ),
    _drawn(
        unanswered_queries,
        fault=st.sampled_from([name for name in FAULTS if name != "denied"]),
        count=st.integers(1, 20),
    ),
    _drawn(
        old_statuses,
        statuses=st.lists(
            st.sampled_from(["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]),
            min_size=1,
            max_size=2,
        ),
    ),
    _drawn(odd_members, members=st.dictionaries(st.sampled_from(ODD), st.sampled_from(VALUES))),
    _drawn(lambda_limit, seconds=st.sampled_from([30, 200, 900])),
    _drawn(answers_not_taken, statuses=st.lists(st.sampled_from([500, 503]), max_size=3)),
    _drawn(hand_overs_refused, count=st.integers(1, 9)),
    _drawn(kill, method=st.sampled_from(["get", "start", "stop"]), after=st.booleans()),
)
"""One incident, to be called with the recorded world."""
