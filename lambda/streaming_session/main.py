"""From CloudFormation's event to its answer."""

import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import answer as answering
from . import aws, log, metrics, response
from .answer import Answer
from .exceptions import InvalidRequestError, ServiceError
from .journey import KEY, MAX_INVOCATIONS, Journey, pack, unpack
from .lifecycle import Lifecycle
from .nimble import StreamingSession
from .outcome import HandOver, Lost
from .put import PUT_SECONDS, put_once
from .request import Request, parse
from .stack import Stack
from .wait import REAL, Waiting, World

HAND_OVER_SECONDS = 60.0
"""Kept of an invocation for the poll under way, the hand-over and the answer."""


def _session(request: Request) -> Lifecycle:
    return StreamingSession(request.studio_id, request.session_id)


def _invoke(arn: str, payload: bytes) -> None:
    client = aws.client("lambda")
    aws.call(client, "Invoke", FunctionName=arn, InvocationType="Event", Payload=payload)


@dataclass(frozen=True, slots=True)
class Edges:
    """Everything outside.

    ``invoke`` invokes a function by its ARN, asynchronously; ``put`` returns the HTTP status.
    """

    lifecycle: Callable[[Request], Lifecycle] = _session
    stack: Callable[[Request], Stack] = Stack
    invoke: Callable[[str, bytes], None] = _invoke
    put: Callable[[str, bytes], int] = put_once
    world: World = REAL


def handle(event: Mapping[str, Any], context: Any, edges: Edges | None = None) -> None:
    """Carry out one request of CloudFormation and answer it, or hand the wait over.

    Raises UndeliverableError when CloudFormation could not be told: Lambda runs the event again.
    """
    run = _Run(event, context, edges or Edges())
    try:
        answer = run.carry_out()
    except InvalidRequestError as error:
        answer = answering.refused(event, str(error), "invalid-property")
    except Exception as error:  # noqa: BLE001 - whatever it is, CloudFormation has to hear of it
        answer = run.broken(error)
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

    def _seconds_left(self) -> float:
        return float(self._context.get_remaining_time_in_millis()) / 1000

    def carry_out(self) -> Answer | None:
        """Return the answer; None after a hand-over."""
        log.bind(
            request=str(self._event.get("RequestId", "")),
            resource=str(self._event.get("LogicalResourceId", "")),
        )
        if KEY in self._event:
            self._journey = unpack(self._event[KEY])
        request = parse(self._event)
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
        started = self._journey.started_anything
        return answering.concluded(request, outcome, started_anything=started)

    def broken(self, error: Exception) -> Answer:
        """Answer for a fault of this code."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"in line {last.lineno} of {last.filename.rpartition('/')[2]}"
        # The error's text may hold anything, the event included; its name and place do not.
        what = f"The function failed by itself: {type(error).__name__} {where}"
        answer = answering.refused(self._event, what, "function-broken")
        if self._event.get("RequestType") == "Create" and self._journey.started_anything:
            return replace(answer, physical_id=self._event["ResourceProperties"]["SessionId"])
        return answer

    def tell(self, answer: Answer) -> None:
        """Send the answer, and write down what came of the request."""
        world, journey = self._edges.world, self._journey
        response.deliver(self._event, answer, self._edges.put, world.sleep, self._seconds_left)
        kind = self._event.get("RequestType", "")
        log.line("answered", type=kind, outcome=answer.outcome, reason=answer.reason)
        values: dict[str, float] = {
            "Attempts": journey.progress.attempts,
            "Polls": journey.polls,
            "Failures": int(answer.outcome == "FAILED"),
        }
        if answer.outcome == "SUCCESS" and kind != "Delete":
            values["TimeToReady"] = round(world.now() - journey.started_at, 3)
        name = self._context.function_name
        log.write(metrics.record(world.now(), name, answer.outcome, values))

    def _hand_over(self) -> str:
        """Have a fresh invocation go on, or return why that can't be."""
        if self._journey.invocation >= MAX_INVOCATIONS:
            return f"the wait went through {MAX_INVOCATIONS} invocations and must not go on"
        onward = replace(self._journey, invocation=self._journey.invocation + 1)
        payload, delay = json.dumps({**self._event, KEY: pack(onward)}).encode(), 1.0
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
