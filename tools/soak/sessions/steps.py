"""The result of one step, and the rules that every step must follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.faults.external_acts import EXTERNAL_CALLER
from soak.checks.steps import (
    AGREE_SECONDS,
    CALL_SECONDS,
    MUTE,
    STARTED_MARGIN_SECONDS,
    StepResult,
    time_of,
)
from soak.sessions.templates import backup_id
from soak.story import SETTLED_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soak.cloud.invocations import Invocation
    from soak.sessions.story import SessionStep, SessionStory

GONE = {"", "DELETED", "DELETE_IN_PROGRESS", "DELETE_FAILED"}


@dataclass(frozen=True)
class SessionStepResult(StepResult):
    """A step of a story of sessions.

    ``requests`` are the emulator's, for all sessions. ``states`` has each session's final state by
    its id, and ``histories`` the states before. ``from_backup`` is the backup from which the step's
    own session was started.
    """

    story: SessionStory
    step: SessionStep
    before: SessionStep | None
    requests: list[dict[str, Any]]
    states: dict[str, str]
    histories: dict[str, list[dict[str, Any]]]
    from_backup: str | None

    @property
    def restores(self) -> bool:
        """True if it asks for another backup than the step before."""
        old = self.before
        new = backup_id(self.story, self.step)
        return (
            bool(new)
            and self.step.kind != "delete"
            and (old is None or new != backup_id(self.story, old))
        )

    def asked(self, operation: str) -> list[dict[str, Any]]:
        """Return the function's requests of an operation, carried out or not."""
        named = [r for r in self.requests if r["operation"] == f"{operation}StreamingSession"]
        return [r for r in named if r["caller"] != EXTERNAL_CALLER]

    def accepted(self, operation: str, session_id: str) -> list[dict[str, Any]]:
        """Return an operation's requests about one session that were carried out."""
        own = [r for r in self.asked(operation) if r["sessionId"] == session_id]
        return [r for r in own if r["outcome"] == "OK" and not r["replayed"]]

    def violations(self) -> Iterator[str]:
        """Yield a sentence for each rule that the step breaks."""
        yield from self.silences()
        yield from self._answers()
        yield from self._starts()
        yield from self._stops()
        yield from self._permissions()
        yield from self._ends()

    def _answers(self) -> Iterator[str]:
        kinds = {invocation.request: invocation.kind for invocation in self.invocations}
        for answer in self.answers:
            kind = kinds.get(answer["RequestId"])
            state = answer.get("Data", {}).get("State")
            undone = kind == "Update" and self.is_void(answer)
            ready = kind == "Delete" or state == "READY" or undone
            if answer["Status"] == "SUCCESS" and not ready:
                yield f"SUCCESS with a session that is {state!r}"
            elif answer["Status"] == "SUCCESS" and kind in {"Create", "Update"} and not undone:
                yield from self._truth(answer)
            yield from self.forms(answer)

    def _truth(self, answer: dict[str, Any]) -> Iterator[str]:
        """Compare a SUCCESS with the session's state at the function's last read."""
        at = answer["At"]
        own = self.own(answer)
        session = own.session
        for name in ("SessionId", "Arn"):
            if answer["Data"].get(name, session).rpartition("/")[2] != session:
                yield f"SUCCESS for {session} with {name} {answer['Data'][name]!r}"
        reads = [
            read
            for read in self.asked("Get")
            if read["sessionId"] == session
            and read["outcome"] == "OK"
            # The client never receives such an answer.
            and "half-answer" not in read["faults"]
            and own.began <= read["at"] <= at
        ]
        # A retried invocation may read while the next request does, and nothing shows whose a read
        # is.
        alone = not any(
            invocation.session == session
            and invocation.began <= at
            and not ("" < invocation.ended < own.began)
            for invocation in self.invocations
            if invocation is not own
        )
        reads = reads[-1:] if alone else reads
        if not reads:
            yield f"SUCCESS without a read of {session}"
        # After a stale read, the function can't know the true state.
        elif not any("stale-read" in read["faults"] for read in reads):
            states = sorted({state for read in reads for state in self._statestime_of(read)})
            if "READY" not in states:
                yield f"SUCCESS, and {session} was {' or '.join(states)} when it was read"

    def _statestime_of(self, read: dict[str, Any]) -> Iterator[str]:
        """Return the states that a session was in while a read was carried out."""
        history = self.histories[read["sessionId"]]
        until = datetime.fromisoformat(read["at"])
        # The journal has the time at which a request ended, before any delay by a fault. All times
        # are cut to milliseconds.
        since = until - timedelta(milliseconds=read["milliseconds"] + 1)
        moments = [(datetime.fromisoformat(m["at"]), m["state"]) for m in history]
        yield from [state for at, state in moments if at <= since][-1:]
        yield from (state for at, state in moments if since < at <= until)

    def _starts(self) -> Iterator[str]:
        starts = self.asked("Start")
        if starts and self.step.kind == "delete":
            yield "a delete started the session"
        if self.rolled_back_at and any(self._is_undone(start) for start in starts):
            yield "a rollback started the session"
        for session_id in self.story.session_ids:
            accepted = self.accepted("Start", session_id)
            if len({s["clientToken"] for s in accepted}) != len(accepted):
                yield "two starts under one token"
            if not self.step.faults and len(accepted) > 1:
                yield f"{len(accepted)} starts without a fault"

    def _is_undone(self, start: dict[str, Any]) -> bool:
        """Tell whether a start came after the rollback began although it shouldn't have."""
        if start["at"] <= self.rolled_back_at:
            return False
        invocation = self._whose(start)
        if invocation is None or invocation.restores:
            return True
        # A Create that is less than a minute old starts a session without a query.
        young = invocation.kind == "Create" and self.step.age < SETTLED_SECONDS and self.step.again
        since = time_of(start["at"]) - time_of(self.rolled_back_at)
        stale = self.step.stack_fault == "stale" and since < timedelta(seconds=AGREE_SECONDS)
        return not (young or stale)

    def _whose(self, sent: dict[str, Any]) -> Invocation | None:
        """Return the first invocation of the request that started or stopped a session."""
        request = sent["clientToken"].split("-", 2)[-1]
        return next(
            (invocation for invocation in self.invocations if invocation.request == request), None
        )

    def _permissions(self) -> Iterator[str]:
        """Compare each start and stop with the request's deadline and the stack's answers."""
        for request in self.asked("Start") + self.asked("Stop"):
            verb = request["operation"].removesuffix("StreamingSession").lower()
            invocation, at = self._whose(request), request["at"]
            if invocation is None:
                yield f"a {verb} that no request made"
                continue
            late = (time_of(at) - invocation.deadline).total_seconds()
            if late > CALL_SECONDS:
                yield f"a {verb} {late:.0f} s after its deadline"
            answered = [
                (query["Action"], time_of(query["At"]))
                for query in self.queries
                if query["Fault"] in ("", "stale") and invocation.began <= query["At"] <= at
            ]
            statuses = [moment for action, moment in answered if action == "DescribeStacks"]
            # Two processes read their clocks, and cut the times to milliseconds.
            apart = timedelta(seconds=AGREE_SECONDS - 0.1)
            if verb == "stop" or invocation.restores:
                if not statuses or statuses[-1] - statuses[0] < apart:
                    yield f"a {verb} without two answers about the stack"
                # Unless the whole stack is deleted, another resource may hold the session.
                if (
                    invocation.kind == "Delete"
                    and self.step.kind == "update"
                    and len(statuses) == len(answered)
                ):
                    yield f"a {verb} without a list of the stack's resources"
            elif invocation.kind == "Update" and not statuses and self.step.stack_fault not in MUTE:
                yield f"a {verb} without an answer about the stack"

    def _stops(self) -> Iterator[str]:
        for stop in self.asked("Stop"):
            session_id, at = stop["sessionId"], stop["at"]
            # CloudFormation deletes the session's resource: with its stack, or after a replacement.
            deleted = any(
                invocation.kind == "Delete"
                and invocation.session == invocation.physical == session_id
                for invocation in self.invocations
                if invocation.began <= at
            )
            restarted = (
                self.restores
                and self.step.restart
                and session_id == self.story.session_id(self.step)
                and not (self.rolled_back_at and at > self.rolled_back_at)
            )
            if not (restarted or (deleted and self.story.stop)):
                yield f"a stop of {session_id} that was not allowed"
            elif deleted and not restarted and not self._is_own(stop):
                yield f"a stop of {session_id}, which the rollback had found running"

    def _is_own(self, stop: dict[str, Any]) -> bool:
        """Tell whether a session was started since the stack changed, if that matters."""
        invocation = self._whose(stop)
        if not invocation or not self.rolled_back_at or invocation.began < self.rolled_back_at:
            return True
        history = self.histories[stop["sessionId"]]
        starts = [m["at"] for m in history if m["state"] == "START_IN_PROGRESS"]
        last = max((at for at in starts if at <= stop["at"]), default="")
        margin = timedelta(seconds=STARTED_MARGIN_SECONDS - 1)
        return bool(last) and time_of(last) > time_of(self.events[0].at) + margin

    def reason(self, failed: Invocation) -> str:
        """See `StepResult.reason`."""
        return "gone" if self.states.get(failed.session, "") in GONE else super().reason(failed)

    def _ends(self) -> Iterator[str]:
        if self.status == "UPDATE_ROLLBACK_FAILED" and not self.undoable:
            yield f"UPDATE_ROLLBACK_FAILED with sessions that are {self.states}"
        if not self.well or self.step.kind == "delete":
            return
        if self.outputs["State"] != "READY":
            yield f"{self.status} with the output {self.outputs['State']!r}"
        # An update doesn't read a session whose resource doesn't change.
        asked_about = {
            invocation.session for invocation in self.invocations if invocation.kind != "Delete"
        }
        for session_id in sorted({self.story.session_id(self.step), *asked_about}):
            state = self.states.get(session_id, "")
            if not self.step.faults and state != "READY":
                yield f"{self.status} and {session_id} is {state!r}"
        external = any(fault["kind"] == "external-act" for fault in self.step.faults)
        if self.accepted("Start", self.story.session_id(self.step)) and not external:
            wanted = backup_id(self.story, self.step) if self.restores else None
            if self.from_backup != wanted:
                yield f"started from {self.from_backup} instead of {wanted}"
