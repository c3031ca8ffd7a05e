"""What one act came to, and what must always hold of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.foreign import FOREIGN_USER
from soak.ground import backup_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deployer import StackEvent
    from soak.story import Act, Story

MAX_ANSWER = 4096
NOT_ANSWERED = "waiting for ResponseURL callback"
GONE = {"", "DELETED", "DELETE_IN_PROGRESS", "DELETE_FAILED"}


@dataclass(frozen=True)
class Seen:
    """One act, from outside.

    ``before`` is the act before it, None for a create. ``requests`` are those of both sessions,
    ``answers`` those that CloudFormation took; ``killed`` tells whether the function was hit.
    ``now`` and ``from_backup`` are the session's afterwards, ``state`` that of the one before it.
    """

    story: Story
    act: Act
    before: Act | None
    status: str
    outputs: dict[str, str]
    events: list[StackEvent]
    requests: list[dict[str, Any]]
    answers: list[dict[str, Any]]
    killed: bool
    state: str
    now: str
    from_backup: str | None

    @property
    def well(self) -> bool:
        """Whether it ended as it was asked for."""
        return self.status == f"{self.act.kind.upper()}_COMPLETE"

    @property
    def rolled_back_at(self) -> str:
        """When its rollback began; empty without one."""
        return next((e.at for e in self.events if e.status.endswith("ROLLBACK_IN_PROGRESS")), "")

    @property
    def restores(self) -> bool:
        """Whether a backup is asked for anew."""
        old = self.before
        new = backup_id(self.story, self.act)
        return (
            bool(new)
            and self.act.kind != "delete"
            and (old is None or new != backup_id(self.story, old))
        )

    def accepted(self, operation: str) -> list[dict[str, Any]]:
        """Return the function's requests of an operation that were carried out."""
        named = [r for r in self.requests if r["operation"] == f"{operation}StreamingSession"]
        own = [r for r in named if r["caller"] != FOREIGN_USER]
        return [r for r in own if r["outcome"] == "OK" and not r["replayed"]]

    def violations(self) -> Iterator[str]:
        """Say what does not hold."""
        yield from self._answers()
        yield from self._acts()
        yield from self._ends()

    def _answers(self) -> Iterator[str]:
        for request, count in Counter(a["RequestId"] for a in self.answers).items():
            if count > 1:
                yield f"request {request} has {count} answers"
        if not self.killed and any(NOT_ANSWERED in event.reason for event in self.events):
            yield "a request has no answer"
        for answer in self.answers:
            state, reason = answer.get("Data", {}).get("State"), answer.get("Reason", "")
            undone = self.rolled_back_at and "being undone" in reason
            if answer["Status"] == "SUCCESS" and state not in (None, "READY") and not undone:
                yield f"SUCCESS with a session that is {state!r}"
            if answer["Status"] == "FAILED" and "docs/operations.md#" not in reason:
                yield f"a failure without its entry: {reason}"
            if not reason.isprintable():
                yield f"a reason that is not printable: {reason!r}"
            if answer["Size"] > MAX_ANSWER:
                yield f"an answer of {answer['Size']} bytes"

    def _acts(self) -> Iterator[str]:
        starts, stops = self.accepted("Start"), self.accepted("Stop")
        if starts and self.act.kind == "delete":
            yield "a delete started the session"
        if self.rolled_back_at and any(s["at"] > self.rolled_back_at for s in starts):
            yield "a rollback started the session"
        may_stop = self.story.stop and (self.act.kind == "delete" or self._removes)
        if stops and not (may_stop or (self.restores and self.act.restart)):
            yield "a stop that nobody allowed"
        if len({s["clientToken"] for s in starts}) != len(starts):
            yield "two starts under one token"
        if not self.act.faults and len(starts) > 1:
            yield f"{len(starts)} starts without a fault"

    @property
    def _removes(self) -> bool:
        replaced = self.before is not None and self.before.other != self.act.other
        return bool(self.rolled_back_at) or replaced

    @property
    def undoable(self) -> str:
        """Why a rollback failed that must never fail; empty where there is no reason."""
        if self.status != "UPDATE_ROLLBACK_FAILED":
            return ""
        return "killed" if self.killed else "gone" if self.state in GONE else ""

    def _ends(self) -> Iterator[str]:
        if self.well and self.act.kind != "delete" and self.outputs["State"] != "READY":
            yield f"{self.status} with the output {self.outputs['State']!r}"
        if self.well and self.act.kind != "delete" and not self.act.faults and self.now != "READY":
            yield f"{self.status} and the session is {self.now}"
        if self.status == "UPDATE_ROLLBACK_FAILED" and not self.undoable:
            yield f"UPDATE_ROLLBACK_FAILED with a session that is {self.state}"
        foreign = any(fault["kind"] == "foreign" for fault in self.act.faults)
        if self.well and self.act.kind != "delete" and self.accepted("Start") and not foreign:
            wanted = backup_id(self.story, self.act) if self.restores else None
            if self.from_backup != wanted:
                yield f"started from {self.from_backup} instead of {wanted}"
