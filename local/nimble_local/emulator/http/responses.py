"""Turns an HTTP request to the emulated API into an answer, or a cut connection."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nimble_local.emulator.faults.active import FaultEffects
from nimble_local.emulator.http import signature
from nimble_local.emulator.rules import idempotency
from nimble_local.emulator.service import protocol
from nimble_local.emulator.service.exceptions import InternalError, NimbleError, ValidationError
from nimble_local.emulator.service.routing import resolve
from nimble_local.emulator.state.ids import new_request_id
from nimble_local.emulator.state.journal import Entry
from nimble_local.emulator.state.store import NotKeptError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from botocore.model import OperationModel

    from nimble_local.emulator.backend import Backend

_HTML = b"<!DOCTYPE html><html><body><h1>This is a proxy, not an API.</h1></body></html>"
_ODD = {
    "own": {
        **dict.fromkeys(("createdAt", "startedAt", "stoppedAt", "stopAt"), ""),
        "updatedAt": 1.7e12,
        "tags": [],
        "volumeConfiguration": [],
    },
    "another": {"arn": "*", "sessionId": "another"},
}
"""The members that the fault ``odd-members`` changes in a session."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An HTTP request; ``body`` is None if it was too large."""

    method: str
    raw_path: str
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The result of a request.

    Attributes
    ----------
    answer
        The answer; None to cut the connection at once.
    delay
        Real seconds to wait before that.
    half
        True to cut the connection halfway through the body.
    """

    answer: protocol.Answer | None
    delay: float = 0.0
    half: bool = False


def respond(backend: Backend, incoming: Incoming) -> Outgoing:
    """Carry out one request, note it in the journal, and return its answer."""
    began = time.perf_counter()
    facts = _Facts()
    request_id = new_request_id()
    effects = FaultEffects()
    answer: protocol.Answer | None
    try:
        answer, effects = _answer(backend, incoming, facts)
        outcome = "OK"
    except NimbleError as error:
        answer = protocol.error_answer(error)
        outcome, effects = error.shape, facts.effects
    if effects.html_status is not None:
        answer = protocol.Answer(effects.html_status, {"Content-Type": "text/html"}, _HTML)
        outcome = "HTML"
    if effects.drop is not None:
        answer, outcome = None, "DROPPED"
    try:
        backend.commit()
    except NotKeptError as error:
        answer = protocol.error_answer(InternalError(str(error)))
        outcome = InternalError.shape
    # The HTML page stands for a proxy, which has no request ids.
    if answer is not None and outcome != "HTML":
        answer.headers["x-amzn-RequestId"] = request_id
    request = facts.request
    entry = Entry(
        at=backend.clock.now(),
        operation=facts.operation,
        studio_id=request.get("studioId"),
        session_id=request.get("sessionId"),
        caller=facts.caller,
        token=request.get("clientToken"),
        request_id=request_id,
        status=None if answer is None else answer.status,
        outcome=outcome,
        faults=tuple(effects.names),
        replayed=facts.replayed,
        milliseconds=(time.perf_counter() - began) * 1000,
    )
    backend.journal.add(entry)
    return Outgoing(answer, effects.delay, effects.half)


class _Facts:
    """The facts about a request for the journal, as far as it got."""

    def __init__(self) -> None:
        self.operation: str | None = None
        self.caller: str | None = None
        self.request: dict[str, str] = {}
        self.effects = FaultEffects()
        self.replayed = False


def _answer(
    backend: Backend, incoming: Incoming, facts: _Facts
) -> tuple[protocol.Answer | None, FaultEffects]:
    found = resolve(incoming.method, incoming.raw_path)
    operation = found.operation
    facts.operation = operation.name
    facts.request = {
        name: value for name, value in found.labels.items() if name in ("studioId", "sessionId")
    }
    flat = {name: values[0] for name, values in incoming.query.items() if values}
    facts.caller = signature.caller(incoming.headers, flat)
    if incoming.body is None:
        raise ValidationError(f"The body has more than {protocol.MAX_BODY_BYTES} bytes.")
    headers = incoming.headers
    request = protocol.parse(operation, found.labels, incoming.query, headers, incoming.body)
    facts.request = request
    backend.settle()
    now = backend.clock.now()
    effects = facts.effects = backend.faults.effects(operation.name, request.get("sessionId"), now)
    if effects.drop == "before" or effects.html_status is not None:
        return None, effects
    if effects.error is not None:
        raise effects.error
    answer = _perform(backend, operation, request, facts)
    if effects.odd and operation.name == "GetStreamingSession":
        body = json.loads(answer.body)
        body["session"] |= _ODD[effects.odd]
        answer = protocol.Answer(answer.status, answer.headers, json.dumps(body).encode())
    return answer, effects


def _perform(
    backend: Backend, operation: OperationModel, request: dict[str, str], facts: _Facts
) -> protocol.Answer:
    known = idempotency.recall(backend.context, operation.name, request)
    if known is not None:
        facts.replayed = True
        return protocol.Answer(
            known.status, {"Content-Type": "application/json"}, known.body.encode("ascii")
        )
    caller = facts.caller or ""
    output = backend.perform(operation.name, request, caller, facts.effects.stale)
    answer = protocol.answer(operation, output)
    idempotency.remember(backend.context, operation.name, request, answer)
    return answer
