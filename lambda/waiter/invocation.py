"""Handle an event from CloudFormation and answer it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fallback import named, placed
from outbound import PUT_SECONDS, deliver
from waiter.cloudformation.answer import Answer, advise, answer_for, refused
from waiter.cloudformation.document import document
from waiter.cloudformation.request import Request, parse_metadata, sent_at
from waiter.cloudformation.resource import Resource, parse
from waiter.cloudformation.stack import Stack
from waiter.exceptions import InvalidRequestError, ServiceError
from waiter.runtime import clients, log, metrics
from waiter.runtime.text import encoded
from waiter.wait.loop import Clock, Waiting, system_clock
from waiter.wait.model import Failed, Goal, HandOver, Outcome, RequestType, Target
from waiter.wait.permission import NOT_READ
from waiter.wait.state import KEY, MAX_INVOCATIONS, WaitState, pack, unpack

HAND_OVER_SECONDS = 150.0
"""Time reserved for a poll, a hand-over and an answer, if every call takes its maximum."""


def _invoke(arn: str, payload: bytes) -> None:
    client = clients.client("lambda")
    clients.call(client, "Invoke", FunctionName=arn, InvocationType="Event", Payload=payload)


def _sessions() -> int:
    number = os.environ.get("SESSIONS", "")
    return int(number) if number.isdecimal() else 1


@dataclass(frozen=True)
class Dependencies:
    """Everything that the engine gets from outside.

    ``put`` takes a URL, a body and a time limit in seconds, and returns the HTTP status. ``invoke``
    asynchronously invokes a function by its ARN. ``sessions`` is the stack's number of sessions.
    """

    put: Callable[[str, bytes, float], int]
    resource: Resource
    stack: Callable[[Request], Stack] = Stack
    invoke: Callable[[str, bytes], None] = _invoke
    clock: Clock = field(default_factory=system_clock)
    sessions: int = field(default_factory=_sessions)


def handle(event: Mapping[str, Any], context: Any, dependencies: Dependencies) -> None:
    """Carry out one request of CloudFormation and answer it, or hand the wait over.

    A request that can't be answered isn't carried out. Raises UndeliverableError if CloudFormation
    couldn't be reached; Lambda then retries the event.
    """
    if not event.get("ResponseURL"):
        log.bind()
        log.line("not-carried-out", error="the event has no address for an answer")
        return
    run = _Run(event, context, dependencies)
    if (answer := run.answer()) is not None:
        run.send(answer)


class _Run:
    """One invocation."""

    def __init__(self, event: Mapping[str, Any], context: Any, dependencies: Dependencies) -> None:
        self._event = event
        self._context = context
        self._deps = dependencies
        self._limit = self._seconds_left()
        # Leave time to wait even if a test or a user has set a short function timeout.
        self._reserve = min(HAND_OVER_SECONDS, self._limit / 3)
        now = dependencies.clock.now()
        started_at = sent_at(str(event["ResponseURL"]), now)
        late = now - started_at
        self._state = WaitState(started_at, queued=late, delay=late)
        self._request: Request | None = None

    def _seconds_left(self) -> float:
        return float(self._context.get_remaining_time_in_millis()) / 1000

    def answer(self) -> Answer | None:
        """Carry out the request and return its answer; None after a hand-over.

        An Update that fails while its stack rolls back would leave the stack in
        UPDATE_ROLLBACK_FAILED. So even an invalid Update asks for the stack's status first.
        """
        try:
            request = self._read()
            return self._wait(request) if request.goal else Answer("SUCCESS", request.physical_id)
        except InvalidRequestError as error:
            failed = Failed(str(error), "invalid-property")
        except Exception as error:  # noqa: BLE001 - CloudFormation always needs an answer
            failed = Failed(f"The function itself failed: {placed(error)}", "function-broken")
        try:
            bare = parse_metadata(self._event)
            if bare.type is RequestType.UPDATE:
                # Invalid properties give no id.
                bare = replace(bare, resource_id=bare.physical_id)
                return self._wait(self._request or bare, failed)
        except Exception as error:  # noqa: BLE001 - it fails anyway; this only avoids worse
            log.line(NOT_READ, error=type(error).__name__)
        return self._refused(failed)

    def _read(self) -> Request:
        event, resource = self._event, self._deps.resource
        log.bind(seconds=lambda: round(self._deps.clock.now() - self._state.started_at, 1))
        # Log the ids only once, because `cdk deploy` prints just the short end of the log.
        ids = {"resource": event.get("LogicalResourceId"), resource.NOUN: named(event)}
        log.line("request", type=event.get("RequestType"), **ids, request=event.get("RequestId"))
        try:
            self._request = parse(event, resource)
        finally:
            self._continue()
        return self._request

    def _continue(self) -> None:
        """Continue the wait if an earlier invocation handed it over."""
        if KEY in self._event:
            # An unreadable state may hide a start.
            self._state.uncertain = True
            state = self._state = unpack(self._event[KEY])
            state.delay = self._deps.clock.now() - state.started_at - state.left_at
            state.queued += state.delay

    def _wait(self, request: Request, failed: Failed | None = None) -> Answer | None:
        dependencies, resource = self._deps, self._deps.resource
        outcome: Outcome | None = Waiting(
            resource.lifecycle(replace(request, state=self._state)),
            replace(request.goal or Goal(Target.STOPPED), sessions=dependencies.sessions),
            dependencies.stack(request),
            dependencies.clock,
            self._state,
            lambda: self._seconds_left() - self._reserve,
            request.type,
            request.request_id,
            resource.HINTS,
        ).run(failed)
        if isinstance(outcome, HandOver):
            outcome = self._hand_over()
        if failed and isinstance(outcome, Failed):
            return self._refused(outcome)
        state = self._state
        return answer_for(self._event, request, outcome, state, resource) if outcome else None

    def _refused(self, failed: Failed) -> Answer:
        reason = f"{failed.what}. {advise(self._deps.resource.HINTS, failed.topic)}"
        return refused(self._event, reason, started=self._state.started_anything)

    def send(self, answer: Answer) -> None:
        """Send the answer, then record the result in the metrics and the log."""
        dependencies = self._deps
        body = document(self._event, answer, dependencies.resource.stays_whole)
        url, sleep = self._event["ResponseURL"], dependencies.clock.sleep
        if not deliver(url, body, dependencies.put, sleep, self._seconds_left, log.line):
            return
        try:
            self._write_down(answer)
        except Exception as error:  # noqa: BLE001 - it's answered; a retry would only do harm
            log.line("not-written-down", error=type(error).__name__)

    def _write_down(self, answer: Answer) -> None:
        clock, state = self._deps.clock, self._state
        kind = self._event.get("RequestType", "")
        values: dict[str, float] = {
            "Attempts": state.progress.attempts,
            "Polls": state.polls,
            "Failures": int(answer.status == answer.outcome == "FAILED"),
        }
        if answer.outcome == "SUCCESS" and kind != "Delete":
            values["TimeToReady"] = round(clock.now() - state.started_at, 3)
        name = self._context.function_name
        log.write(
            metrics.record(self._deps.resource.NAMESPACE, clock.now(), name, answer.outcome, values)
        )
        # This line comes last, because `cdk deploy` prints the end of the log.
        log.line("answered", type=kind, outcome=answer.outcome, reason=answer.reason)

    def _hand_over(self) -> Failed | None:
        """Hand the wait over to a new invocation, or return why that isn't possible."""
        state = self._state
        if state.invocation >= MAX_INVOCATIONS:
            ended = f"Lambda ends the function after {self._limit:.0f} s"
            return Failed(
                f"{ended}, and {MAX_INVOCATIONS} invocations were not enough", "function-timeout"
            )
        left_at = self._deps.clock.now() - state.started_at
        onward = replace(state, invocation=state.invocation + 1, left_at=left_at)
        self._event = {**self._event, KEY: pack(onward), **state.memory}
        payload, delay = encoded(self._event), 1.0
        while True:
            try:
                self._deps.invoke(self._context.invoked_function_arn, payload)
            except ServiceError as error:
                log.line("hand-over-refused", error=error)
                if self._seconds_left() < delay + 3 * PUT_SECONDS:
                    return Failed(f"the wait could not be handed over: {error}", "hand-over")
                self._deps.clock.sleep(delay)
                delay *= 2
            else:
                log.line("handed-over", invocation=onward.invocation)
                return None
