"""The wait: observe, decide, act, until the aim is reached or lost, or this invocation ends."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from . import decide as deciding
from . import log
from .exceptions import Kind, ServiceError
from .journey import Journey
from .lifecycle import Lifecycle, Sighting
from .outcome import Cancelled, HandOver, Lost, Outcome, Reached
from .plan import Act, Aim, BackOff, Do, Done, Fail, Goal, Rule, Wait
from .stack import Stack
from .tokens import client_token
from .topics import HINTS

MAX_INTERVAL_SECONDS = 60.0
JITTER = 0.1
THROTTLED_STRETCH = 0.25
"""A fault doubles the interval; a refusal for the rate is a quarter of one.

Many sessions under one limit: short steps and much jitter use it up, long ones leave it idle.
"""
DENIED_SECONDS = 60.0
"""How long a new policy may take to spread."""
_DENIED = "AccessDeniedException"


@dataclass(frozen=True)
class World:
    """Seconds since the epoch, a way to let some pass, and a number from 0 to 1."""

    now: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]


def real() -> World:
    """Return the world as it is, with a clock that nobody sets back meanwhile."""
    began = time.time() - time.monotonic()
    return World(lambda: began + time.monotonic(), time.sleep, random.random)


@dataclass
class Waiting:
    """One invocation's part of a wait; ``time_left`` gives the seconds until its hand-over."""

    lifecycle: Lifecycle
    goal: Goal
    stack: Stack
    world: World
    journey: Journey
    time_left: Callable[[], float]
    request_id: str
    _sighting: Sighting | None = None

    def run(self) -> Outcome:
        """Wait. Every read, act and sleep of the request happens below here."""
        while True:
            try:
                outcome = self._round()
            except ServiceError as error:
                outcome = self._fault(error)
            if outcome is None and self._elapsed() >= self.goal.timeout:
                outcome = self._lost(*self._deadline())
            if outcome is not None:
                return outcome
            delay = self._delay()
            if self.time_left() <= delay:
                return Cancelled(self._sighting) if self.stack.is_undone() else HandOver()
            self.world.sleep(delay)

    def _elapsed(self) -> float:
        return self.world.now() - self.journey.started_at

    def _round(self) -> Outcome | None:
        sighting, journey, now = self._look(), self.journey, self._elapsed()
        step = deciding.decide(self.goal, sighting.observation, journey.progress, now)
        if isinstance(step, Done):
            return Reached(sighting)
        if isinstance(step, Fail):
            return self._lost(*_failure(step.rule, sighting, journey), step)
        if now >= self.goal.timeout:
            return None
        if self.stack.cancels(step, at_once=journey.polls == journey.invocation == 1):
            return Cancelled(sighting)
        if isinstance(step, BackOff):
            self._back_off(step, sighting)
        elif isinstance(step, Do):
            if step.act is Act.STOP and self.goal.aim is Aim.STOPPED and self.stack.spares():
                return Reached(sighting, spared=True)
            self._act(step, sighting)
        # A round without a fault: the interval shrinks again.
        journey.stretch, journey.last_fault, journey.denied = max(0.0, journey.stretch - 1), "", ""
        return None

    def _look(self) -> Sighting:
        journey = self.journey
        journey.polls += 1
        sighting = self.lifecycle.look()
        journey.progress = deciding.seen(journey.progress, sighting.observation)
        if sighting.label != journey.last_seen:
            log.line("state", phase=sighting.observation.phase.value, seen=sighting.label)
        self._sighting, journey.last_seen = sighting, sighting.label
        return sighting

    def _act(self, step: Do, sighting: Sighting) -> None:
        progress = self.journey.progress
        token = client_token(self.request_id, step.act, progress.attempts + 1)
        log.line(step.act.value, attempt=progress.attempts + 1)
        try:
            self.lifecycle.do(step, token)
        except ServiceError as error:
            if error.kind is Kind.CONFLICT:
                log.line("conflict", error=str(error))
                self.journey.progress = deciding.refused(self.goal, progress, self._elapsed())
                self.journey.last_conflict = str(error)
                if sighting.observation.passing:
                    self._note_failure(sighting)
                return
            if error.kind is Kind.TRANSIENT and step.act is Act.START:
                self.journey.uncertain = True
            raise
        phase = sighting.observation.phase
        self.journey.progress = deciding.acted(progress, step, phase, self._elapsed())
        self.journey.last_conflict = ""

    def _back_off(self, step: BackOff, sighting: Sighting) -> None:
        delay, journey = step.ceiling * self.world.random(), self.journey
        journey.progress = deciding.backed_off(journey.progress, self._elapsed() + delay)
        self._note_failure(sighting)
        log.line("start-again", after=round(delay, 1))

    def _note_failure(self, sighting: Sighting) -> None:
        journey = self.journey
        journey.first_failure = journey.first_failure or sighting.label
        journey.first_topic = journey.first_topic or sighting.topic

    def _fault(self, error: ServiceError) -> Outcome | None:
        journey, operation = self.journey, error.operation
        if error.kind is Kind.REFUSED:
            return self._lost(f"{operation} was refused with {error.said}", error.topic)
        if error.kind is Kind.DENIED:
            if journey.denied != operation:
                log.line("denied", error=str(error))
                journey.denied, journey.denied_since = operation, self._elapsed()
            if self._elapsed() - journey.denied_since >= DENIED_SECONDS:
                refused = f"IAM has refused {operation} for {DENIED_SECONDS:.0f} s"
                return self._lost(f"{refused} with {error.said}", _DENIED)
        else:
            if not journey.last_fault:
                log.line("fault", error=str(error))
            if self._longest() < MAX_INTERVAL_SECONDS:
                journey.stretch += THROTTLED_STRETCH if error.kind is Kind.THROTTLED else 1
        if not journey.last_fault:
            journey.fault_since = self._elapsed()
        journey.last_fault = str(error)
        topic = _DENIED if error.kind is Kind.DENIED else error.topic
        journey.last_topic = topic if topic in HINTS else "unreachable"
        # A rollback must not wait for a service that is down: it has seen nothing so far.
        down = self._elapsed() >= DENIED_SECONDS and self.stack.cancels(Wait())
        return Cancelled(None) if down else None

    def _lost(self, what: str, topic: str, step: Fail | None = None) -> Outcome:
        if self.stack.cancels(step or Fail(Rule.FAILED)):
            return Cancelled(self._sighting)
        return Lost(what, topic)

    def _deadline(self) -> tuple[str, str]:
        journey, limit = self.journey, f"within {self.goal.timeout:.0f} s"
        if journey.first_failure:
            tries = journey.progress.starts
            tried = f", after {tries} attempt{'s' * (tries != 1)}" if tries else ""
            busy = f"; {journey.last_conflict}" if journey.last_conflict else ""
            what = f"{journey.first_failure}. It was not READY {limit}{tried}{busy}"
            return what, journey.first_topic
        seen = f"; it was last seen {journey.last_seen}" if journey.last_seen else ""
        late = f"it was not {self.goal.aim.name} {limit}{seen}"
        if journey.last_fault and not seen:
            return (
                f"the service could not be asked {limit}: {journey.last_fault}",
                journey.last_topic,
            )
        if journey.last_fault:
            out = self._elapsed() - journey.fault_since
            what = f"{late}; without success for the last {out:.0f} s: {journey.last_fault}"
            # What goes wrong at the very end is not why it was late.
            return what, journey.last_topic if 2 * out >= self.goal.timeout else "timeout"
        if journey.last_conflict:
            return f"{late}; {journey.last_conflict}", "ConflictException"
        return late, "timeout"

    def _longest(self) -> float:
        return min(MAX_INTERVAL_SECONDS, self.goal.interval * 2**self.journey.stretch)

    def _delay(self) -> float:
        now, retry_at = self._elapsed(), self.journey.progress.retry_at
        shortest, longest = self.goal.interval * (1 - JITTER), self._longest() * (1 + JITTER)
        jittered = shortest + (longest - shortest) * self.world.random()
        until = self.goal.timeout
        if retry_at is not None and retry_at > now:
            until = min(until, retry_at)
        # A remainder that the clock can't tell from nothing would be waited for again and again.
        return max(0.01, min(jittered, until - now))


def _failure(rule: Rule, sighting: Sighting, journey: Journey) -> tuple[str, str]:
    """Return what was seen, and its entry of docs/operations.md."""
    what, topic = sighting.label, rule.value
    backup = sighting.observation.backup or "no backup that it names"
    match rule:
        case Rule.FAILED:
            # The codes tell of starts: their advice is wrong after a stop.
            topic = sighting.topic or topic
        case Rule.OTHER_BACKUP:
            what = f"it is READY, started from {backup}, and must not be restarted"
        case Rule.BACKUP_NOT_RESTORED:
            done = "stopped and started" if journey.progress.stops else "started"
            what = f"it was {done} for the backup, and runs from {backup}"
        case Rule.START_UNHEEDED | Rule.STOP_UNHEEDED:
            what = f"the service accepted it twice and the session stays {what}"
    return what, topic
