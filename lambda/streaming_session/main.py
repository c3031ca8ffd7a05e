"""From CloudFormation's event to its answer."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from streaming_session import answer as answering
from streaming_session import aws, log, metrics, response
from streaming_session.exceptions import InvalidRequestError, ServiceError
from streaming_session.journey import KEY, MAX_INVOCATIONS, Journey, pack, unpack
from streaming_session.nimble import StreamingSession
from streaming_session.outcome import HandOver, Lost
from streaming_session.request import RequestType, parse
from streaming_session.stack import Stack
from streaming_session.wait import Waiting, World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streaming_session.answer import Answer
    from streaming_session.lifecycle import Lifecycle
    from streaming_session.request import Request

HAND_OVER_SECONDS: Final = 60.0
"""Kept of an invocation for the poll under way, the hand-over and the answer."""
_ANSWER_SECONDS: Final = 15.0


class Context(Protocol):
    """The part of Lambda's context object that is used."""

    function_name: str
    invoked_function_arn: str

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds that this invocation has left."""


def _invoke(arn: str, payload: bytes) -> None:
    client = aws.client("lambda")
    aws.call(
        client,
        "lambda:Invoke",
        "invoke",
        FunctionName=arn,
        InvocationType="Event",
        Payload=payload,
    )


@dataclass(frozen=True, slots=True)
class Edges:
    """Everything outside: services, time and chance.

    Attributes
    ----------
    lifecycle, stack
        Make what the wait talks to, from the request.
    invoke
        Invokes a function by its ARN with a payload, asynchronously.
    put
        Sends the answer; see `response.put_once`.
    now, sleep, random
        Seconds since the epoch; waits for seconds; a number from 0 to 1.
    """

    lifecycle: Callable[[Request], Lifecycle] = field(
        default=lambda request: StreamingSession(request.studio_id, request.session_id)
    )
    stack: Callable[[Request], Stack] = Stack
    invoke: Callable[[str, bytes], None] = _invoke
    put: Callable[[str, bytes], int] = response.put_once
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random


def handle(event: Mapping[str, Any], context: Context, edges: Edges | None = None) -> None:
    """Carry out one request of CloudFormation and answer it, or hand the wait over.

    Raises
    ------
    UndeliverableError
        When CloudFormation could not be told. Lambda then runs the event again; everything that
        was done is done under the same client tokens.
    """
    edges = edges or Edges()
    run = _Run(event, context, edges)
    try:
        answer = run.carry_out()
    except InvalidRequestError as error:
        answer = answering.refused(event, str(error), "invalid-property")
    except Exception as error:  # noqa: BLE001 - whatever it is, CloudFormation has to hear of it
        answer = run.broken(error)
    if answer is None:
        return
    response.deliver(event, answer, edges.put, edges.sleep, run.seconds_left)
    run.conclude(answer)


class _Run:
    """One invocation."""

    def __init__(self, event: Mapping[str, Any], context: Context, edges: Edges) -> None:
        self._event = event
        self._context = context
        self._edges = edges
        # A short function timeout, in a test or by a user, still leaves time to wait.
        self._reserve = min(HAND_OVER_SECONDS, self.seconds_left() / 3)
        self._journey = Journey(started_at=edges.now())

    def seconds_left(self) -> float:
        return self._context.get_remaining_time_in_millis() / 1000

    def carry_out(self) -> Answer | None:
        """Return the answer; None when the wait was handed over."""
        if KEY in self._event:
            self._journey = unpack(self._event[KEY])
        log.bind(
            request=str(self._event.get("RequestId", "")),
            resource=str(self._event.get("LogicalResourceId", "")),
        )
        request = parse(self._event)
        log.bind(
            request=request.request_id, resource=request.logical_id, session=request.session_id
        )
        goal = answering.goal(request)
        if goal is None:
            return answering.left_alone(request)
        waiting = Waiting(
            lifecycle=self._edges.lifecycle(request),
            goal=goal,
            stack=self._edges.stack(request),
            world=World(
                now=self._edges.now,
                sleep=self._edges.sleep,
                random=self._edges.random,
                invocation_left=lambda: self.seconds_left() - self._reserve,
            ),
            journey=self._journey,
            timeout=request.timeout,
            interval=request.poll_interval,
            request_id=request.request_id,
        )
        try:
            outcome = waiting.run()
        finally:
            self._journey = waiting.journey
        if isinstance(outcome, HandOver):
            refusal = self._hand_over()
            if refusal is None:
                return None
            outcome = Lost(refusal, "hand-over")
        return answering.concluded(
            request, outcome, started_anything=self._journey.started_anything
        )

    def broken(self, error: Exception) -> Answer:
        """Answer for a fault of this code."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = ""
        if trace is not None:
            file = trace.tb_frame.f_code.co_filename.rpartition("/")[2]
            where = f" in line {trace.tb_lineno} of {file}"
        # The error's text may hold anything, the event included; its name and place do not.
        what = f"The function failed by itself: {type(error).__name__}{where}"
        log.line("broken", error=what)
        answer = answering.refused(self._event, what, "function-broken")
        if self._event.get("RequestType") == "Create" and self._journey.started_anything:
            session = str(self._event["ResourceProperties"]["SessionId"])
            return replace(answer, physical_id=session)
        return answer

    def conclude(self, answer: Answer) -> None:
        """Write down what came of the request. Nothing raises here: the answer is delivered."""
        journey = self._journey
        seconds = self._edges.now() - journey.started_at
        kind = str(self._event.get("RequestType", ""))
        log.line("answered", type=kind, outcome=answer.outcome, reason=answer.reason)
        values: dict[str, float] = {
            "Attempts": journey.progress.attempts,
            "Polls": journey.polls,
            "Failures": int(answer.outcome == "FAILED"),
        }
        if answer.outcome == "SUCCESS" and kind != RequestType.DELETE.value:
            values["TimeToReady"] = round(seconds, 3)
        name = self._context.function_name
        log.metrics(metrics.record(self._edges.now(), name, answer.outcome, values))

    def _hand_over(self) -> str | None:
        """Have a fresh invocation go on; return why that can't be, or None."""
        if self._journey.invocation >= MAX_INVOCATIONS:
            return f"the wait went through {MAX_INVOCATIONS} invocations and must not go on"
        onward = replace(self._journey, invocation=self._journey.invocation + 1)
        payload = json.dumps({**self._event, KEY: pack(onward)}).encode()
        delay = 1.0
        while True:
            try:
                self._edges.invoke(self._context.invoked_function_arn, payload)
            except ServiceError as error:
                log.line("hand-over-refused", error=str(error))
                if self.seconds_left() < delay + 2 * _ANSWER_SECONDS:
                    return f"the wait could not be handed over: {error}"
                self._edges.sleep(delay)
                delay *= 2
            else:
                log.line("handed-over", invocation=onward.invocation)
                return None
