"""What to do next: a pure function of what is wanted, what was seen and what was done.

Nothing here knows a service, a clock or a network. Times are seconds since the request arrived.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streaming_session.plan import Act, Aim, BackOff, Do, Done, Fail, Phase, Rule, Wait

if TYPE_CHECKING:
    from streaming_session.plan import Goal, Observation, Progress, Step

GRACE_SECONDS = 30.0
"""How long the phase that an act was made from is taken for a stale read of it."""

MAX_UNHEEDED = 2
"""How often an act is made that shows no effect: once, and once more."""

MAX_BACKOFF_SECONDS = 60.0


def seen(progress: Progress, observation: Observation) -> Progress:
    """Note what a read tells about the newest act."""
    if progress.last_act is None or progress.heeded or observation.phase is progress.acted_on:
        return progress
    return replace(progress, heeded=True, unheeded=0)


def acted(progress: Progress, step: Do, on: Phase, now: float) -> Progress:
    """Note an act that was accepted, or that may have been."""
    start = step.act is Act.START
    return replace(
        progress,
        attempts=progress.attempts + 1,
        starts=progress.starts + start,
        stops=progress.stops + (not start),
        last_act=step.act,
        acted_at=now,
        acted_on=on,
        heeded=False,
        unheeded=progress.unheeded + 1,
        restored=start and bool(step.backup),
        retry_at=None,
    )


def refused(progress: Progress) -> Progress:
    """Note an act that something else in flight kept from happening."""
    return replace(progress, attempts=progress.attempts + 1, retry_at=None)


def decide(
    goal: Goal, observation: Observation, progress: Progress, now: float, interval: float
) -> Step:
    """Answer with the next step.

    Parameters
    ----------
    goal
        What is wanted.
    observation
        What the newest read saw; `seen` has been told of it.
    progress
        What was done so far.
    now
        Seconds since the request arrived.
    interval
        The poll interval in seconds, from which the backoff grows.
    """
    if _may_be_stale(observation, progress, now):
        return Wait()
    if goal.aim is Aim.STOPPED:
        return _towards_stopped(observation, progress)
    return _towards_ready(goal, observation, progress, now, interval)


def _may_be_stale(observation: Observation, progress: Progress, now: float) -> bool:
    """Tell whether a read shows the phase as it was before our own act."""
    return (
        not progress.heeded
        and observation.phase is progress.acted_on
        and now - progress.acted_at < GRACE_SECONDS
    )


def _towards_stopped(observation: Observation, progress: Progress) -> Step:
    match observation.phase:
        case Phase.STARTING | Phase.STOPPING:
            return Wait()
        case Phase.READY:
            return _act(Do(Act.STOP), progress, Rule.STOP_UNHEEDED)
        case Phase.FAILED if observation.stop_failed:
            return Fail(Rule.STOP_FAILED)
    return Done()


def _towards_ready(
    goal: Goal, observation: Observation, progress: Progress, now: float, interval: float
) -> Step:
    match observation.phase:
        case Phase.ABSENT:
            return Fail(Rule.ABSENT)
        case Phase.GONE:
            return Fail(Rule.GONE)
        case Phase.STARTING | Phase.STOPPING:
            return Wait()
        case Phase.STOPPED:
            return _act(Do(Act.START, goal.backup), progress, Rule.START_UNHEEDED)
        case Phase.READY:
            return _ready(goal, observation, progress)
    if observation.stop_failed:
        return Fail(Rule.STOP_FAILED)
    if not observation.passing:
        return Fail(Rule.FAILED)
    return _start_again(goal, progress, now, interval)


def _ready(goal: Goal, observation: Observation, progress: Progress) -> Step:
    if not goal.backup or observation.backup == goal.backup:
        return Done()
    if progress.restored and not observation.backup:
        # The service took our start with this backup and does not say what it restored.
        return Done()
    if not goal.may_restart:
        return Fail(Rule.OTHER_BACKUP)
    if progress.stops and progress.last_act is Act.START:
        # Stopped and started once for the backup, and another one is there: no second round.
        return Fail(Rule.BACKUP_NOT_RESTORED)
    return _act(Do(Act.STOP), progress, Rule.STOP_UNHEEDED)


def _start_again(goal: Goal, progress: Progress, now: float, interval: float) -> Step:
    if progress.starts and progress.retry_at is None:
        # An exponent of 6 takes the shortest interval of a second past the ceiling.
        growth = 2.0 ** min(progress.failures, 6)
        return BackOff(min(MAX_BACKOFF_SECONDS, interval * growth))
    if progress.retry_at is not None and now < progress.retry_at:
        return Wait()
    return Do(Act.START, goal.backup)


def _act(step: Do, progress: Progress, unheeded: Rule) -> Step:
    same = progress.last_act is step.act and not progress.heeded
    return Fail(unheeded) if same and progress.unheeded >= MAX_UNHEEDED else step
