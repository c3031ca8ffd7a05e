"""Decisions about runs and about what others start: pure functions, as in `waiter.wait.decide`."""

from dataclasses import dataclass

from waiter.wait.decide import GRACE_SECONDS, act
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
    Wait,
)

RETRY_SECONDS = 60.0
"""Lambda runs a killed invocation again after a minute. A younger one is the first."""


@dataclass(frozen=True)
class Wanted:
    """The target of a wait, as its failure names it: "it was not ``name`` within 60 s".

    ``topic`` is the heading in docs/operations.md for that.
    """

    name: str
    topic: str = "timeout"


@dataclass(frozen=True)
class TooLarge(Observation):
    """A read of something that is ready, but whose attributes don't fit into an answer."""


@dataclass(frozen=True)
class RunObservation(Observation):
    """A read before a run's start.

    This invocation began ``delay`` seconds after it was requested. ``uncertain`` is true if a start
    may have reached the service unanswered. The service honours the start's client token for
    ``token_seconds``; 0 if it has none.
    """

    delay: float = 0.0
    uncertain: bool = False
    token_seconds: float = 0.0


def run(_goal: Goal, observation: Observation, progress: Progress, now: float) -> Step:
    """Start once and wait for the end. A Create is as recent as its first start."""
    return _run(observation, progress, now, sure=False)


def run_again(_goal: Goal, observation: Observation, progress: Progress, now: float) -> Step:
    """Start once and wait for the end. An Update may be a rollback, so the stack must be sure."""
    return _run(observation, progress, now, sure=True)


def _run(observation: Observation, progress: Progress, now: float, *, sure: bool) -> Step:
    if not progress.starts:
        if isinstance(observation, RunObservation) and may_be_under_way(observation, now):
            return Fail(Rule.FAILED)
        moves = observation.phase in (Phase.STARTING, Phase.STOPPING)
        # While another run of the same target is in flight, ours can't be told from it.
        return Wait() if moves else Do(Act.START, sure=sure)
    match observation.phase:
        case Phase.READY:
            return Done()
        case Phase.STARTING | Phase.STOPPING:
            return Wait()
        case Phase.ABSENT:
            # Some services show a run only after a while.
            recent = now - progress.acted_at < GRACE_SECONDS
            return Wait() if recent else Fail(Rule.ABSENT)
        case Phase.GONE:
            return Fail(Rule.GONE)
    return Fail(Rule.FAILED)


def given_run(_goal: Goal, observation: Observation, _progress: Progress, _now: float) -> Step:
    """Answer with the first read, whatever it shows: the run belongs to an earlier request."""
    return Fail(Rule.FAILED) if isinstance(observation, TooLarge) else Done()


def cancelled_run(_goal: Goal, observation: Observation, progress: Progress, now: float) -> Step:
    """Cancel a run that is in flight, and wait for its end."""
    if not progress.took_effect and now - progress.acted_at < GRACE_SECONDS:
        # It may be a stale read.
        return Wait()
    match observation.phase:
        case Phase.STARTING:
            return act(Do(Act.CANCEL), progress, Rule.STOP_NO_EFFECT)
        case Phase.STOPPING:
            return Wait()
    return Done()


def awaited(_goal: Goal, observation: Observation, _progress: Progress, _now: float) -> Step:
    """Wait for what others do; never act."""
    match observation.phase:
        case Phase.READY:
            return Done()
        case Phase.ABSENT:
            return Fail(Rule.ABSENT)
        case Phase.GONE:
            return Fail(Rule.GONE)
        case Phase.FAILED:
            return Fail(Rule.FAILED)
    return Wait()


def may_be_under_way(observation: RunObservation, now: float) -> bool:
    """Tell whether an earlier start may have made a run that a new start wouldn't find."""
    lasts = observation.token_seconds
    repeated = observation.delay >= max(RETRY_SECONDS, lasts)
    return repeated or (observation.uncertain and now >= lasts)
