"""Read a declaration from the properties of a resource, and find its mistakes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Any

from waiter.cloudformation.request import invalid
from waiter.exceptions import InvalidRequestError
from waiter.runtime.text import shown
from waiter.wait.model import Phase

from . import call, expressions
from .call import Call

_MAX_ID_BYTES = 999
_ACTS = "Start", "Stop"
_EXPRESSIONS = "Run", "Refused", "State", "Marker", "StartedAt", "Why"
_PHASES = {phase.name.capitalize(): phase for phase in Phase}
_MAP = "it must be a map of texts"


class Kind(StrEnum):
    """The kinds of resource that a declaration describes."""

    STARTED = "Started"
    RUN = "Run"
    AWAITED = "Awaited"


@dataclass(frozen=True)
class Declaration:
    """A declaration; every expression is JMESPath, and empty if there is none.

    Messages call the resource ``noun``. Of a run, ``id`` is that of its target. The responses of
    ``reads`` are merged. ``phases`` has the phase of each state. ``absent``, ``busy`` and
    ``exists`` are error codes; ``existing`` is the id of the run that an ``exists`` code means,
    with ``$TOKEN`` in place of the client token. ``retry`` lists states and codes after which a
    start is repeated.
    """

    kind: Kind
    noun: str
    id: str
    reads: tuple[Call, ...]
    start: Call | None
    stop: Call | None
    phases: Mapping[str, Phase]
    expressions: Mapping[str, str]
    attributes: Mapping[str, str]
    existing: str = ""
    absent: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    exists: tuple[str, ...] = ()
    retry: tuple[str, ...] = ()
    reveal: tuple[str, ...] = ()

    def calls(self) -> list[Call]:
        """Return all calls."""
        return [each for each in (*self.reads, self.start, self.stop) if each]

    def mistakes(self) -> list[str]:
        """Return the mistakes in the calls, by the services' models. Makes no call."""
        return [mistake for each in self.calls() for mistake in call.mistakes(each)]


@dataclass
class _Properties:
    """The properties, and the mistakes in those that were read."""

    given: Mapping[str, Any]
    wrong: list[str] = field(default_factory=list)

    def refuse(self, name: str, value: object, rule: str) -> None:
        self.wrong.append(str(invalid(name, value, rule)))

    def text(self, name: str, default: str | None = "") -> str:
        value = self.given.get(name, default)
        if isinstance(value, str) and (value or default is not None):
            return value
        self.refuse(name, value, "it must be text")
        return ""

    def names(self, name: str) -> tuple[str, ...]:
        value = self.given.get(name, [])
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        self.refuse(name, value, "it must be a list of texts")
        return ()

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.given.get(name, {})
        if isinstance(value, dict):
            return value
        self.refuse(name, value, "it must be a map")
        return {}

    def texts(self, name: str) -> dict[str, str]:
        value = self.mapping(name)
        if all(isinstance(each, str) for each in value.values()):
            return value
        self.refuse(name, value, _MAP)
        return {}


def read(given: Mapping[str, Any]) -> tuple[Declaration, list[str]]:
    """Return the declaration in a resource's properties, as far as it is valid, and its mistakes.

    A mistake gives a property's name, its value and the rule. Calls are checked against their
    services' models later, by `Declaration.mistakes`.
    """
    properties = _Properties(given)
    kind = properties.text("Kind", None)
    if kind not in list(Kind):
        properties.refuse("Kind", kind, "it must be Started, Run or Awaited")
        kind = Kind.AWAITED
    found = {name: properties.text(name) for name in _EXPRESSIONS}
    attributes = properties.texts("Attributes")
    named = {f"attribute {name}": each for name, each in attributes.items()}
    for name, expression in (*found.items(), *named.items()):
        if expression and (mistake := expressions.mistake(name, expression)):
            properties.wrong.append(mistake)
    reads = _several(given.get("Read"))
    acts = {name: given[name] for name in _ACTS if name in given}
    all_calls = [each for each in (*reads, *acts.values()) if isinstance(each, dict)]
    operations = tuple(sorted({str(each.get("Operation")) for each in all_calls}))
    calls = {name: _call(properties, name, each, operations) for name, each in acts.items()}
    declaration = Declaration(
        kind=Kind(kind),
        noun=properties.text("Noun", None),
        id=properties.text("Id", None),
        reads=tuple(_call(properties, "Read", each, operations) for each in reads),
        start=calls.get("Start"),
        stop=calls.get("Stop"),
        phases=_phases(properties),
        expressions=found,
        attributes=attributes,
        existing=properties.text("Existing"),
        absent=properties.names("Absent"),
        busy=properties.names("Busy"),
        exists=properties.names("Exists"),
        retry=properties.names("Retry"),
        reveal=properties.names("Reveal"),
    )
    _check(declaration, properties)
    return declaration, properties.wrong


def _several(reads: Any) -> list[Any]:
    return reads if isinstance(reads, list) else [reads]


def _call(properties: _Properties, name: str, given: Any, operations: tuple[str, ...]) -> Call:
    parts = _Properties(given if isinstance(given, dict) else {})
    service, operation = parts.text("Service", None), parts.text("Operation", None)
    parameters = parts.mapping("Parameters")
    where = {key: parts.text(key.capitalize()) for key in ("region", "endpoint", "token")}
    seconds = str(parts.given.get("TokenSeconds", inf))
    try:
        lasts = float(seconds)
    except ValueError:
        lasts = inf
        parts.refuse("TokenSeconds", seconds, "it must be a number of seconds")
    properties.wrong.extend(f"{name}.{mistake}" for mistake in parts.wrong)
    return Call(
        name,
        service,
        operation,
        parameters,
        **where,
        token_seconds=lasts,
        operations=operations,
    )


def _phases(properties: _Properties) -> dict[str, Phase]:
    phases: dict[str, Phase] = {}
    for name, states in properties.mapping("Phases").items():
        if name not in _PHASES:
            properties.refuse("Phases", name, f"a phase must be one of {', '.join(_PHASES)}")
        elif not isinstance(states, list):
            properties.refuse(f"Phases.{name}", states, "it must be a list of states")
        else:
            phases.update(dict.fromkeys(map(str, states), _PHASES[name]))
    return phases


def _check(declaration: Declaration, properties: _Properties) -> None:
    given, runs = properties.given, declaration.kind is Kind.RUN
    if len(declaration.id.encode()) > _MAX_ID_BYTES or not declaration.id.isprintable():
        properties.refuse(
            "Id", declaration.id, f"it must be printable, at most {_MAX_ID_BYTES} bytes"
        )
    if Phase.READY not in declaration.phases.values():
        properties.refuse("Phases", given.get("Phases"), "Ready must list at least one state")
    if not declaration.expressions["State"]:
        properties.refuse("State", given.get("State"), "it must be an expression")
    if declaration.kind is not Kind.AWAITED and not declaration.start:
        properties.refuse("Start", None, f"a resource of kind {declaration.kind} needs it")
    if given.get("OnDelete") in ("STOP", "CANCEL") and not declaration.stop:
        properties.refuse("Stop", None, f"OnDelete {shown(given['OnDelete'])} needs it")
    names_run = any(each.names_a_run() for each in declaration.reads)
    if runs and names_run and not declaration.expressions["Run"]:
        properties.refuse("Run", None, f"Read names {call.RUN}, so it must be an expression")


def require(wrong: list[str]) -> None:
    """Raise InvalidRequestError with all mistakes if there are any."""
    if wrong:
        raise InvalidRequestError("; ".join(wrong))
