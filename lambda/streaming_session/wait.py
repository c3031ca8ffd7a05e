"""The wait: observe, decide, act, until the aim is reached, lost, or this invocation ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from streaming_session import decide as deciding
from streaming_session import log
from streaming_session.decide import decide
from streaming_session.exceptions import Kind, ServiceError
from streaming_session.outcome import Cancelled, HandOver, Lost, Reached
from streaming_session.plan import Act, Aim, BackOff, Do, Done, Fail, Rule, Wait
from streaming_session.tokens import client_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from streaming_session.journey import Journey
    from streaming_session.lifecycle import Lifecycle, Sighting
    from streaming_session.outcome import Outcome
    from streaming_session.plan import Goal
    from streaming_session.stack import Stack

MAX_INTERVAL_SECONDS = 60.0
JITTER = 0.1
DENIED_SECONDS = 60.0
"""How long a refusal of IAM is taken for a policy that has not spread yet."""


@dataclass(frozen=True, slots=True)
class World:
    """Time and chance, given from outside.

    Attributes
    ----------
    now
        Seconds since the epoch.
    sleep
        Waits for some seconds.
    random
        A number from 0 to 1.
    invocation_left
        Seconds that this invocation may still take before the wait has to be handed over.
    """

    now: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]
    invocation_left: Callable[[], float]


@dataclass(slots=True)
class Waiting:
    """One invocation's part of a wait.

    Attributes
    ----------
    lifecycle, goal, stack, world
        What is waited for, what is wanted, what may make it void, and time.
    journey
        What was done so far; kept up to date for the hand-over and the answer.
    timeout, interval
        Of the request, in seconds.
    request_id
        From which client tokens are made.
    """

    lifecycle: Lifecycle
    goal: Goal
    stack: Stack
    world: World
    journey: Journey
    timeout: float
    interval: float
    request_id: str
    _sighting: Sighting | None = None
    _doing: str = ""

    def run(self) -> Outcome:
        """Wait. Every read, act and sleep of the request happens below here."""
        while True:
            try:
                outcome = self._round()
            except ServiceError as error:
                outcome = self._fault(error)
            else:
                self._calm_down()
            if outcome is None and self._elapsed() >= self.timeout:
                outcome = self._lost(*self._deadline())
            if outcome is not None:
                return outcome
            delay = self._delay()
            if self.world.invocation_left() <= delay:
                return self._hand_over()
            self.world.sleep(delay)

    def _elapsed(self) -> float:
        return self.world.now() - self.journey.started_at

    def _round(self) -> Outcome | None:
        sighting = self._look()
        progress = deciding.seen(self.journey.progress, sighting.observation)
        self.journey = replace(self.journey, progress=progress)
        now = self._elapsed()
        step = decide(self.goal, sighting.observation, progress, now, self.interval)
        if isinstance(step, BackOff):
            self._back_off(step, sighting)
            step = Wait()
        if isinstance(step, Done):
            return Reached(sighting)
        if isinstance(step, Fail):
            return self._lost(*_failure(step.rule, sighting), step)
        if now >= self.timeout:
            # Before the round counts as one that went well: its fault may be the reason.
            return self._lost(*self._deadline())
        if self.stack.cancels(step, progress):
            return Cancelled(sighting)
        if isinstance(step, Do):
            return self._act(step, sighting)
        return None

    def _look(self) -> Sighting:
        self.journey = replace(self.journey, polls=self.journey.polls + 1)
        self._doing = "look"
        sighting = self.lifecycle.look()
        self._worked()
        if sighting.label != self.journey.last_seen:
            log.line("state", seen=sighting.label, **self._when())
        self._sighting = sighting
        self.journey = replace(self.journey, last_seen=sighting.label)
        return sighting

    def _act(self, step: Do, sighting: Sighting) -> Outcome | None:
        if step.act is Act.STOP and self._spares():
            return Reached(sighting, spared=True)
        journey = self.journey
        self._doing = step.act.value
        token = client_token(self.request_id, step.act, journey.progress.attempts + 1)
        log.line(step.act.value, **self._when(attempt=journey.progress.attempts + 1))
        try:
            self.lifecycle.do(step, token)
        except ServiceError as error:
            if error.kind is Kind.CONFLICT:
                log.line("conflict", error=str(error), **self._when())
                self.journey = replace(journey, progress=deciding.refused(journey.progress))
                return None
            if error.kind is Kind.TRANSIENT and step.act is Act.START:
                self.journey = replace(journey, uncertain=True)
            raise
        self._worked()
        acted = deciding.acted(journey.progress, step, sighting.observation.phase, self._elapsed())
        self.journey = replace(self.journey, progress=acted)
        return None

    def _spares(self) -> bool:
        return self.goal.aim is Aim.STOPPED and self.stack.spares()

    def _back_off(self, step: BackOff, sighting: Sighting) -> None:
        journey = self.journey
        delay = step.ceiling * self.world.random()
        progress = replace(
            journey.progress,
            retry_at=self._elapsed() + delay,
            failures=journey.progress.failures + 1,
        )
        self.journey = replace(
            journey,
            progress=progress,
            first_failure=journey.first_failure or sighting.label,
            first_topic=journey.first_topic or sighting.topic,
        )
        log.line("start-again", after=round(delay, 1), **self._when())

    def _fault(self, error: ServiceError) -> Outcome | None:
        journey = self.journey
        if error.kind is Kind.REFUSED:
            return self._lost(f"{error.operation} was refused with {_said(error)}", error.code)
        if error.kind is Kind.DENIED:
            return self._denied(error)
        grows = self.interval * 2.0**journey.stretch < MAX_INTERVAL_SECONDS
        if not journey.last_fault:
            log.line("fault", error=str(error), **self._when())
        self.journey = replace(journey, stretch=journey.stretch + grows, last_fault=str(error))
        return None

    def _calm_down(self) -> None:
        """Shrink the interval after a round without a fault, as it grew: step by step."""
        stretch = max(0, self.journey.stretch - 1)
        self.journey = replace(self.journey, stretch=stretch, last_fault="")

    def _denied(self, error: ServiceError) -> Outcome | None:
        now = self._elapsed()
        if self.journey.denied != self._doing:
            log.line("denied", error=str(error), **self._when())
            self.journey = replace(self.journey, denied=self._doing, denied_since=now)
        if now - self.journey.denied_since < DENIED_SECONDS:
            return None
        what = f"IAM has refused {error.operation} for {DENIED_SECONDS:.0f} s with {_said(error)}"
        return self._lost(what, error.code)

    def _worked(self) -> None:
        if self.journey.denied == self._doing:
            self.journey = replace(self.journey, denied="")

    def _lost(self, what: str, topic: str, step: Fail | None = None) -> Outcome:
        if self.stack.cancels(step or Fail(Rule.FAILED), self.journey.progress):
            return Cancelled(self._sighting)
        return Lost(what, topic)

    def _deadline(self) -> tuple[str, str]:
        limit = f"within {self.timeout:.0f} s"
        journey = self.journey
        if journey.first_failure:
            attempts = journey.progress.starts
            tries = "one start" if attempts == 1 else f"{attempts} starts"
            return (
                f"{journey.first_failure}. It was not READY {limit}, after {tries}",
                journey.first_topic,
            )
        if journey.last_fault:
            seen = f"; it was last seen {journey.last_seen}" if journey.last_seen else ""
            return (
                f"the service could not be asked {limit}: {journey.last_fault}{seen}",
                "unreachable",
            )
        aim = self.goal.aim.value.upper()
        return f"it was not {aim} {limit}; it was last seen {journey.last_seen}", "timeout"

    def _delay(self) -> float:
        stretched = min(MAX_INTERVAL_SECONDS, self.interval * 2.0**self.journey.stretch)
        jittered = stretched * (1 + JITTER * (2 * self.world.random() - 1))
        left = self.timeout - self._elapsed()
        retry_at = self.journey.progress.retry_at
        if retry_at is not None and retry_at > self._elapsed():
            left = min(left, retry_at - self._elapsed())
        return min(jittered, max(0.0, left))

    def _hand_over(self) -> Outcome:
        return Cancelled(self._sighting) if self.stack.is_undone() else HandOver()

    def _when(self, attempt: int | None = None) -> dict[str, float | int]:
        made = self.journey.progress.attempts if attempt is None else attempt
        return {"attempt": made, "seconds": round(self._elapsed(), 1)}


def _said(error: ServiceError) -> str:
    return f"{error.code}: {error.message}" if error.message else error.code


def _failure(rule: Rule, sighting: Sighting) -> tuple[str, str]:
    """Return what was seen, and the entry of docs/operations.md, for a rule of `decide`."""
    label = sighting.label
    match rule:
        case Rule.FAILED | Rule.STOP_FAILED:
            return label, sighting.topic or rule.value
        case Rule.OTHER_BACKUP:
            backup = sighting.observation.backup or "no backup that it names"
            return f"it is READY, started from {backup}, and must not be restarted", rule.value
        case Rule.BACKUP_NOT_RESTORED:
            return "it was stopped and started for the backup, and another is there", rule.value
        case Rule.START_UNHEEDED | Rule.STOP_UNHEEDED:
            return f"the service accepted it twice and the session stays {label}", rule.value
    return label, rule.value
