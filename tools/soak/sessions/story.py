"""Random stories of sessions: the same seed and number draw the same story."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

from soak.cloud.relay import STACK_FAULTS
from soak.story import LONG_FUNCTION, SHORT_FUNCTION, Step, Story, seconds_up_to

if TYPE_CHECKING:
    from collections.abc import Callable

STATES = {
    "STOPPED": 50,
    "READY": 15,
    "START_IN_PROGRESS": 6,
    "STOP_IN_PROGRESS": 6,
    "CREATE_IN_PROGRESS": 4,
    "START_FAILED": 4,
    "STOP_FAILED": 3,
    "CREATE_FAILED": 2,
    "DELETE_IN_PROGRESS": 2,
    "DELETED": 3,
    "": 5,
}
"""The weight of each initial state of a session; empty means that there is no session."""

CODES = (
    "INSUFFICIENT_CAPACITY",
    "INTERNAL_ERROR",
    "NETWORK_CONNECTION_ERROR",
    "NETWORK_INTERFACE_ERROR",
    "ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR",
    "INITIALIZATION_SCRIPT_ERROR",
    "AMI_VALIDATION_ERROR",
)
ERRORS = (
    "InternalServerErrorException",
    "ThrottlingException",
    "ConflictException",
    "ServiceQuotaExceededException",
    "ValidationException",
)
OPERATIONS = ("GetStreamingSession", "StartStreamingSession", "StopStreamingSession")


@dataclass(frozen=True)
class SessionStep(Step):
    """One deployment, or the deletion, with its faults.

    Attributes
    ----------
    other, backup
        Whether the stack has the story's other session, and the number of its backup (0 for none).
    drift
        The state that a session gets before the step begins; empty for no change.
    aim
        The session of ``drift`` and of the faults: its ``own``, that of the step ``before``, or the
        ``second`` of the stack.
    """

    other: bool = False
    backup: int = 0
    restart: bool = False
    drift: str = ""
    faults: tuple[dict[str, Any], ...] = ()
    aim: str = "own"


@dataclass(frozen=True, kw_only=True)
class SessionStory(Story):
    """A stack of one session, or with ``pair`` of two, from its creation to its deletion."""

    steps: tuple[SessionStep, ...]
    state: str
    stop: bool
    pair: bool = False

    def session_id(self, step: SessionStep) -> str:
        """Return the first session of the stack in a step."""
        return f"{self.stack}-{'other' if step.other else 'main'}"

    @property
    def session_ids(self) -> tuple[str, str, str]:
        """The sessions of the story: the first of the stack, what may replace it, the second."""
        return f"{self.stack}-main", f"{self.stack}-other", f"{self.stack}-second"

    def struck(self, step: SessionStep, before: SessionStep | None) -> str:
        """Return the session that the faults and the drift of a step affect."""
        if step.aim == "second":
            return self.session_ids[-1]
        return self.session_id(before if before and step.aim == "before" else step)


def draw(seed: int, number: int) -> SessionStory:
    """Draw a story."""
    random = Random(f"{seed}/{number}")  # noqa: S311 - stories, not secrets
    short, pair = random.random() < 0.25, random.random() < 0.25
    create = _with_faults(random, _create(random, short=short), short=short, pair=pair)
    steps = [create]
    for _ in range(random.choice((0, 1, 1, 2))):
        steps.append(_with_faults(random, _changed(random, steps[-1]), short=short, pair=pair))
    last = replace(steps[-1], kind="delete", drift=_drift(random))
    steps.append(_with_faults(random, last, short=short, pair=pair))
    return SessionStory(
        seed=seed,
        number=number,
        state=random.choices(list(STATES), list(STATES.values()))[0],
        stop=random.random() < 0.5,
        function_seconds=SHORT_FUNCTION if short else LONG_FUNCTION,
        steps=tuple(steps),
        pair=pair,
    )


def _create(random: Random, *, short: bool) -> SessionStep:
    backup = random.choice((0, 0, 0, 1))
    return SessionStep(
        "create",
        backup=backup,
        restart=bool(backup) and random.random() < 0.5,
        after=random.random() < 0.1,
        # A cold start under load takes some of the time, and two answers about the stack take 5 s.
        # A function with a short timeout hands over too often for a long wait.
        timeout=random.choice((30, 40, 50) if short else (30, 40, 50, 90)),
    )


def _changed(random: Random, before: SessionStep) -> SessionStep:
    """Return an update: a new trigger, another backup, another session, or options alone."""
    step = replace(before, kind="update", after=random.random() < 0.3, drift=_drift(random))
    match random.randrange(4):
        case 0:
            return replace(step, trigger=step.trigger + 1)
        case 1:
            return replace(step, backup=3 - (step.backup or 2), restart=random.random() < 0.6)
        case 2:
            return replace(step, other=not step.other)
    return replace(step, timeout=step.timeout + 1)


def _drift(random: Random) -> str:
    if random.random() < 0.5:
        return ""
    return random.choices(list(STATES)[:-1], list(STATES.values())[:-1])[0]


def _with_faults(random: Random, step: SessionStep, *, short: bool, pair: bool) -> SessionStep:
    # A stack that wasn't created has no further steps.
    first = step.kind == "create"
    counts = (0, 0, 0, 0, 0, 1, 1, 2) if first else (0, 0, 0, 1, 1, 2, 3)
    kinds = random.choices(list(_FAULTS), k=random.choice(counts))
    asks, late, again = (random.random() for _ in range(3))
    stack_fault = random.choice(STACK_FAULTS) if asks < 0.3 else ""
    # A stale status is only seconds old: once a request is a minute old, the status is its own.
    old = late < (0.12 if first else 0.3) and stack_fault != "stale"
    return replace(
        step,
        stack_fault=stack_fault,
        stack_fault_seconds=random.choice((4.0, 10.0, 20.0, 75.0)) if stack_fault else 0.0,
        age=random.choice((20.0, 65.0, 100.0, 4000.0)) if old else 0.0,
        again=again < 0.3,
        again_after=random.choice((65.0, 75.0, 3600.0)) if 0.15 < again < 0.45 else 0.0,
        again_state=random.choice(("", "STOPPED", "READY", "START_FAILED")),
        faults=tuple(_fault(random, kind) for kind in kinds),
        aim=random.choice(("own", "own", "before", *(("second",) * 2 * pair))),
        kill_after=round(random.uniform(0, 15), 2)
        if random.random() < (0.1 if first else 0.2)
        else None,
        # A function with a short timeout has no time to wait for CloudFormation.
        unavailable=0.0 if short or random.random() < 0.85 else round(random.uniform(1, 5), 1),
    )


def _fault(random: Random, kind: str) -> dict[str, Any]:
    made = {"kind": kind, **_FAULTS[kind](random)}
    if kind in {"error", "drop", "half-answer", "html-answer", "odd-members"}:
        if kind != "odd-members" and random.random() < 0.5:
            made["operation"] = random.choice(OPERATIONS)
        if random.random() < 0.5:
            made["count"] = random.randint(1, 4)
        else:
            made |= {"probability": 0.5, "seed": random.randrange(1000)}
    return made


_FAULTS: dict[str, Callable[[Random], dict[str, Any]]] = {
    "error": lambda random: {"error": random.choice(ERRORS)},
    "access-denied": lambda random: {"forSeconds": seconds_up_to(random, 6)},
    "rate-limit": lambda random: {"perSecond": seconds_up_to(random, 2)},
    "latency": lambda random: {"seconds": seconds_up_to(random, 1), "probability": 0.5},
    "drop": lambda random: {"moment": random.choice(("before", "after"))},
    "half-answer": lambda _random: {},
    "html-answer": lambda random: {"status": random.choice((200, 403, 502, 503))},
    "odd-members": lambda random: {"session": random.choice(("own", "another"))},
    "stale-read": lambda random: {"seconds": seconds_up_to(random, 5), "forSeconds": 10},
    "start-failure": lambda random: {
        "code": random.choice(CODES),
        "count": random.choice((1, 1, 2, 99)),
    },
    "stop-failure": lambda _random: {"count": 1},
    "stuck": lambda random: {
        "state": random.choice(("START_IN_PROGRESS", "STOP_IN_PROGRESS")),
        "forSeconds": seconds_up_to(random, 30),
    },
    "external-act": lambda random: {
        "act": random.choice(("start", "stop", "stop", "delete")),
        "seconds": seconds_up_to(random, 6),
    },
}
