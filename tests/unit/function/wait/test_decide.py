"""The table of decisions, cell by cell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waiter.wait.decide import acted, decide, refused, seen
from waiter.wait.model import (
    Act,
    BackOff,
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

READY = Goal(Target.READY)
BACKUP = Goal(Target.READY, "b1")
RESTART = Goal(Target.READY, "b1", may_restart=True)
STOPPED = Goal(Target.STOPPED)
NEW = Progress()
INTERVAL = 5.0
GRACE_SECONDS = 30.0
MAX_BACKOFF_SECONDS = 60.0


def step(goal: Goal, observation: Observation, progress: Progress = NEW, now: float = 0.0) -> Step:
    return decide(goal, observation, seen(progress, observation), now)


def ready_from(backup: str) -> Observation:
    return Observation(Phase.READY, backup=backup)


TRANSIENT = Observation(Phase.FAILED, transient=True)
FAILED = Observation(Phase.FAILED)
START_FAILED = Observation(Phase.FAILED, start_failed=True)
STOP_FAILED = Observation(Phase.FAILED, stop_failed=True)


@pytest.mark.parametrize(
    ("observation", "towards_ready", "towards_stopped"),
    [
        (Observation(Phase.STOPPED), Do(Act.START), Done()),
        (Observation(Phase.STARTING), Wait(), Wait()),
        (Observation(Phase.READY), Done(), Do(Act.STOP)),
        (Observation(Phase.STOPPING), Wait(), Wait()),
        (TRANSIENT, Do(Act.START), Done()),
        (START_FAILED, Do(Act.START), Done()),
        (FAILED, Fail(Rule.FAILED), Done()),
        (STOP_FAILED, Fail(Rule.STOP_FAILED), Fail(Rule.STOP_FAILED)),
        (Observation(Phase.GONE), Fail(Rule.GONE), Done()),
        (Observation(Phase.ABSENT), Fail(Rule.ABSENT), Done()),
    ],
    ids=lambda value: str(getattr(value, "phase", "")) or None,
)
def test_the_first_step_in_each_phase(
    observation: Observation, towards_ready: Step, towards_stopped: Step
) -> None:
    assert step(READY, observation) == towards_ready
    assert step(STOPPED, observation) == towards_stopped


@pytest.mark.parametrize(
    ("goal", "observation", "expected"),
    [
        (BACKUP, Observation(Phase.STOPPED), Do(Act.START, "b1")),
        (BACKUP, ready_from("b1"), Done()),
        (BACKUP, ready_from("b0"), Fail(Rule.OTHER_BACKUP)),
        (BACKUP, ready_from(""), Fail(Rule.OTHER_BACKUP)),
        (RESTART, ready_from("b1"), Done()),
        (RESTART, ready_from("b0"), Do(Act.STOP)),
        (RESTART, ready_from(""), Do(Act.STOP)),
        (READY, ready_from("b0"), Done()),
    ],
)
def test_the_step_when_a_backup_is_requested(
    goal: Goal, observation: Observation, expected: Step
) -> None:
    assert step(goal, observation) == expected


def started(goal: Goal = READY, on: Phase = Phase.STOPPED, now: float = 0.0) -> Progress:
    return acted(NEW, Do(Act.START, goal.backup), on, now)


def test_only_a_read_that_names_the_backup_counts() -> None:
    assert step(BACKUP, ready_from("")) == Fail(Rule.OTHER_BACKUP)
    assert step(BACKUP, ready_from(""), started(BACKUP)) == Fail(Rule.BACKUP_NOT_RESTORED)
    assert step(BACKUP, ready_from("b1"), started(BACKUP)) == Done()


def test_acts_and_their_effects_are_counted() -> None:
    progress = acted(acted(NEW, Do(Act.STOP), Phase.READY, 1.0), Do(Act.START), Phase.STOPPED, 2.0)
    assert (progress.attempts, progress.starts, progress.stops) == (2, 1, 1)
    assert (progress.last_act, progress.acted_at) == (Act.START, 2.0)
    assert (progress.acted_on, progress.took_effect, progress.ineffective) == (
        Phase.STOPPED,
        False,
        2,
    )


def test_an_act_that_took_effect_does_not_count_against_the_next() -> None:
    once = seen(started(), Observation(Phase.STARTING))
    twice = acted(once, Do(Act.START), Phase.STOPPED, 40.0)
    assert step(READY, Observation(Phase.STOPPED), twice, 40.0 + GRACE_SECONDS) == Do(Act.START)


def test_somebody_elses_start_from_another_backup_is_restarted_once() -> None:
    progress = seen(started(RESTART), ready_from("b0"))
    assert step(RESTART, ready_from("b0"), progress, 60.0) == Do(Act.STOP)


def test_a_second_restart_for_the_same_backup_is_not_tried() -> None:
    stopped = acted(NEW, Do(Act.STOP), Phase.READY, 0.0)
    again = acted(seen(stopped, Observation(Phase.STOPPED)), Do(Act.START, "b1"), Phase.STOPPED, 9)
    assert step(RESTART, ready_from("b0"), again, 9 + GRACE_SECONDS - 0.1) == Wait()
    found = step(RESTART, ready_from("b0"), again, 9 + GRACE_SECONDS)
    assert found == Fail(Rule.BACKUP_NOT_RESTORED)


@pytest.mark.parametrize(
    ("goal", "act", "phase", "rule"),
    [
        (READY, Act.START, Phase.STOPPED, Rule.START_NO_EFFECT),
        (STOPPED, Act.STOP, Phase.READY, Rule.STOP_NO_EFFECT),
        (RESTART, Act.STOP, Phase.READY, Rule.STOP_NO_EFFECT),
    ],
)
def test_stale_read_after_an_own_act(goal: Goal, act: Act, phase: Phase, rule: Rule) -> None:
    observation = Observation(phase, backup="b0")
    do = Do(act, goal.backup if act is Act.START else "")
    once = acted(NEW, do, phase, 0.0)
    assert step(goal, observation, once, GRACE_SECONDS - 0.1) == Wait()
    assert step(goal, observation, once, GRACE_SECONDS) == do
    twice = acted(once, do, phase, GRACE_SECONDS)
    assert step(goal, observation, twice, 2 * GRACE_SECONDS - 0.1) == Wait()
    assert step(goal, observation, twice, 2 * GRACE_SECONDS) == Fail(rule)


def test_somebody_elses_stop_is_the_next_observation() -> None:
    progress = seen(started(), Observation(Phase.STARTING))
    assert step(READY, Observation(Phase.STOPPED), progress, 1) == Do(Act.START)


def test_a_failed_start_is_tried_again_after_a_delay() -> None:
    progress = seen(started(), TRANSIENT)
    assert step(READY, TRANSIENT, progress, 1) == BackOff(INTERVAL)
    settled = replace(progress, failures=1, retry_at=4.0)
    assert step(READY, TRANSIENT, settled, 3.9) == Wait()
    assert step(READY, TRANSIENT, settled, 4.0) == Do(Act.START)
    assert acted(settled, Do(Act.START), Phase.FAILED, 4.0).retry_at is None
    assert refused(READY, settled, 4.0).retry_at is None


def test_a_start_that_failed_before_the_request_is_repeated_once() -> None:
    assert step(BACKUP, START_FAILED) == Do(Act.START, "b1")
    progress = started(on=Phase.FAILED)
    assert step(READY, START_FAILED, progress, GRACE_SECONDS - 0.1) == Wait()
    assert step(READY, START_FAILED, progress, GRACE_SECONDS) == Fail(Rule.FAILED)
    # Another client's start fails while this request waits.
    assert step(READY, START_FAILED, seen(NEW, Observation(Phase.STARTING)), 60) == Do(Act.START)


@given(
    failures=st.integers(0, 100),
    interval=st.floats(1, 60),
    timeout=st.floats(1, 3540),
    share=st.floats(0, 1),
)
def test_no_delay_takes_more_than_a_quarter_of_the_time_left(
    failures: int, interval: float, timeout: float, share: float
) -> None:
    goal, now = replace(READY, interval=interval, timeout=timeout), timeout * share
    longest = max(interval, (timeout - now) / 4)
    progress = replace(seen(started(), TRANSIENT), failures=failures, conflicts=failures)
    found = decide(goal, TRANSIENT, replace(progress, took_effect=True), now)
    assert isinstance(found, BackOff)
    assert found.ceiling <= longest
    assert refused(goal, progress, now).held_until - now <= longest + 1e-6


def test_a_failure_just_after_a_retry_may_be_the_old_one() -> None:
    progress = acted(seen(started(), TRANSIENT), Do(Act.START), Phase.FAILED, 10.0)
    assert step(READY, TRANSIENT, progress, 10.0 + GRACE_SECONDS - 0.1) == Wait()
    assert isinstance(step(READY, TRANSIENT, progress, 10.0 + GRACE_SECONDS), BackOff)


@pytest.mark.parametrize(("failures", "ceiling"), [(0, 5), (1, 10), (2, 20), (3, 40), (4, 60)])
def test_backoff_doubles_up_to_a_minute(failures: int, ceiling: float) -> None:
    progress = replace(seen(started(), TRANSIENT), failures=failures)
    assert step(READY, TRANSIENT, progress, 1) == BackOff(ceiling)


@given(failures=st.integers(0, 10_000), interval=st.floats(1, 60))
def test_backoff_stays_within_its_bounds(failures: int, interval: float) -> None:
    progress = replace(seen(started(), TRANSIENT), failures=failures)
    found = decide(replace(READY, interval=interval), TRANSIENT, progress, 1)
    assert isinstance(found, BackOff)
    assert interval <= found.ceiling <= MAX_BACKOFF_SECONDS


def test_each_refusal_delays_the_next_act_longer() -> None:
    once = refused(READY, NEW, 100.0)
    assert once == replace(NEW, attempts=1, conflicts=1, held_until=105.0)
    stopped = Observation(Phase.STOPPED)
    assert step(READY, stopped, once, 104.9) == Wait()
    assert step(READY, stopped, once, 105.0) == Do(Act.START)
    assert step(READY, ready_from(""), once, 101.0) == Done()
    assert refused(READY, once, 105.0).held_until == 115.0
    assert refused(READY, replace(once, conflicts=9), 105.0).held_until == 165.0
    assert acted(once, Do(Act.START), Phase.STOPPED, 105.0).conflicts == 0


@given(
    goal=st.builds(Goal, st.sampled_from(Target), st.sampled_from(["", "b1"]), st.booleans()),
    observation=st.builds(
        Observation,
        st.sampled_from(Phase),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["", "b0", "b1"]),
    ),
)
def test_a_stop_is_never_decided_without_permission(goal: Goal, observation: Observation) -> None:
    found = step(goal, observation)
    if found == Do(Act.STOP):
        assert goal.target is Target.STOPPED or (goal.may_restart and goal.backup)
