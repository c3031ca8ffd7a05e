"""The kinds of faults, and the parameters of each."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from nimble_local.emulator.service.exceptions import BY_SHAPE
from nimble_local.emulator.service.model import operations, values
from nimble_local.emulator.service.shapes import shown
from nimble_local.emulator.state.entities import Entity, check_document

if TYPE_CHECKING:
    from collections.abc import Mapping

EXTERNAL_ACT: Final = "external-act"
"""The kind of fault in which somebody else acts on a session."""

MAX_SECONDS = 365 * 86_400.0
"""The longest time in a fault's parameters: a year."""

FAILURES = {
    "INTERNAL_ERROR": "An internal error occurred.",
    "INSUFFICIENT_CAPACITY": "There is not enough capacity for the instance type just now.",
    "ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR": "The workstation could not join the directory's domain.",
    "NETWORK_CONNECTION_ERROR": "The workstation could not be reached over the network.",
    "INITIALIZATION_SCRIPT_ERROR": "An initialization script ended with an error.",
    "DECRYPT_STREAMING_IMAGE_ERROR": "The streaming image could not be decrypted.",
    "NETWORK_INTERFACE_ERROR": "The network interface could not be attached.",
    "AMI_VALIDATION_ERROR": "The machine image is not valid.",
}
"""The status codes of failures, each with a message; the messages are inferred."""


@dataclass(frozen=True, slots=True)
class Number:
    """A parameter that is a number in a range."""

    low: float
    high: float
    default: float | None = None
    required: bool = False
    whole: bool = False

    def checked(self, name: str, value: Any) -> float:
        """Return the value, or raise ValueError with the rule."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not self.low <= value <= self.high or (self.whole and value % 1):
            kind = "a whole number " if self.whole else ""
            rule = f"{kind}from {self.low:.16g} to {self.high:.16g}"
            raise ValueError(f"{name} must be {rule}, not {shown(value)}.")
        return int(value) if self.whole else float(value)


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter with a list of values."""

    words: tuple[str, ...]
    default: str | None = None
    required: bool = False

    def checked(self, name: str, value: Any) -> str:
        """Return the value, or raise ValueError with the rule."""
        if value not in self.words:
            raise ValueError(f"{name} must be one of {', '.join(self.words)}, not {value!r}.")
        return str(value)


@dataclass(frozen=True, slots=True)
class Text:
    """A parameter that is any text."""

    default: str | None = None
    required: bool = False

    def checked(self, name: str, value: Any) -> str:
        """Return the value, or raise ValueError with the rule."""
        if not isinstance(value, str) or not value:
            raise ValueError(f"{name} must be a text, not {value!r}.")
        return value


Parameter = Number | Choice | Text

_CODE = Choice(tuple(FAILURES), default="INTERNAL_ERROR")
_FAILURE: dict[str, Parameter] = {"code": _CODE, "message": Text()}
_SECONDS = Number(0, MAX_SECONDS, required=True)
_STATES = tuple(values("StreamingSessionState"))

KINDS: dict[str, tuple[str, dict[str, Parameter]]] = {
    "rate-limit": (
        "Limits the requests per second of each operation; more get ThrottlingException.",
        {
            "perSecond": Number(0.001, 100_000, required=True),
            "burst": Number(1, 100_000, 1, whole=True),
        },
    ),
    "error": (
        "Answers with an exception of the API, and does nothing.",
        {
            "error": Choice(tuple(BY_SHAPE), "InternalServerErrorException"),
            "message": Text(),
        },
    ),
    "access-denied": ("Answers AccessDeniedException, and does nothing.", {}),
    "latency": ("Delays each answer.", {"seconds": Number(0, 3600, required=True)}),
    "drop": (
        "Cuts the connection without an answer, before or after carrying out the request.",
        {"moment": Choice(("before", "after"), "before")},
    ),
    "half-answer": (
        "Carries out the request, and cuts the connection halfway through the answer.",
        {},
    ),
    "html-answer": (
        "Answers with an HTML page, as a proxy would, and does nothing.",
        {"status": Number(200, 599, 503, whole=True)},
    ),
    "odd-members": (
        "Reads of a session return members of wrong types, or another session.",
        {"session": Choice(("own", "another"), "own")},
    ),
    "stale-read": ("Reads show sessions as they were some seconds ago.", {"seconds": _SECONDS}),
    "create-failure": ("Creations end in CREATE_FAILED.", _FAILURE),
    "start-failure": ("Starts end in START_FAILED.", _FAILURE),
    "stop-failure": ("Stops end in STOP_FAILED.", _FAILURE),
    "delete-failure": ("Deletions end in DELETE_FAILED.", _FAILURE),
    "stuck": (
        "Sessions stay in a state that they would otherwise leave.",
        {"state": Choice(_STATES, required=True)},
    ),
    EXTERNAL_ACT: (
        "Somebody else starts, stops or deletes a session, at once or after it enters a state.",
        {
            "act": Choice(("start", "stop", "delete"), required=True),
            "seconds": Number(0, MAX_SECONDS, 0),
            "state": Choice(_STATES),
        },
    ),
}
"""The description and the parameters of each kind of fault."""

_ONLY_SESSIONS = {"create-failure", "start-failure", "stop-failure", "delete-failure"} | {
    "stuck",
    EXTERNAL_ACT,
}
_MEANINGLESS_IF_STUCK = {"count", "probability", "seed"}
_COMMON: dict[str, Parameter] = {
    "operation": Choice(tuple(operation.name for operation in operations())),
    "sessionId": Text(),
    "count": Number(1, 1_000_000, whole=True),
    "forSeconds": Number(0.001, MAX_SECONDS),
    "probability": Number(0, 1, 1),
    "seed": Number(0, 2**53, 0, whole=True),
}
"""The limits of every kind of fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Entity):
    """A fault that is switched on."""

    fault_id: str
    kind: str
    created_at: float
    operation: str | None = None
    session_id: str | None = None
    until: float | None = None
    left: int | None = None
    probability: float = 1.0
    seed: int = 0
    draws: int = 0
    hits: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def restored(cls, document: Mapping[str, Any]) -> Self:
        """Return the fault that a document describes; see `Entity.restored`."""
        check_document(cls, document)
        # The name of this kind in the state files of 0.1.0.
        if document["kind"] == "foreign":
            document = {**document, "kind": EXTERNAL_ACT}
        kind, parameters = document["kind"], document.get("parameters", {})
        if kind not in KINDS:
            raise ValueError(f"'kind' can't be {shown(kind)}")
        for name, rule in KINDS[kind][1].items():
            _value(name, rule, {"kind": kind, **parameters})
        return cls(**document)

    def matches(self, operation: str | None, session_id: str | None, at: float) -> bool:
        """Return whether a request or a session is in the fault's scope."""
        return (
            (self.operation is None or self.operation == operation)
            and (self.session_id is None or self.session_id == session_id)
            and (self.until is None or at < self.until)
        )

    def hits_next(self) -> bool:
        """Return whether the next draw hits; the same seed gives the same hits."""
        # Most faults always hit, without a draw.
        if self.probability >= 1:
            return True
        return random.Random(f"{self.seed}/{self.draws}").random() < self.probability  # noqa: S311


def parse_fault(fault_id: str, wanted: Mapping[str, Any], now: float) -> Fault:
    """Return the fault that a mapping describes.

    Parameters
    ----------
    fault_id
        The fault's id.
    wanted
        ``kind``, the parameters of the kind, and its limits: ``operation``, ``sessionId``,
        ``count``, ``forSeconds``, ``probability``, ``seed``.
    now
        When it begins, in seconds since 1970.

    Raises
    ------
    ValueError
        Something is missing, unknown or out of range; the message names it and the rule.
    """
    kind = wanted.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}.")
    own = KINDS[kind][1]
    for name in wanted:
        if name != "kind" and name not in own and name not in _COMMON:
            known = ", ".join([*own, *_COMMON])
            raise ValueError(f"A fault of kind {kind!r} has no {name!r}. It may have: {known}.")
    common = {name: _value(name, rule, wanted) for name, rule in _COMMON.items()}
    if kind in _ONLY_SESSIONS and common["operation"]:
        raise ValueError(f"A fault of kind {kind!r} is about sessions, not about an operation.")
    if kind == "stuck" and not _MEANINGLESS_IF_STUCK.isdisjoint(wanted):
        raise ValueError(
            "A stuck session stays stuck: limit the fault by sessionId or forSeconds only."
        )
    parameters = {name: _value(name, rule, wanted) for name, rule in own.items()}
    if kind == EXTERNAL_ACT:
        if parameters["state"] is None and common["sessionId"] is None:
            raise ValueError("An external act needs a sessionId, or the state that it follows.")
        common["count"] = common["count"] or 1
    for_seconds = common["forSeconds"]
    return Fault(
        fault_id=fault_id,
        kind=kind,
        created_at=now,
        operation=common["operation"],
        session_id=common["sessionId"],
        until=None if for_seconds is None else now + for_seconds,
        left=None if common["count"] is None else int(common["count"]),
        probability=common["probability"],
        seed=int(common["seed"]),
        parameters={name: value for name, value in parameters.items() if value is not None},
    )


def _value(name: str, rule: Parameter, wanted: Mapping[str, Any]) -> Any:
    value = wanted.get(name)
    if value is not None:
        return rule.checked(name, value)
    if rule.required:
        raise ValueError(f"A fault of kind {wanted['kind']!r} needs {name}.")
    return rule.default


def limits(kind: str) -> list[str]:
    """Return the names of the limits of a kind of fault."""
    meaningless = {"operation"} if kind in _ONLY_SESSIONS else set()
    if kind == "stuck":
        meaningless |= _MEANINGLESS_IF_STUCK
    return [name for name in _COMMON if name not in meaningless]


def rule(kind: str, name: str) -> Parameter:
    """Return the rule of a kind's own parameter, or of one of its limits."""
    return {**_COMMON, **KINDS[kind][1]}[name]
