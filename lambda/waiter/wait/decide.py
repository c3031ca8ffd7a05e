"""Decide the next step: pure functions of the goal, the latest read and the progress so far."""

from dataclasses import replace

from .model import (
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

GRACE_SECONDS = 30.0
"""Time after an act during which a read of the old phase counts as stale."""

MAX_INEFFECTIVE = 2
"""Maximum number of times that an act is made without effect."""

MAX_BACKOFF_SECONDS = 60.0

SHORTEST_INTERVAL_SECONDS = 1.0
LATE_SHARE = 0.05
"""Maximum delay in noticing READY, as a share of the time that it took."""
READS_PER_SECOND = 10
"""Average rate of reads that all sessions of a stack share."""


def seen(progress: Progress, observation: Observation) -> Progress:
    """Record what a read shows about the newest act."""
    if progress.took_effect or observation.phase is progress.acted_on:
        return progress
    return replace(progress, took_effect=True, ineffective=0)


def acted(progress: Progress, step: Do, on: Phase, now: float) -> Progress:
    """Record an accepted act."""
    start = step.act is Act.START
    return replace(
        progress,
        attempts=progress.attempts + 1,
        starts=progress.starts + start,
        stops=progress.stops + (not start),
        last_act=step.act,
        acted_at=now,
        acted_on=on,
        took_effect=False,
        ineffective=progress.ineffective + 1,
        retry_at=None,
        conflicts=0,
    )


def refused(goal: Goal, progress: Progress, now: float) -> Progress:
    """Record an act that was refused because another operation is in flight."""
    return replace(
        progress,
        attempts=progress.attempts + 1,
        retry_at=None,
        conflicts=progress.conflicts + 1,
        held_until=now + _ceiling(goal, progress.conflicts, now),
    )


def backed_off(progress: Progress, until: float) -> Progress:
    """Record a failed start and when to start again."""
    return replace(progress, retry_at=until, failures=progress.failures + 1)


def decide(goal: Goal, observation: Observation, progress: Progress, now: float) -> Step:
    """Return the next step; ``progress`` must already include the observation, through `seen`."""
    step: Step = (goal.rules or _step)(goal, observation, progress, now)
    return Wait() if isinstance(step, Do) and now < progress.held_until else step


def pace(goal: Goal, waited: float) -> float:
    """Return the seconds until the next read, ``waited`` seconds after the first one."""
    share = max(SHORTEST_INTERVAL_SECONDS, LATE_SHARE * waited)
    return max(goal.sessions / READS_PER_SECOND, min(goal.interval, share))


def _step(goal: Goal, observation: Observation, progress: Progress, now: float) -> Step:
    if not progress.took_effect and now - progress.acted_at < GRACE_SECONDS:
        # This is the phase from before our own act, so it may be a stale read.
        return Wait()
    if goal.target is Target.STOPPED:
        return _towards_stopped(observation, progress)
    match observation.phase:
        case Phase.ABSENT:
            return Fail(Rule.ABSENT)
        case Phase.GONE:
            return Fail(Rule.GONE)
        case Phase.STARTING | Phase.STOPPING:
            return Wait()
        case Phase.STOPPED:
            return act(Do(Act.START, goal.backup), progress, Rule.START_NO_EFFECT)
        case Phase.READY:
            return _ready(goal, observation, progress, now)
    return _failed(goal, observation, progress, now)


def _towards_stopped(observation: Observation, progress: Progress) -> Step:
    match observation.phase:
        case Phase.STARTING | Phase.STOPPING:
            return Wait()
        case Phase.READY:
            return act(Do(Act.STOP), progress, Rule.STOP_NO_EFFECT)
    return Fail(Rule.STOP_FAILED) if observation.stop_failed else Done()


def _ready(goal: Goal, observation: Observation, progress: Progress, now: float) -> Step:
    if not goal.backup or observation.backup == goal.backup:
        return Done()
    if not goal.may_restart:
        # After our own start, allow_restart is no remedy: there is no earlier work to stop.
        return Fail(Rule.BACKUP_NOT_RESTORED if progress.starts else Rule.OTHER_BACKUP)
    if progress.stops and progress.last_act is Act.START:
        # We stopped and started it for the backup, but it runs from another one. Don't try again.
        # Just after the start, this may be a stale read from before the stop.
        recent = now - progress.acted_at < GRACE_SECONDS
        return Wait() if recent else Fail(Rule.BACKUP_NOT_RESTORED)
    return act(Do(Act.STOP), progress, Rule.STOP_NO_EFFECT)


def _failed(goal: Goal, observation: Observation, progress: Progress, now: float) -> Step:
    if observation.stop_failed:
        return Fail(Rule.STOP_FAILED)
    if (observation.start_failed or observation.transient) and not progress.starts:
        # Somebody else's start failed. The cause may be gone, and a new start will show that.
        return Do(Act.START, goal.backup)
    if not observation.transient:
        return Fail(Rule.FAILED)
    if progress.retry_at is None:
        return BackOff(_ceiling(goal, progress.failures, now))
    return Wait() if now < progress.retry_at else Do(Act.START, goal.backup)


def _ceiling(goal: Goal, times: int, now: float) -> float:
    # With an exponent of 6, even the shortest interval, a second, exceeds the longest delay.
    longest = min(MAX_BACKOFF_SECONDS, goal.interval * 2.0 ** min(times, 6))
    return max(goal.interval, min(longest, (goal.timeout - now) / 4))


def act(step: Do, progress: Progress, ineffective: Rule) -> Step:
    """Return ``step``, or a failure if the last such acts had no effect."""
    again = not progress.took_effect and progress.ineffective >= MAX_INEFFECTIVE
    return Fail(ineffective) if again else step
