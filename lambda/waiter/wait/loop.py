"""The wait loop: read, decide and act until it succeeds, fails or this invocation ends."""

import random
import time
from collections.abc import Callable, Container
from dataclasses import dataclass, field

from waiter.exceptions import Kind, ServiceError
from waiter.runtime import log

from . import decide
from .model import (
    Act,
    BackOff,
    Cancelled,
    Do,
    Done,
    Fail,
    Failed,
    Goal,
    HandOver,
    Lifecycle,
    Outcome,
    RequestType,
    Rule,
    Snapshot,
    Succeeded,
    Wait,
)
from .permission import (
    AGREE_SECONDS,
    NOT_READ,
    SETTLED_SECONDS,
    Need,
    Stack,
    Standing,
    Verdict,
    judge,
    need,
)
from .state import WaitState
from .tokens import client_token

MAX_INTERVAL_SECONDS = 60.0
JITTER = 0.1
THROTTLED_FIRST, THROTTLED_STRETCH = -1.6, 0.125
"""Added to the stretch when calls are throttled; any other fault adds 1, doubling the interval.

Many sessions share one rate limit, and a refused call uses little of it. A short first wait, small
steps and much jitter keep the limit in use. The sum of both is never 0, which means no fault.
"""
MUTE_SECONDS = 60.0
"""Maximum time for a new policy to spread, and minimum time to wait for a response."""
STARTED_MARGIN_SECONDS = 60.0
"""A start counts as the stack's own only if it's this much later than the stack's change."""
_DENIED = "AccessDeniedException"


@dataclass(frozen=True)
class Clock:
    """The time in seconds since the epoch, a sleep, and a random number from 0 to 1."""

    now: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]


def system_clock() -> Clock:
    """Return the system's clock, unaffected by later changes of the system time."""
    began = time.time() - time.monotonic()
    return Clock(lambda: began + time.monotonic(), time.sleep, random.random)


@dataclass
class Waiting:
    """One invocation's part of a wait.

    ``time_left`` returns the seconds until its hand-over. ``entries`` are the headings in
    docs/operations.md that a reason may link to.
    """

    lifecycle: Lifecycle
    goal: Goal
    stack: Stack
    clock: Clock
    state: WaitState
    time_left: Callable[[], float]
    kind: RequestType
    request_id: str
    entries: Container[str]
    _snapshot: Snapshot | None = None
    _standing: Standing = field(init=False)
    _agreed: Verdict | None = None
    _lasts_since: float | None = None

    def run(self, failed: Failed | None = None) -> Outcome:
        """Wait for the goal, or, if the request has ``failed``, until that may be reported.

        All reads, acts and sleeps of the request happen below here.
        """
        given = failed
        while True:
            try:
                outcome = failed or self._round()
            except ServiceError as error:
                outcome = self._fault(error)
            if outcome is None and self._is_late():
                outcome = Failed(*self._deadline())
            if isinstance(outcome, Failed):
                found, outcome = outcome, self._report(outcome)
                # Do nothing else between two answers about the stack.
                failed = found if self._lasts_since is not None else given
            if outcome is not None:
                return outcome
            delay = self._delay()
            if self.time_left() <= delay:
                return (self._cancelled() if self._is_void() else None) or HandOver()
            self.clock.sleep(delay)

    def _elapsed(self) -> float:
        return self.clock.now() - self.state.started_at

    def _is_late(self) -> bool:
        return self._elapsed() >= self.goal.timeout

    def _round(self) -> Outcome | None:
        snapshot, state, now = self._read(), self.state, self._elapsed()
        step = decide.decide(self.goal, snapshot.observation, state.progress, now)
        if isinstance(step, Done):
            return Succeeded(snapshot)
        if isinstance(step, Fail):
            return Failed(*_failure(step.rule, snapshot, state))
        if self._is_late():
            return None
        permitted = self._permit(step, snapshot)
        if not isinstance(permitted, bool):
            return permitted
        # Asking about the stack took time.
        if permitted and not self._is_late():
            if isinstance(step, BackOff):
                self._back_off(step, snapshot)
            elif isinstance(step, Do):
                self._act(step, snapshot)
                if "Run" in state.memory:
                    # If this invocation is killed, the next one must know its run.
                    return HandOver()
        # After a round without a fault, the interval shrinks again.
        state.stretch, state.last_fault, state.mute = max(0.0, state.stretch - 1), "", ""
        return None

    def _read(self) -> Snapshot:
        state = self.state
        if not state.polls:
            state.called_at = self._elapsed()
        state.polls += 1
        snapshot = self.lifecycle.read()
        state.answered = True
        state.progress = decide.seen(state.progress, snapshot.observation)
        if snapshot.label != state.last_seen:
            log.line("state", phase=snapshot.observation.phase, seen=snapshot.label)
        self._snapshot, state.last_seen = snapshot, snapshot.label
        return snapshot

    def _permit(self, step: Do | BackOff | Wait, snapshot: Snapshot) -> Outcome | bool | None:
        """Tell whether the stack allows a step now; raise ServiceError if it doesn't say."""
        state, kind = self.state, self.kind
        first = state.polls == state.invocation == 1 and self._elapsed() < SETTLED_SECONDS
        needed = need(kind, step, at_once=first)
        if needed is not Need.TWO:
            state.agreed = ""
        if needed is Need.NOTHING or (needed is Need.ONCE and state.asked):
            return True
        if not state.agreed:
            self._agreed = None
        elif self._elapsed() < state.agreed_at + AGREE_SECONDS:
            return False
        try:
            # If only a page of the list failed, the stack's status needn't be read again.
            verdict = self._agreed or self._ask()
        except ServiceError as error:
            if needed is Need.TWO or not self._is_mute(error):
                raise
            state.asked = True
            return True
        if verdict is Verdict.VOID:
            return self._cancelled()
        if verdict is Verdict.UNSURE or needed is not Need.TWO:
            return verdict is not Verdict.UNSURE
        if state.agreed != verdict:
            state.agreed, state.agreed_at = verdict, self._elapsed()
            return False
        self._agreed = verdict
        left = self._left_for(verdict, snapshot)
        return Succeeded(snapshot, left) if left else True

    def _cancelled(self) -> Cancelled | None:
        """Return the answer to a void request; None while what it contains can't be read."""
        seen = self._snapshot
        try:
            return Cancelled(seen.if_void() if seen and seen.if_void else seen)
        except ServiceError as error:
            ends = isinstance(self._fault(error), Failed) or self._is_late()
            return Cancelled(seen) if ends else None

    def _left_for(self, verdict: Verdict, snapshot: Snapshot) -> str:
        """Return why a session isn't stopped; empty if it is."""
        compares = verdict in (Verdict.IF_STARTED, Verdict.IF_STARTED_UNLESS_HELD)
        latest = self._standing.changed_at + STARTED_MARGIN_SECONDS
        if compares and (snapshot.started_at or 0.0) <= latest:
            return "found-running"
        if verdict is Verdict.LEAVE:
            return "moved"
        lists = verdict in (Verdict.UNLESS_HELD, Verdict.IF_STARTED_UNLESS_HELD)
        return "held" if lists and self.stack.is_held_elsewhere() else ""

    def _ask(self) -> Verdict:
        """Ask for the stack's status; raise ServiceError without an answer."""
        self._standing = self.stack.read()
        # At the deadline, a rollback counts whatever the age: the status isn't read again.
        age = max(self._elapsed(), AGREE_SECONDS * self._is_late())
        verdict = judge(self.kind, self._standing, age)
        self.state.asked = verdict is not Verdict.UNSURE
        if verdict != self.state.agreed:
            self.state.agreed = ""
        return verdict

    def _is_void(self) -> bool:
        try:
            return self._ask() is Verdict.VOID
        except ServiceError as error:
            log.line(NOT_READ, error=error)
            return False

    def _act(self, step: Do, snapshot: Snapshot) -> None:
        state, progress = self.state, self.state.progress
        token = client_token(self.request_id, step.act, progress.attempts + 1)
        state.agreed = ""
        try:
            self.lifecycle.perform(step, token)
        except ServiceError as error:
            if error.kind is Kind.REFUSED and step.act is not Act.START and not progress.conflicts:
                # It may have ended since the last read, and the next one shows that.
                error.kind = Kind.CONFLICT
            if error.kind is Kind.CONFLICT:
                if str(error) != state.last_conflict:
                    log.line("conflict", error=error)
                state.progress = decide.refused(self.goal, progress, self._elapsed())
                state.last_conflict = str(error)
                if snapshot.observation.start_failed:
                    self._note_failure(snapshot)
                return
            if error.kind is Kind.UNAVAILABLE and step.act is Act.START:
                state.uncertain, state.start_fault = True, str(error)
            raise
        log.line(step.act, attempt=progress.attempts + 1)
        phase = snapshot.observation.phase
        state.progress = decide.acted(progress, step, phase, self._elapsed())
        state.last_conflict = ""

    def _back_off(self, step: BackOff, snapshot: Snapshot) -> None:
        delay, state = step.ceiling * self.clock.random(), self.state
        state.progress = decide.backed_off(state.progress, self._elapsed() + delay)
        self._note_failure(snapshot)
        log.line("start-again", after=round(delay, 1))

    def _note_failure(self, snapshot: Snapshot) -> None:
        state = self.state
        state.first_failure = state.first_failure or snapshot.label
        state.first_topic = state.first_topic or snapshot.topic

    def _is_mute(self, error: ServiceError) -> bool:
        """Tell whether an operation has been denied, or gone unanswered, for a minute."""
        state, now = self.state, self._elapsed()
        denied = error.kind is Kind.DENIED
        mute = f"{error.kind} {error.operation}" if denied or not error.answered else ""
        if state.mute != mute:
            state.mute, state.mute_since = mute, now
            if denied:
                log.line("denied", error=error)
        return bool(mute) and now - state.mute_since >= MUTE_SECONDS

    def _fault(self, error: ServiceError) -> Outcome | None:
        state, operation, denied = self.state, error.operation, error.kind is Kind.DENIED
        mute = self._is_mute(error)
        state.answered |= error.answered
        if error.kind is Kind.REFUSED:
            return Failed(f"{operation} {error.verb} {error.said}", error.topic)
        if denied and mute:
            what = f"IAM has refused {operation} for {MUTE_SECONDS:.0f} s with {error.said}"
            return Failed(what, _DENIED)
        since_first_call = self._elapsed() - state.called_at
        if not state.answered and self.lifecycle.silence and since_first_call >= MUTE_SECONDS:
            what = f"nothing has answered for {MUTE_SECONDS:.0f} s: {error}"
            return Failed(what, self.lifecycle.silence)
        if not denied:
            if not state.last_fault:
                log.line("fault", error=error)
            if self._pace() * 2**state.stretch < MAX_INTERVAL_SECONDS:
                if error.kind is not Kind.THROTTLED:
                    state.stretch = max(0.0, state.stretch) + 1
                else:
                    state.stretch += THROTTLED_STRETCH if state.stretch else THROTTLED_FIRST
        if not state.last_fault:
            state.fault_since = self._elapsed()
        state.last_fault = str(error)
        topic = _DENIED if denied else error.topic
        state.last_topic = topic if topic in self.entries else "unreachable"
        # A rollback mustn't wait for a service that is down.
        waits = self.kind is RequestType.UPDATE and since_first_call >= MUTE_SECONDS
        if waits and not state.asked and error.topic != NOT_READ and self._is_void():
            return Cancelled(None)
        return None

    def _report(self, failed: Failed) -> Outcome | None:
        """Return the failure; None while it's unclear whether an Update's stack rolls back."""
        if failed.topic in (Rule.ABSENT, Rule.GONE) or self.kind is not RequestType.UPDATE:
            return failed
        ends, topic = False, NOT_READ
        try:
            verdict = self._ask()
            unread = f"its status is {self._standing.status}"
        except ServiceError as error:
            verdict, unread = Verdict.UNSURE, str(error)
            ends = isinstance(self._fault(error), Failed)
            if ends and error.kind is Kind.DENIED:
                topic = _DENIED
        if verdict is Verdict.VOID:
            return self._cancelled()
        if verdict is not Verdict.UNSURE:
            # Ask twice: a status from before a rollback mustn't make the rollback fail.
            self._lasts_since = self._lasts_since or self._elapsed()
            return failed if self._elapsed() >= self._lasts_since + AGREE_SECONDS else None
        self._lasts_since = None
        untold = f"{failed.what}; and the stack's status is unknown: {unread}"
        return Failed(untold, topic) if ends or self._is_late() else None

    def _deadline(self) -> tuple[str, str]:
        state, limit = self.state, f"within {self.goal.timeout:.0f} s"
        topic = getattr(self.goal.target, "topic", "timeout")
        if state.first_failure:
            tries = state.progress.starts
            tried = f", after {tries} attempt{'s' * (tries != 1)}" if tries else ""
            busy = f"; {state.last_conflict}" if state.last_conflict else ""
            what = f"{state.first_failure}. It was not READY {limit}{tried}{busy}"
            return what, state.first_topic
        seen = f"; it was last seen {state.last_seen}" if state.last_seen else ""
        late = f"it was not {self.goal.target.name} {limit}{seen}"
        if 2 * state.queued >= self.goal.timeout:
            return f"{late}; for {state.queued:.0f} s the request was in Lambda's queue", "late"
        if state.last_fault:
            if not seen:
                return f"no read succeeded {limit}: {state.last_fault}", state.last_topic
            out = self._elapsed() - state.fault_since
            what = f"{late}; calls have failed for the last {out:.0f} s: {state.last_fault}"
            # A fault at the very end isn't why it was late.
            return what, state.last_topic if 2 * out >= self.goal.timeout else topic
        if state.last_conflict:
            return f"{late}; {state.last_conflict}", "ConflictException"
        return late, topic

    def _pace(self) -> float:
        return decide.pace(self.goal, self._elapsed() - self.state.called_at)

    def _delay(self) -> float:
        now, state, goal, pace = self._elapsed(), self.state, self.goal, self._pace()
        shortest = pace * (1 - JITTER) if state.stretch >= 0 else decide.SHORTEST_INTERVAL_SECONDS
        longest = min(max(pace, MAX_INTERVAL_SECONDS), pace * 2**state.stretch) * (1 + JITTER)
        if state.stretch:
            # Don't lose the remaining time to our own backoff.
            longest = min(max(2.0, longest), max(decide.pace(goal, 0), (goal.timeout - now) / 4))
            shortest = min(shortest, longest)
        jittered = shortest + (longest - shortest) * self.clock.random()
        agrees_at = state.agreed_at + AGREE_SECONDS if state.agreed else now
        lasts_at = now if self._lasts_since is None else self._lasts_since + AGREE_SECONDS
        moments = (goal.timeout, state.progress.retry_at or now, agrees_at, lasts_at)
        until = min((at for at in moments if at > now), default=now)
        # A remainder too small for the clock would make the loop wait again and again.
        return max(0.01, min(jittered, until - now))


def _failure(rule: Rule, snapshot: Snapshot, state: WaitState) -> tuple[str, str]:
    """Return the failure's text and its heading in docs/operations.md."""
    what, topic = snapshot.label, str(rule)
    backup = snapshot.observation.backup or "no known backup"
    match rule:
        case Rule.FAILED:
            # Only here: the codes are about starts, so their advice is wrong after a stop.
            topic = snapshot.topic or topic
        case Rule.OTHER_BACKUP:
            what = f"it is READY, started from {backup}, and must not be restarted"
        case Rule.BACKUP_NOT_RESTORED:
            done = "stopped and started" if state.progress.stops else "started"
            what = f"it was {done} for the backup, and runs from {backup}"
        case Rule.START_NO_EFFECT | Rule.STOP_NO_EFFECT:
            what = f"the service accepted it twice, but the state is still {what}"
    return what, topic
