"""Random stories of declared resources: the same seed and number draw the same story."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from soak.cloud.relay import STACK_FAULTS
from soak.story import LONG_FUNCTION, SHORT_FUNCTION, Step, Story, seconds_up_to

if TYPE_CHECKING:
    from collections.abc import Callable

WHATS = {"instance": 38, "execution": 25, "unnamed-execution": 14, "crawl": 10, "certificate": 13}
"""The weight of each resource: a Started, three Runs (the last two without a client token, the last
without an id), and an Awaited."""
RUNS = {"execution", "unnamed-execution", "crawl"}
TOKENLESS = {"unnamed-execution", "crawl"}
STATES = {"stopped": 65, "running": 25, "": 10}
"""The weight of each initial state of a thing; empty means that there is none with its id."""


@dataclass(frozen=True)
class DeclaredStep(Step):
    """One deployment, or the deletion, with its faults.

    Attributes
    ----------
    ends
        Whether the deletion stops the instance, or cancels the run.
    other
        Whether the resource names the story's other thing.
    moved, pair
        Whether the instance's resource has another logical id, and whether a second resource holds
        the instance as well.
    seconds, fails
        How long the execution takes, and whether it fails.
    drift
        The state that the instance gets before the step begins; empty for no change.
    faults
        Faults of the service; see `FAULTS`.
    undone
        Whether the Delete follows that CloudFormation sends after a failure, and MiniStack doesn't.
    """

    ends: bool = False
    other: bool = False
    moved: bool = False
    pair: bool = False
    seconds: int = 1
    fails: bool = False
    drift: str = ""
    faults: tuple[dict[str, Any], ...] = ()
    undone: bool = False


@dataclass(frozen=True, kw_only=True)
class DeclaredStory(Story):
    """A stack of one declared resource from its creation to its deletion.

    ``what`` is one of `WHATS`, and ``state`` one of `STATES`.
    """

    steps: tuple[DeclaredStep, ...]
    what: str
    state: str
    prefix: ClassVar[str] = "d"

    @property
    def runs(self) -> bool:
        """True if its resource is a Run."""
        return self.what in RUNS


def draw(seed: int, number: int) -> DeclaredStory:
    """Draw a story."""
    random = Random(f"{seed}/d{number}")  # noqa: S311 - stories, not secrets
    what = random.choices(list(WHATS), list(WHATS.values()))[0]
    short = random.random() < 0.25
    steps = [_troubled(random, what, _create(random, what), short=short)]
    for _ in range(random.choice((0, 1, 1, 2))):
        steps.append(_troubled(random, what, _changed(random, what, steps[-1]), short=short))
    last = replace(steps[-1], kind="delete", drift=_drift(random, what, deletes=True))
    steps.append(_troubled(random, what, last, short=short))
    return DeclaredStory(
        seed=seed,
        number=number,
        what=what,
        state=random.choices(list(STATES), list(STATES.values()))[0],
        function_seconds=SHORT_FUNCTION if short else LONG_FUNCTION,
        steps=tuple(steps),
    )


def _create(random: Random, what: str) -> DeclaredStep:
    after = random.random() < 0.1
    # A stack whose creation isn't rolled back has no further steps.
    undone = what in RUNS and not after and random.random() < 0.4
    return DeclaredStep(
        "create",
        after=after,
        ends=random.random() < 0.7,
        pair=what == "instance" and random.random() < 0.35,
        undone=undone,
        **(
            _run(random, undone=undone)
            if what in RUNS
            else {"timeout": random.choice((30, 45, 90))}
        ),
    )


def _run(random: Random, *, undone: bool) -> dict[str, Any]:
    """Return how long an execution takes, and the timeout: some are in flight when it fails."""
    long = random.random() < (0.5 if undone else 0.1)
    seconds = 90 if long else random.choice((1, 1, 1, 2, 5))
    timeout = 20 if long else random.choice((30, 45, 90))
    return {"seconds": seconds, "fails": random.random() < 0.12, "timeout": timeout}


def _changed(random: Random, what: str, before: DeclaredStep) -> DeclaredStep:
    """Return an update: new triggers, another call, another holder, or options alone."""
    step = replace(
        before,
        kind="update",
        after=random.random() < 0.25,
        drift=_drift(random, what),
        undone=what in RUNS and random.random() < 0.6,
    )
    choice, runs, instance = random.randrange(8), what in RUNS, what == "instance"
    if choice < 2:
        return replace(step, trigger=step.trigger + 1)
    if choice < 4 and runs:
        return replace(step, **_run(random, undone=step.undone))
    if choice == 2 and instance:
        return replace(step, moved=not step.moved)
    if choice < 5 and instance:
        return replace(step, pair=not step.pair)
    if choice == 5:
        return replace(step, other=not step.other)
    return replace(step, timeout=step.timeout + 1, ends=random.random() < 0.7)


def _drift(random: Random, what: str, *, deletes: bool = False) -> str:
    if what != "instance" or random.random() < 0.5:
        return ""
    weights = (20, 75, 5) if deletes else (60, 30, 10)
    return random.choices(("stopped", "running", "terminated"), weights)[0]


def _troubled(random: Random, what: str, step: DeclaredStep, *, short: bool) -> DeclaredStep:
    first = step.kind == "create"
    counts = (0, 0, 0, 0, 1, 1, 2) if first else (0, 0, 0, 1, 1, 2, 3)
    kinds = [kind for kind in FAULTS if what in _ONLY.get(kind, WHATS)]
    drawn = random.choices(kinds, k=random.choice(counts))
    asks, late, again = (random.random() for _ in range(3))
    stack_fault = random.choice(STACK_FAULTS) if asks < 0.25 else ""
    # A stale status is only seconds old: once a request is a minute old, the status is its own.
    old = late < (0.06 if first else 0.25) and stack_fault != "stale"
    killed = random.random() < (0.15 if first else 0.25)
    # Without a token, nothing tells a young second delivery from the first. A Run hands over at
    # once, which takes long to fail if the rollback of a creation deletes the function meanwhile.
    stays = what not in RUNS or not first or step.undone
    return replace(
        step,
        stack_fault=stack_fault,
        stack_fault_seconds=random.choice((4.0, 10.0, 20.0)) if stack_fault else 0.0,
        age=random.choice((20.0, 65.0, 100.0, 4000.0)) if old else 0.0,
        again=again < 0.3 and what not in TOKENLESS and stays,
        again_after=random.choice((65.0, 75.0, 3600.0)) if 0.15 < again < 0.5 else 0.0,
        again_state=random.choice(("", "stopped", "running")) if what == "instance" else "",
        faults=tuple({"kind": kind, **FAULTS[kind](random)} for kind in drawn),
        kill_after=round(random.uniform(0, 10), 2) if killed else None,
        retried=killed and random.random() < 0.7,
        cancel_after=round(random.uniform(0, 8), 2)
        if step.kind == "update" and random.random() < 0.15
        else None,
        # A function with a short timeout has no time to wait for CloudFormation.
        unavailable=0.0 if short or random.random() < 0.85 else round(random.uniform(1, 5), 1),
    )


def _calls(random: Random) -> dict[str, Any]:
    return {"of": random.choice(("read", "act", "any")), "count": random.randint(1, 3)}


FAULTS: dict[str, Callable[[Random], dict[str, Any]]] = {
    "throttled": _calls,
    "broken": _calls,
    "unreached": _calls,
    "lost": _calls,
    "busy": lambda random: {"of": "act", "count": random.randint(1, 2)},
    "denied": lambda random: {"of": "any", "seconds": seconds_up_to(random, 6)},
    "slow-answer": lambda random: {"of": "any", "wait": seconds_up_to(random, 1.5), "count": 5},
    "stale-read": lambda random: {"seconds": seconds_up_to(random, 12)},
    "delayed": lambda random: {"seconds": seconds_up_to(random, 12)},
    "odd-state": lambda random: {"seconds": seconds_up_to(random, 6)},
    "forgotten": lambda random: {"seconds": random.choice((3.0, 999.0))},
    "fails": lambda _random: {},
    "external-act": lambda random: {
        "act": random.choice(("start", "stop")),
        "after": seconds_up_to(random, 6),
    },
}
"""The faults of a service, with their parameters."""
_ONLY = {
    "busy": {"instance", "crawl"},
    "delayed": {"instance", "certificate", "crawl"},
    "fails": {"certificate", "crawl"},
    "external-act": {"instance"},
}
