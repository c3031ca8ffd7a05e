"""The decisions about runs and about what others do, as tables."""

from __future__ import annotations

import pytest

from declared import decide
from declared.decide import RunObservation
from waiter.wait.decide import decide as engine
from waiter.wait.model import (
    Act,
    Do,
    Done,
    Fail,
    Goal,
    Observation,
    Phase,
    Progress,
    Rule,
    Step,
    Target,
    Wait,
)

INF = float("inf")
RAN = Progress(1, 1, 0, Act.START, acted_at=100.0, acted_on=Phase.STOPPED)
CANCELLED = Progress(1, 0, 1, Act.CANCEL, acted_at=100.0, acted_on=Phase.STARTING)
NO_EFFECT = Progress(2, 0, 2, Act.CANCEL, 100.0, Phase.STARTING, took_effect=False, ineffective=2)
START = Do(Act.START)

RUN: list[tuple[Phase, Step, Step, Step]] = [
    # The phase; then the step before the start, 29 s after it, and 31 s after it.
    (Phase.ABSENT, START, Wait(), Fail(Rule.ABSENT)),
    (Phase.STOPPED, START, Fail(Rule.FAILED), Fail(Rule.FAILED)),
    (Phase.STARTING, Wait(), Wait(), Wait()),
    (Phase.READY, START, Done(), Done()),
    (Phase.STOPPING, Wait(), Wait(), Wait()),
    (Phase.FAILED, START, Fail(Rule.FAILED), Fail(Rule.FAILED)),
    (Phase.GONE, START, Fail(Rule.GONE), Fail(Rule.GONE)),
]


@pytest.mark.parametrize(("phase", "before", "after", "later"), RUN)
def test_a_run(phase: Phase, before: Step, after: Step, later: Step) -> None:
    goal, seen = Goal(Target.READY, rules=decide.run), Observation(phase)
    assert engine(goal, seen, Progress(), 1) == before
    assert engine(goal, seen, RAN, 129) == after
    assert engine(goal, seen, RAN, 131) == later
    update = Goal(Target.READY, rules=decide.run_again)
    expected = Do(Act.START, sure=True) if before == START else before
    assert engine(update, seen, Progress(), 1) == expected
    assert engine(update, seen, RAN, 131) == later
    given = Goal(Target.READY, rules=decide.given_run)
    assert engine(given, seen, Progress(), 1) == Done()
    assert engine(given, decide.TooLarge(phase), Progress(), 1) == Fail(Rule.FAILED)


def test_a_refused_start_is_held() -> None:
    held = Progress(attempts=1, conflicts=1, held_until=10)
    goal = Goal(Target.READY, rules=decide.run)
    assert engine(goal, Observation(Phase.STOPPED), held, 9) == Wait()
    assert engine(goal, Observation(Phase.STOPPED), held, 10) == START


@pytest.mark.parametrize(
    ("delay", "uncertain", "token_seconds", "now", "starts"),
    [
        (0, False, 0, 0, True),
        (59, False, 0, 59, True),
        (60, False, 0, 60, False),
        (0, True, 0, 5, False),
        (60, False, INF, 60, True),
        (9999, True, INF, 9999, True),
        (299, False, 300, 299, True),
        (300, False, 300, 300, False),
        (0, True, 300, 299, True),
        (0, True, 300, 300, False),
        (60, False, 30, 60, False),
        (40, False, 30, 40, True),
    ],
)
def test_a_start_that_may_be_the_second(
    delay: float, uncertain: bool, token_seconds: float, now: float, starts: bool
) -> None:
    seen = RunObservation(
        Phase.STOPPED, delay=delay, uncertain=uncertain, token_seconds=token_seconds
    )
    goal = Goal(Target.READY, rules=decide.run)
    assert engine(goal, seen, Progress(), now) == (START if starts else Fail(Rule.FAILED))


CANCEL: list[tuple[Phase, Step]] = [
    (Phase.ABSENT, Done()),
    (Phase.STOPPED, Done()),
    (Phase.STARTING, Do(Act.CANCEL)),
    (Phase.READY, Done()),
    (Phase.STOPPING, Wait()),
    (Phase.FAILED, Done()),
    (Phase.GONE, Done()),
]


@pytest.mark.parametrize(("phase", "step"), CANCEL)
def test_a_cancelled_run(phase: Phase, step: Step) -> None:
    goal, seen = Goal(Target.STOPPED, rules=decide.cancelled_run), Observation(phase)
    assert engine(goal, seen, Progress(), 1) == step
    assert engine(goal, seen, CANCELLED, 131) == step


def test_a_cancel_without_effect() -> None:
    goal, seen = Goal(Target.STOPPED, rules=decide.cancelled_run), Observation(Phase.STARTING)
    assert engine(goal, seen, NO_EFFECT, 129) == Wait()
    assert engine(goal, seen, NO_EFFECT, 131) == Fail(Rule.STOP_NO_EFFECT)


AWAITED: list[tuple[Phase, Step]] = [
    (Phase.ABSENT, Fail(Rule.ABSENT)),
    (Phase.STOPPED, Wait()),
    (Phase.STARTING, Wait()),
    (Phase.READY, Done()),
    (Phase.STOPPING, Wait()),
    (Phase.FAILED, Fail(Rule.FAILED)),
    (Phase.GONE, Fail(Rule.GONE)),
]


@pytest.mark.parametrize(("phase", "step"), AWAITED)
def test_what_others_do(phase: Phase, step: Step) -> None:
    goal = Goal(Target.READY, rules=decide.awaited)
    assert engine(goal, Observation(phase), Progress(), 1) == step
