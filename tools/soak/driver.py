"""Plays stories against the cloud."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from nimble_local.control_client import RefusedError
from nimble_local.emulator.faults.external_acts import EXTERNAL_CALLER
from soak.checks import stories
from soak.checks.steps import Seen
from soak.cloud.fixtures import SERVICE_SECONDS
from soak.cloud.runs import dated_back, moment
from testkit.cloud.workers import kill_workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nimble_local.control_client import Control
    from soak.cloud.fixtures import Templates
    from soak.cloud.relay import Relay
    from soak.cloud.runs import Kill, Run, Runs
    from soak.story import Act, Story
    from testkit.cloud.deployer import Deployer

LOG_GROUP = "AWS::Logs::LogGroup"
ACTS = ("StartStreamingSession", "StopStreamingSession")
LOOK_SECONDS = 1.0
REQUESTS = 6
"""How many requests an act may come to, one after the other."""
END_SECONDS = 60.0
"""What a run may take to end once its stack has settled."""
REST_SECONDS = 60.0
"""What an act, or what comes after the last, may take beside its waits."""


def act_limit(act: Act) -> float:
    """Return the seconds within which the stack of an act settles."""
    return REQUESTS * (act.timeout + SERVICE_SECONDS) + 60


def end_limit(act: Act, *, again: bool) -> float:
    """Return the seconds within which the runs of an act end once its stack has settled."""
    # What was killed, or is delivered again, begins anew with all of its time.
    return END_SECONDS + (act.timeout + SERVICE_SECONDS if again else 0)


def limit(story: Story) -> float:
    """Return the seconds within which a story is over."""
    waits = (act_limit(act) + end_limit(act, again=True) for act in story.acts)
    return sum(wait + REST_SECONDS for wait in waits) + REST_SECONDS


@dataclass
class Told:
    """What a story came to."""

    story: Story
    stack_id: str = ""
    statuses: list[tuple[str, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    undoable: list[str] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    killed: int = 0
    answers: int = 0
    invocations: int = 0
    again: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)


class Player:
    """Plays one story at a time; several players share the cloud."""

    def __init__(
        self, deployer: Deployer, control: Control, relay: Relay, templates: Templates, runs: Runs
    ) -> None:
        self._deployer = deployer
        self._control = control
        self._relay = relay
        self._templates = templates
        self._runs = runs

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
        for drawn in story.acts:
            act = drawn
            if act.kind == "update" and (good is None or told.statuses[-1][1].endswith("FAILED")):
                continue
            if act.kind == "delete" and good is not None:
                # What is deleted is what was deployed last, not what failed to be.
                act = replace(good, **{n: getattr(act, n) for n in _TROUBLES}, kind="delete")
            seen = self._act(story, act, good, told)
            if seen is None:
                continue
            told.statuses.append((act.kind, seen.status))
            told.undoable += [seen.undoable] if seen.undoable else []
            told.violations += [f"{act.kind}: {what}" for what in seen.violations()]
            told.topics += seen.topics()
            told.violations += [f"{act.kind}: {what}" for what in self._again_later(seen, told)]
            if seen.well:
                good = act
        self._clean_up(story, told)
        self._look_at_the_whole(story, told)

    def _make_world(self, story: Story) -> None:
        first, *others = story.session_ids
        world: dict[str, Any] = {"sessions": [{"sessionId": each} for each in others]}
        if story.state:
            world["sessions"].append({"sessionId": first, "state": story.state})
        world["backups"] = [
            {"backupId": f"{each['sessionId']}-b{n}", "sessionId": each["sessionId"]}
            for each in world["sessions"]
            for n in (1, 2)
        ]
        self._control.seed(world)

    def _act(self, story: Story, act: Act, before: Act | None, told: Told) -> Seen | None:
        """Let one act happen; None where there is nothing to update."""
        stack, struck = story.stack, story.struck(act, before)
        known = _Known(
            request=self._newest(),
            events=0 if act.kind == "create" else len(self._deployer.events(told.stack_id)),
            answers=len(self._relay.answers(stack)),
            questions=len(self._relay.questions(stack)),
            runs=len(self._runs.of(stack)),
            kills=len(told.kills),
        )
        if act.drift and self._session(struck):
            self._control.add_session(sessionId=struck, state=act.drift)
        faults: list[str] = []
        try:
            faults += [self._add(struck, fault) for fault in act.faults]
            self._relay.make_unavailable(stack, act.unavailable)
            self._relay.add_fault(stack, act.stack_fault, act.stack_fault_seconds)
            self._runs.date_back(stack, act.age)
            began = time.monotonic()
            self._begin(story, act)
            if act.kind == "create":
                told.stack_id = self._deployer.stack_id(stack)
            self._wait(story, act, began, told, known)
        except ClientError as error:
            if "No updates" in str(error):
                return None
            raise
        finally:
            self._remove(faults)
        self._let_runs_end(act, told)
        return self._seen(told, act, before if act.kind != "create" else None, known)

    def _seen(self, told: Told, act: Act, before: Act | None, known: _Known) -> Seen:
        story, stack = told.story, told.story.stack
        status = self._deployer.status(stack)
        found = {each: self._session(each) for each in story.session_ids}
        return Seen(
            story=story,
            act=act,
            before=before,
            status=status,
            outputs=self._deployer.outputs(stack) if status != "DELETE_COMPLETE" else {},
            events=self._deployer.events(told.stack_id)[known.events :],
            requests=self._requests(story, known),
            answers=self._relay.answers(stack)[known.answers :],
            questions=self._relay.questions(stack)[known.questions :],
            runs=self._runs.of(stack)[known.runs :],
            kills=told.kills[known.kills :],
            states={each: str(session.get("state", "")) for each, session in found.items()},
            histories={each: session.get("history", []) for each, session in found.items()},
            from_backup=found[story.session_id(act)].get("startedFromBackupId"),
        )

    def _newest(self) -> int:
        return max((r["number"] for r in self._control.journal(limit="1")), default=0)

    def _requests(self, story: Story, known: _Known) -> list[dict[str, Any]]:
        return [
            request
            for each in story.session_ids
            for request in self._control.journal(sessionId=each, after=str(known.request))
        ]

    def _begin(self, story: Story, act: Act) -> None:
        if act.kind == "delete":
            self._deployer.delete(story.stack)
        else:
            text = self._templates.text(story, act)
            self._deployer.put(story.stack, text, exists=act.kind == "update")

    def _wait(self, story: Story, act: Act, began: float, told: Told, known: _Known) -> None:
        """Wait for the act's end; kill, and deliver a request again, when it is time to."""
        kill_at = began + act.kill_after if act.kill_after is not None else None
        # The status of the act before it stays for a moment.
        time.sleep(LOOK_SECONDS)
        again = act.again and act.kind != "delete"
        while (status := self._deployer.status(story.stack)).endswith("_IN_PROGRESS"):
            now = time.monotonic()
            self._relay.note(story.stack, status)
            # One that is killed would be run by MiniStack once more.
            if again and kill_at is None and (runs := self._answered(story.stack, known)):
                again = False
                told.again += ["at once"] * self._deliver(runs[0], runs[0].event)
            if kill_at is not None and now >= kill_at and self._kill(told):
                kill_at = None
            if now - began > act_limit(act):
                told.violations.append(f"{act.kind}: the stack hangs")
                return
            time.sleep(LOOK_SECONDS)
        self._relay.note(story.stack, status)
        if again and (runs := self._answered(story.stack, known)):
            told.again += ["at once"] * self._deliver(runs[0], runs[0].event)

    def _deliver(self, run: Run, event: dict[str, Any]) -> bool:
        """Deliver a request again, and return whether a run began."""
        before = len(self._runs.of(run.stack))
        deadline = time.monotonic() + END_SECONDS
        if not self._deployer.invoke(run.function, event):
            return False
        while len(self._runs.of(run.stack)) == before:
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_SECONDS / 5)
        return True

    def _answered(self, stack: str, known: _Known) -> list[Run]:
        """Return the first run of each request that was answered."""
        taken = {a["RequestId"] for a in self._relay.answers(stack)[known.answers :]}
        runs = [run for run in self._runs.of(stack)[known.runs :] if not run.onward]
        first = {run.request: run for run in reversed(runs) if run.request in taken}
        return [run for run in runs if first.get(run.request) is run]

    def _again_later(self, seen: Seen, told: Told) -> Iterator[str]:
        """Deliver the answered requests of an act again, and say what they did.

        The stack has settled, so they must do nothing.
        """
        stack, act = told.story.stack, seen.act
        before = len(self._runs.of(stack)), len(self._relay.answers(stack))
        known = _Known(
            self._newest(), 0, before[1] - len(seen.answers), 0, before[0] - len(seen.runs), 0
        )
        runs = self._answered(stack, known) if act.again_after else []
        for session_id in {run.session for run in runs} if act.again_state else ():
            if self._session(session_id):
                self._control.add_session(sessionId=session_id, state=act.again_state)
        invoked = sum(self._deliver(run, dated_back(run.event, act.again_after)) for run in runs)
        told.again += [f"{act.again_after:.0f} s old"] * invoked
        deadline = time.monotonic() + END_SECONDS
        while len(self._relay.answers(stack)) < before[1] + invoked:
            if time.monotonic() > deadline:
                yield f"{invoked} requests were delivered again, and not all were answered"
                break
            time.sleep(LOOK_SECONDS)
        self._let_runs_end(act, told)
        for request in self._requests(told.story, known) if invoked else ():
            if request["operation"] in ACTS and request["caller"] != EXTERNAL_CALLER:
                yield f"{request['operation']} of {request['sessionId']} by a second delivery"

    def _kill(self, told: Told) -> bool:
        """Kill the story's processes, and tell whether there were any."""
        before = moment()
        hits = self._kill_workers(told.story.stack)
        told.kills += [(before, moment())] if hits else []
        return bool(hits)

    def _kill_workers(self, stack: str) -> int:
        return kill_workers({run.function for run in self._runs.of(stack)})

    def _let_runs_end(self, act: Act, told: Told) -> None:
        """Wait until no code of the stack runs, so that it does nothing in the next act."""
        runs = self._runs.of(told.story.stack)
        again = act.again or any(run.onward and run.was_killed(told.kills) for run in runs)
        deadline = time.monotonic() + end_limit(act, again=again)
        while going := self._runs.going(told.story.stack):
            if time.monotonic() > deadline:
                told.violations += [
                    f"{act.kind}: the run of a {run.kind} for {run.resource} goes on after it"
                    for run in going
                ]
                return
            time.sleep(LOOK_SECONDS / 5)

    def _clean_up(self, story: Story, told: Told) -> None:
        deployer, stack = self._deployer, story.stack
        # A run that ends after its log group makes MiniStack make another one, and the process of a
        # function that is deleted lives on.
        self._kill_workers(stack)
        # With a resource that could not be deleted stays what it depends on.
        deleted = deployer.status(stack) == "DELETE_COMPLETE"
        if not deleted:
            deployer.forget(stack)
            self._kill_workers(stack)
        left = deployer.functions(f"{stack}-")
        groups = deployer.log_groups(f"/aws/cloudformation/{stack}/")
        deployer.remove(left, groups)
        made_by = max(
            event.at
            for event in deployer.events(told.stack_id)
            if event.kind == LOG_GROUP and event.status == "CREATE_COMPLETE"
        )
        old = [name for name, made_at in groups.items() if made_at <= made_by]
        if deleted:
            told.violations += [f"{name} was left behind" for name in (*left, *old)]

    def _look_at_the_whole(self, story: Story, told: Told) -> None:
        runs, taken = self._runs.of(story.stack), self._relay.answers(story.stack)
        told.violations += stories.answers(runs, taken, told.kills)
        told.violations += stories.secrets(runs, self._relay.paths(story.stack))
        told.answers, told.invocations = len(taken), len(runs)
        told.killed = sum(run.was_killed(told.kills) for run in runs)

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


@dataclass(frozen=True)
class _Known:
    """What was there before an act: the newest request's number, and how much of the rest."""

    request: int
    events: int
    answers: int
    questions: int
    runs: int
    kills: int


_TROUBLES = (
    *("drift", "faults", "aim", "kill_after", "unavailable", "stack_fault", "stack_fault_seconds"),
    *("age", "again", "again_after", "again_state"),
)
