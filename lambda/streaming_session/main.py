"""From CloudFormation's event to its answer."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import answer as answering
from . import aws, log, metrics, response
from .answer import Answer
from .exceptions import InvalidRequestError, ServiceError
from .journey import KEY, MAX_INVOCATIONS, Journey, pack, unpack
from .lifecycle import Lifecycle
from .nimble import StreamingSession
from .outcome import Cancelled, HandOver, Lost
from .request import Request, RequestType, envelope, parse
from .response import PUT_SECONDS
from .stack import Stack
from .text import encoded, printable
from .wait import Waiting, World, real

HAND_OVER_SECONDS = 150.0
"""Kept of an invocation for a poll, a hand-over and an answer in which every call takes longest."""


def _session(request: Request) -> Lifecycle:
    return StreamingSession(request.studio_id, request.session_id, stack_id=request.stack_id)


def _invoke(arn: str, payload: bytes) -> None:
    client = aws.client("lambda")
    aws.call(client, "Invoke", FunctionName=arn, InvocationType="Event", Payload=payload)


@dataclass(frozen=True)
class Edges:
    """Everything outside.

    ``put`` takes a URL, a body and a time limit in seconds, and returns the HTTP status; ``invoke``
    invokes a function by its ARN, asynchronously.
    """

    put: Callable[[str, bytes, float], int]
    lifecycle: Callable[[Request], Lifecycle] = _session
    stack: Callable[[Request], Stack] = Stack
    invoke: Callable[[str, bytes], None] = _invoke
    world: World = field(default_factory=real)


def handle(event: Mapping[str, Any], context: Any, edges: Edges) -> None:
    """Carry out one request of CloudFormation and answer it, or hand the wait over.

    Raises UndeliverableError when CloudFormation could not be told: Lambda runs the event again.
    """
    run = _Run(event, context, edges)
    try:
        answer = run.carry_out()
    except InvalidRequestError as error:
        answer = run.undone() or answering.refused(event, str(error), "invalid-property")
    except Exception as error:  # noqa: BLE001 - whatever it is, CloudFormation has to hear of it
        answer = run.undone() or run.broken(error)
    if answer is not None:
        run.tell(answer)


class _Run:
    """One invocation."""

    def __init__(self, event: Mapping[str, Any], context: Any, edges: Edges) -> None:
        self._event = event
        self._context = context
        self._edges = edges
        # A short function timeout, in a test or by a user, still leaves time to wait.
        self._reserve = min(HAND_OVER_SECONDS, self._seconds_left() / 3)
        self._journey = Journey(started_at=edges.world.now())
        self._request: Request | None = None

    def _seconds_left(self) -> float:
        return float(self._context.get_remaining_time_in_millis()) / 1000

    def carry_out(self) -> Answer | None:
        """Return the answer; None after a hand-over."""
        self._bind()
        request = self._request = parse(self._event)
        if KEY in self._event:
            # What can't be read may tell of a start.
            self._journey.uncertain = True
            self._journey = unpack(self._event[KEY])
        goal = answering.goal(request)
        if goal is None:
            return Answer("SUCCESS", request.physical_id)
        outcome = Waiting(
            self._edges.lifecycle(request),
            goal,
            self._edges.stack(request),
            self._edges.world,
            self._journey,
            lambda: self._seconds_left() - self._reserve,
            request.request_id,
        ).run()
        if isinstance(outcome, HandOver):
            refusal = self._hand_over()
            if not refusal:
                return None
            outcome = Lost(refusal, "hand-over")
        return answering.concluded(request, outcome, self._journey)

    def _bind(self) -> None:
        properties = self._event.get("ResourceProperties")
        session = properties.get("SessionId", "") if isinstance(properties, dict) else ""
        log.bind(
            request=lambda: self._event.get("RequestId", ""),
            resource=lambda: self._event.get("LogicalResourceId", ""),
            session=lambda: printable(session, 128),
            attempt=lambda: self._journey.progress.attempts,
            seconds=lambda: round(self._edges.world.now() - self._journey.started_at, 1),
        )

    def undone(self) -> Answer | None:
        """Answer an Update that can't be carried out if its stack rolls back; None if not.

        A resource that fails then would leave the stack in UPDATE_ROLLBACK_FAILED.
        """
        try:
            bare = envelope(self._event)
            undone = bare.type is RequestType.UPDATE and self._edges.stack(bare).is_undone()
        except Exception as error:  # noqa: BLE001 - the request has failed; this is to spare more
            log.line("stack-not-read", error=type(error).__name__)
            return None
        # Properties that can't be read name no session.
        session_id = self._request.session_id if self._request else bare.physical_id
        as_before = replace(bare, session_id=session_id)
        return answering.concluded(as_before, Cancelled(None), self._journey) if undone else None

    def broken(self, error: Exception) -> Answer:
        """Answer for a fault of this code."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"in line {last.lineno} of {last.filename.rpartition('/')[2]}"
        # The error's text may hold anything, the event included; its name and place do not.
        what = f"The function failed by itself: {type(error).__name__} {where}"
        answer = answering.refused(self._event, what, "function-broken")
        request = self._request
        if request is None:
            return answer
        if request.type is not RequestType.DELETE:
            started = self._journey.started_anything
            return replace(answer, physical_id=request.session_id) if started else answer
        # Whether what was to be stopped has stopped, nobody knows.
        return replace(answer, status="FAILED") if answering.goal(request) else answer

    def tell(self, answer: Answer) -> None:
        """Send the answer, and write down what came of the request."""
        edges = self._edges
        if not response.deliver(
            self._event, answer, edges.put, edges.world.sleep, self._seconds_left
        ):
            return
        try:
            self._write_down(answer)
        except Exception as error:  # noqa: BLE001 - the answer is out; a retry would only harm
            log.line("not-written-down", error=type(error).__name__)

    def _write_down(self, answer: Answer) -> None:
        world, journey = self._edges.world, self._journey
        kind = self._event.get("RequestType", "")
        values: dict[str, float] = {
            "Attempts": journey.progress.attempts,
            "Polls": journey.polls,
            "Failures": int(answer.status == answer.outcome == "FAILED"),
        }
        if answer.outcome == "SUCCESS" and kind != "Delete":
            values["TimeToReady"] = round(world.now() - journey.started_at, 3)
        name = self._context.function_name
        log.write(metrics.record(world.now(), name, answer.outcome, values))
        # Last, where `cdk deploy` prints the end of the log.
        log.line("answered", type=kind, outcome=answer.outcome, reason=answer.reason)

    def _hand_over(self) -> str:
        """Have a fresh invocation go on, or return why that can't be."""
        if self._journey.invocation >= MAX_INVOCATIONS:
            return f"the wait went through {MAX_INVOCATIONS} invocations and must not go on"
        onward = replace(self._journey, invocation=self._journey.invocation + 1)
        payload, delay = encoded({**self._event, KEY: pack(onward)}), 1.0
        while True:
            try:
                self._edges.invoke(self._context.invoked_function_arn, payload)
            except ServiceError as error:
                log.line("hand-over-refused", error=str(error))
                if self._seconds_left() < delay + 3 * PUT_SECONDS:
                    return f"the wait could not be handed over: {error}"
                self._edges.world.sleep(delay)
                delay *= 2
            else:
                log.line("handed-over", invocation=onward.invocation)
                return ""
