"""Plays stories against the cloud."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from nimble_local.cloud.control import RefusedError
from soak.ground import SERVICE_SECONDS
from soak.seen import Seen
from workers import kill_workers

if TYPE_CHECKING:
    from deployer import Deployer
    from nimble_local.cloud.control import Control
    from soak.ground import Templates
    from soak.relay import Relay
    from soak.story import Act, Story

LOG_GROUP = "AWS::Logs::LogGroup"
LOOK_SECONDS = 0.5
REQUESTS = 3
"""How many requests an act may come to, one after the other."""


@dataclass
class Told:
    """What a story came to."""

    story: Story
    stack_id: str = ""
    statuses: list[tuple[str, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    undoable: list[str] = field(default_factory=list)
    kills: int = 0
    answers: int = 0
    invocations: int = 0


class Player:
    """Plays one story at a time; several players share the cloud."""

    def __init__(
        self, deployer: Deployer, control: Control, relay: Relay, templates: Templates
    ) -> None:
        self._deployer = deployer
        self._control = control
        self._relay = relay
        self._templates = templates

    def play(self, story: Story) -> Told:
        """Play a story to its end; whatever does not hold is told, nothing is raised."""
        told = Told(story)
        try:
            self._play(story, told)
        except Exception as error:  # noqa: BLE001 - one story's end must not be the others'
            told.violations.append(f"{type(error).__name__}: {error}")
        return told

    def _play(self, story: Story, told: Told) -> None:
        self._make_world(story)
        good: Act | None = None
        functions: set[str] = set()
        for drawn in story.acts:
            act = drawn
            if act.kind == "update" and (good is None or told.statuses[-1][1].endswith("FAILED")):
                continue
            if act.kind == "delete" and good is not None:
                # What is deleted is what was deployed last, not what failed to be.
                act = replace(good, **{n: getattr(act, n) for n in _TROUBLES}, kind="delete")
            seen = self._act(story, act, good, functions, told)
            if seen is None:
                continue
            told.statuses.append((act.kind, seen.status))
            told.undoable += [seen.undoable] if seen.undoable else []
            told.violations += [f"{act.kind}: {what}" for what in seen.violations()]
            if seen.well:
                good = act
        self._clean_up(story, functions, told)

    def _make_world(self, story: Story) -> None:
        ids = story.session_ids
        world: dict[str, Any] = {"sessions": [{"sessionId": ids[1]}]}
        if story.state:
            world["sessions"].append({"sessionId": ids[0], "state": story.state})
        world["backups"] = [
            {"backupId": f"{each['sessionId']}-b{n}", "sessionId": each["sessionId"]}
            for each in world["sessions"]
            for n in (1, 2)
        ]
        self._control.seed(world)

    def _act(
        self, story: Story, act: Act, before: Act | None, functions: set[str], told: Told
    ) -> Seen | None:
        """Let one act happen; None where there is nothing to update."""
        stack, session_id = story.stack, story.session_id(before or act)
        if act.drift and self._state(session_id):
            self._control.add_session(sessionId=session_id, state=act.drift)
        faults = [self._add(session_id, fault) for fault in act.faults]
        number = max((r["number"] for r in self._control.journal(limit="1")), default=0)
        known = 0 if act.kind == "create" else len(self._deployer.events(told.stack_id))
        answers = len(self._relay.answers(stack))
        if act.deaf:
            self._relay.be_deaf(stack, act.deaf)
        try:
            self._begin(story, act)
        except ClientError as error:
            if "No updates" in str(error):
                return None
            raise
        finally:
            began = time.monotonic()
        if act.kind == "create":
            told.stack_id = self._deployer.stack_id(stack)
        killed = self._wait(story, act, began, functions, told)
        self._remove(faults)
        status = self._deployer.status(stack)
        exists = status != "DELETE_COMPLETE"
        if exists and act.kind != "delete":
            self._look_for_secrets(stack, told)
        requests = [
            request
            for each in story.session_ids
            for request in self._control.journal(sessionId=each, after=str(number))
        ]
        found = self._session(story.session_id(act))
        taken = self._relay.answers(stack)[answers:]
        told.answers += len(taken)
        return Seen(
            story=story,
            act=act,
            before=before if act.kind != "create" else None,
            status=status,
            outputs=self._deployer.outputs(stack) if exists else {},
            events=self._deployer.events(told.stack_id)[known:],
            requests=requests,
            answers=taken,
            killed=killed,
            state=self._state(session_id),
            now=str(found.get("state", "")),
            from_backup=found.get("startedFromBackupId"),
        )

    def _begin(self, story: Story, act: Act) -> None:
        if act.kind == "delete":
            self._deployer.delete(story.stack)
        else:
            text = self._templates.text(story, act)
            self._deployer.put(story.stack, text, exists=act.kind == "update")

    def _wait(self, story: Story, act: Act, began: float, functions: set[str], told: Told) -> bool:
        """Wait for the act's end, kill when it is time to, and tell whether that hit."""
        limit = REQUESTS * (act.timeout + SERVICE_SECONDS) + 60
        kill_at = began + act.kill_after if act.kill_after is not None else None
        killed = False
        # The status of the act before it stays for a moment.
        time.sleep(LOOK_SECONDS)
        while self._deployer.status(story.stack).endswith("_IN_PROGRESS"):
            functions.update(self._deployer.functions(f"{story.stack}-"))
            now = time.monotonic()
            if kill_at is not None and now >= kill_at and (hits := kill_workers(functions)):
                killed, kill_at = True, None
                told.kills += hits
            if now - began > limit:
                told.violations.append(f"{act.kind}: the stack hangs")
                return killed
            time.sleep(LOOK_SECONDS)
        functions.update(self._deployer.functions(f"{story.stack}-"))
        return killed

    def _clean_up(self, story: Story, functions: set[str], told: Told) -> None:
        deployer, stack = self._deployer, story.stack
        # With a resource that could not be deleted stays what it depends on.
        whole = deployer.status(stack) == "DELETE_COMPLETE"
        if not whole:
            deployer.forget(stack)
        left = deployer.functions(f"{stack}-")
        groups = deployer.log_groups(f"/aws/cloudformation/{stack}/")
        deployer.remove(left, groups)
        # A run that ends after its log group makes MiniStack make another one.
        made_by = max(
            event.at
            for event in deployer.events(told.stack_id)
            if event.kind == LOG_GROUP and event.status == "CREATE_COMPLETE"
        )
        old = [name for name, made_at in groups.items() if made_at <= made_by]
        if whole:
            told.violations += [f"{name} was left behind" for name in (*left, *old)]
        # MiniStack lets the process of a deleted function live on.
        kill_workers(functions)

    def _look_for_secrets(self, stack: str, told: Told) -> None:
        said = self._deployer.platform_log(stack)
        told.invocations += said.count("START RequestId")
        if any(secret in said for secret in (*self._relay.secrets, "ResponseURL")):
            told.violations.append("a secret is in the function's log")

    def _add(self, session_id: str, fault: dict[str, Any]) -> str:
        return str(self._control.add_fault(sessionId=session_id, **fault)["id"])

    def _remove(self, faults: list[str]) -> None:
        for fault in faults:
            # One that struck as often as it could is over.
            with suppress(RefusedError):
                self._control.remove_fault(fault)

    def _session(self, session_id: str) -> dict[str, Any]:
        try:
            return self._control.session(session_id)
        except ValueError:
            return {}

    def _state(self, session_id: str) -> str:
        return str(self._session(session_id).get("state", ""))


_TROUBLES = ("drift", "faults", "kill_after", "deaf")
