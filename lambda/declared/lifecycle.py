"""The lifecycle of a declared resource: read it, start it and stop it."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import fallback
from waiter.cloudformation.document import MAX_BYTES
from waiter.cloudformation.request import Request
from waiter.exceptions import Kind, ServiceError
from waiter.runtime.text import encoded, json_size, phrase
from waiter.wait.model import Act, Do, Observation, Phase, RequestType, Snapshot

from . import call, errors, expressions
from .call import Call
from .decide import TooLarge
from .declaration import Declaration, require
from .phases import phase_of
from .response import plain

TOO_LARGE = "attributes-too-large"
_NAMESPACE = uuid.UUID("6a0d2b0c-2f36-4c3e-9a55-1d8f0c6e7b42")
"""Any constant; it only keeps these tokens apart from other UUIDs."""


def uuid_token(token: str) -> str:
    """Return a client token as a UUID, the form that some services insist on."""
    return str(uuid.uuid5(_NAMESPACE, token))


@dataclass
class Declared:
    """A resource as its declaration describes it.

    ``wrong`` lists what is wrong with the properties. The first read raises InvalidRequestError for
    it, and for calls that the services' models don't allow, before anything is called.
    """

    declaration: Declaration
    request: Request
    wrong: list[str]
    silence: str = ""
    _is_valid: bool = field(default=False, init=False)

    def read(self) -> Snapshot:
        """See `Lifecycle.read`."""
        self.check()
        return self.snapshot(self.declaration.reads)

    def perform(self, step: Do, token: str) -> None:
        """See `Lifecycle.perform`."""
        if step.act is Act.START:
            self.start(uuid_token(token))
        else:
            self.accepted(self._act("stop"))

    def check(self) -> None:
        """Raise InvalidRequestError unless the declaration is valid."""
        if not self._is_valid:
            require(self.wrong)
            require(self.declaration.mistakes())
            self._is_valid = True

    def start(self, token: str) -> Any:
        """Start it and return the response; see `accepted`."""
        return self.accepted(self._act("start").with_token(token))

    def accepted(self, made: Call) -> Any:
        """Make a call and return its response; raise ServiceError unless the service accepted it.

        Some services report a failure in a successful response.
        """
        response = self.call(made)
        name = f"{made.service}:{made.operation}"
        found = expressions.find(self._expression("Refused"), response, "Refused", name)
        if said := expressions.texts(found):
            code, *rest = map(phrase, said)
            error = ServiceError(Kind.REFUSED, code, ": ".join(rest), name)
            raise self._classified(error, made)
        return response

    def call(self, made: Call) -> Any:
        """Make a call and return its response as plain values; raise a classified ServiceError."""
        try:
            response = call.perform(made)
        except ServiceError as error:
            raise self._classified(error, made) from error
        return plain(response, call.operation(made).output_shape, self.declaration.reveal)

    def snapshot(self, reads: tuple[Call, ...]) -> Snapshot:
        """Read and interpret; raise ServiceError without an answer that makes sense."""
        response: dict[str, Any] = {}
        try:
            for each in reads:
                response |= self.call(each)
        except ServiceError as error:
            if error.kind is Kind.ABSENT:
                none = self.no_attributes()
                return Snapshot(Observation(Phase.ABSENT), error.said, attributes=none)
            raise
        find = self._finder(response)
        states = expressions.texts(find("State"))
        stops = self.request.type is RequestType.DELETE
        phase, label = phase_of(states, self.declaration.phases, stops=stops)
        if not states:
            label += f" (the response has nothing at {phrase(self._expression('State'))})"
        phase, label = self.interpret(phase, label, find)
        why = expressions.texts(find("Why")) if phase is Phase.FAILED else []
        again = phase is Phase.FAILED and not {*states, *why[:1]}.isdisjoint(self.declaration.retry)
        said = phrase(": ".join([label, *why]))
        attributes = self.no_attributes()
        if not stops and (too_large := self._fill(attributes, response)):
            attributes = self.no_attributes()
            if phase is Phase.READY:
                text = f"it is {said}, but {too_large}"
                return Snapshot(TooLarge(Phase.FAILED), text, TOO_LARGE, attributes)
        started_at = _seconds(find("StartedAt"))
        return Snapshot(Observation(phase, transient=again), said, "", attributes, started_at)

    def interpret(self, phase: Phase, label: str, _find: Callable[[str], Any]) -> tuple[Phase, str]:
        """Return what the state means for this kind of resource."""
        return phase, label

    def no_attributes(self) -> dict[str, str]:
        """Return all attributes, each of them empty."""
        return dict.fromkeys(self.declaration.attributes, "")

    def _act(self, name: str) -> Call:
        found: Call = getattr(self.declaration, name)
        return found

    def _expression(self, name: str) -> str:
        return self.declaration.expressions[name]

    def _finder(self, response: Any) -> Callable[[str], Any]:
        first = self.declaration.reads[0]
        name = f"{first.service}:{first.operation}"
        return lambda what: expressions.find(self._expression(what), response, what, name)

    def _classified(self, error: ServiceError, made: Call) -> ServiceError:
        errors.classify(error, self.declaration.absent, self.declaration.busy)
        if error.kind is Kind.ABSENT and made.name != "Read":
            # What vanished since the last read can't be started; the next read shows its absence.
            error.kind = Kind.REFUSED if made.name == "Start" else Kind.CONFLICT
        if error.kind is Kind.DENIED:
            error.operation += f" for {self.declaration.noun} {self.request.resource_id}"
        return error

    def _fill(self, attributes: dict[str, str], response: Any) -> str:
        """Fill the attributes; return why they don't fit into an answer, or an empty string."""
        for name, expression in self.declaration.attributes.items():
            try:
                found = expressions.find(expression, response, name, "")
            except ServiceError:
                # An attribute that makes no sense mustn't hide the state.
                found = None
            attributes[name] = expressions.text(found)
        request = self.request
        ids = {
            "StackId": request.stack_id,
            "RequestId": request.request_id,
            "LogicalResourceId": request.logical_id,
        }
        answer = fallback.document(ids, "SUCCESS", "", self.physical_id())
        if len(encoded({**answer, "Data": attributes})) <= MAX_BYTES:
            return ""
        sizes = {name: json_size(value) for name, value in attributes.items()}
        largest = max(sizes, key=sizes.__getitem__)
        return (
            f"its attribute {largest} has {sizes[largest]:,} bytes, "
            f"and a whole answer may have {MAX_BYTES:,}"
        )

    def physical_id(self) -> str:
        """Return the id that an answer would have."""
        return self.request.resource_id


def _seconds(found: Any) -> float | None:
    """Return a time in ISO 8601 in seconds since the epoch; None if it's none."""
    try:
        time = datetime.fromisoformat(found)
    except (TypeError, ValueError):
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
