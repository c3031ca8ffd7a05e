"""Runs stories against the cloud."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from nimble_local.control_client import RefusedError
from nimble_local.emulator.faults.external_acts import EXTERNAL_CALLER
from soak.checks import stories
from soak.checks.steps import StepResult
from soak.cloud.fixtures import SERVICE_SECONDS
from soak.cloud.invocations import dated_back, moment
from testkit.cloud.workers import kill_workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nimble_local.control_client import Control
    from soak.cloud.fixtures import Templates
    from soak.cloud.invocations import Invocation, Invocations, Kill
    from soak.cloud.relay import Relay
    from soak.story import Step, Story
    from testkit.cloud.deployer import Deployer

LOG_GROUP = "AWS::Logs::LogGroup"
ACTS = ("StartStreamingSession", "StopStreamingSession")
LOOK_SECONDS = 1.0
REQUESTS = 6
"""The number of requests that a step may send, one after the other."""
END_SECONDS = 60.0
"""The time within which an invocation ends once its stack has settled."""
REST_SECONDS = 60.0
"""The time that a step, or the clean-up after the last one, may take besides its waits."""


def step_limit(step: Step) -> float:
    """Return the seconds within which the stack of a step settles."""
    return REQUESTS * (step.timeout + SERVICE_SECONDS) + 60


def end_limit(step: Step, *, again: bool) -> float:
    """Return the seconds within which the invocations of a step end once its stack has settled."""
    # A killed or repeated request starts again with its full time.
    return END_SECONDS + (step.timeout + SERVICE_SECONDS if again else 0)


def limit(story: Story) -> float:
    """Return the seconds within which a story must end."""
    waits = (step_limit(step) + end_limit(step, again=True) for step in story.steps)
    return sum(wait + REST_SECONDS for wait in waits) + REST_SECONDS


@dataclass
class StoryResult:
    """The result of a story."""

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


class StoryDriver:
    """Runs stories; several of them may share the cloud at a time."""

    def __init__(
        self,
        deployer: Deployer,
        control: Control,
        relay: Relay,
        templates: Templates,
        invocations: Invocations,
    ) -> None:
        self._deployer = deployer
        self._control = control
        self._relay = relay
        self._templates = templates
        self._invocations = invocations

    def run(self, story: Story) -> StoryResult:
        """Run a story to its end. The result lists every violation; nothing is raised."""
        result = StoryResult(story)
        try:
            self._run(story, result)
        except Exception as error:  # noqa: BLE001 - a failed story must not end the others
            result.violations.append(f"{type(error).__name__}: {error}")
        return result

    def _run(self, story: Story, result: StoryResult) -> None:
        self._seed(story)
        good: Step | None = None
        for drawn in story.steps:
            step = drawn
            if step.kind == "update" and (
                good is None or result.statuses[-1][1].endswith("FAILED")
            ):
                continue
            if step.kind == "delete" and good is not None:
                # The stack has the properties of its last successful deployment.
                step = replace(good, **{n: getattr(step, n) for n in _TROUBLES}, kind="delete")
            observed = self._step(story, step, good, result)
            if observed is None:
                continue
            result.statuses.append((step.kind, observed.status))
            result.undoable += [observed.undoable] if observed.undoable else []
            result.violations += [f"{step.kind}: {what}" for what in observed.violations()]
            result.topics += observed.topics()
            result.violations += [
                f"{step.kind}: {what}" for what in self._again_later(observed, result)
            ]
            if observed.well:
                good = step
        self._clean_up(story, result)
        self._check_the_story(story, result)

    def _seed(self, story: Story) -> None:
        first, *others = story.session_ids
        seed: dict[str, Any] = {"sessions": [{"sessionId": each} for each in others]}
        if story.state:
            seed["sessions"].append({"sessionId": first, "state": story.state})
        seed["backups"] = [
            {"backupId": f"{each['sessionId']}-b{n}", "sessionId": each["sessionId"]}
            for each in seed["sessions"]
            for n in (1, 2)
        ]
        self._control.seed(seed)

    def _step(
        self, story: Story, step: Step, before: Step | None, result: StoryResult
    ) -> StepResult | None:
        """Perform a step; return None if there is nothing to update."""
        stack, struck = story.stack, story.struck(step, before)
        known = _Known(
            request=self._newest(),
            events=0 if step.kind == "create" else len(self._deployer.events(result.stack_id)),
            answers=len(self._relay.answers(stack)),
            queries=len(self._relay.queries(stack)),
            invocations=len(self._invocations.of(stack)),
            kills=len(result.kills),
        )
        if step.drift and self._session(struck):
            self._control.add_session(sessionId=struck, state=step.drift)
        faults: list[str] = []
        try:
            faults += [self._add(struck, fault) for fault in step.faults]
            self._relay.make_unavailable(stack, step.unavailable)
            self._relay.add_fault(stack, step.stack_fault, step.stack_fault_seconds)
            self._invocations.date_back(stack, step.age)
            began = time.monotonic()
            self._begin(story, step)
            if step.kind == "create":
                result.stack_id = self._deployer.stack_id(stack)
            self._wait(story, step, began, result, known)
        except ClientError as error:
            if "No updates" in str(error):
                return None
            raise
        finally:
            self._remove(faults)
        self._let_runs_end(step, result)
        return self._observed(result, step, before if step.kind != "create" else None, known)

    def _observed(
        self, result: StoryResult, step: Step, before: Step | None, known: _Known
    ) -> StepResult:
        story, stack = result.story, result.story.stack
        status = self._deployer.status(stack)
        found = {each: self._session(each) for each in story.session_ids}
        return StepResult(
            story=story,
            step=step,
            before=before,
            status=status,
            outputs=self._deployer.outputs(stack) if status != "DELETE_COMPLETE" else {},
            events=self._deployer.events(result.stack_id)[known.events :],
            requests=self._requests(story, known),
            answers=self._relay.answers(stack)[known.answers :],
            queries=self._relay.queries(stack)[known.queries :],
            invocations=self._invocations.of(stack)[known.invocations :],
            kills=result.kills[known.kills :],
            states={each: str(session.get("state", "")) for each, session in found.items()},
            histories={each: session.get("history", []) for each, session in found.items()},
            from_backup=found[story.session_id(step)].get("startedFromBackupId"),
        )

    def _newest(self) -> int:
        return max((r["number"] for r in self._control.journal(limit="1")), default=0)

    def _requests(self, story: Story, known: _Known) -> list[dict[str, Any]]:
        return [
            request
            for each in story.session_ids
            for request in self._control.journal(sessionId=each, after=str(known.request))
        ]

    def _begin(self, story: Story, step: Step) -> None:
        if step.kind == "delete":
            self._deployer.delete(story.stack)
        else:
            text = self._templates.text(story, step)
            self._deployer.put(story.stack, text, exists=step.kind == "update")

    def _wait(
        self, story: Story, step: Step, began: float, result: StoryResult, known: _Known
    ) -> None:
        """Wait for the step's end; kill processes and deliver a request again meanwhile."""
        kill_at = began + step.kill_after if step.kill_after is not None else None
        # The previous step's status remains for a moment.
        time.sleep(LOOK_SECONDS)
        again = step.again and step.kind != "delete"
        while (status := self._deployer.status(story.stack)).endswith("_IN_PROGRESS"):
            now = time.monotonic()
            self._relay.note(story.stack, status)
            # MiniStack would invoke a killed one once more.
            if again and kill_at is None and (invocations := self._answered(story.stack, known)):
                again = False
                result.again += ["at once"] * self._deliver(invocations[0], invocations[0].event)
            if kill_at is not None and now >= kill_at and self._kill(result):
                kill_at = None
            if now - began > step_limit(step):
                result.violations.append(f"{step.kind}: the stack hangs")
                return
            time.sleep(LOOK_SECONDS)
        self._relay.note(story.stack, status)
        if again and (invocations := self._answered(story.stack, known)):
            result.again += ["at once"] * self._deliver(invocations[0], invocations[0].event)

    def _deliver(self, invocation: Invocation, event: dict[str, Any]) -> bool:
        """Deliver a request again, and return whether an invocation began."""
        before = len(self._invocations.of(invocation.stack))
        deadline = time.monotonic() + END_SECONDS
        if not self._deployer.invoke(invocation.function, event):
            return False
        while len(self._invocations.of(invocation.stack)) == before:
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_SECONDS / 5)
        return True

    def _answered(self, stack: str, known: _Known) -> list[Invocation]:
        """Return the first invocation of each request that was answered."""
        taken = {a["RequestId"] for a in self._relay.answers(stack)[known.answers :]}
        invocations = [
            invocation
            for invocation in self._invocations.of(stack)[known.invocations :]
            if not invocation.onward
        ]
        first = {
            invocation.request: invocation
            for invocation in reversed(invocations)
            if invocation.request in taken
        }
        return [
            invocation for invocation in invocations if first.get(invocation.request) is invocation
        ]

    def _again_later(self, observed: StepResult, result: StoryResult) -> Iterator[str]:
        """Deliver the answered requests of a step again, and yield what they did.

        The stack has settled, so they must do nothing.
        """
        stack, step = result.story.stack, observed.step
        before = len(self._invocations.of(stack)), len(self._relay.answers(stack))
        known = _Known(
            self._newest(),
            0,
            before[1] - len(observed.answers),
            0,
            before[0] - len(observed.invocations),
            0,
        )
        invocations = self._answered(stack, known) if step.again_after else []
        if step.stack_fault == "stale":
            # The requests are more than a minute old, and a stale status is only seconds old.
            self._relay.add_fault(stack, "", 0)
        for session_id in (
            {invocation.session for invocation in invocations} if step.again_state else ()
        ):
            if self._session(session_id):
                self._control.add_session(sessionId=session_id, state=step.again_state)
        invoked = sum(
            self._deliver(invocation, dated_back(invocation.event, step.again_after))
            for invocation in invocations
        )
        result.again += [f"{step.again_after:.0f} s old"] * invoked
        deadline = time.monotonic() + END_SECONDS
        while len(self._relay.answers(stack)) < before[1] + invoked:
            if time.monotonic() > deadline:
                yield f"{invoked} requests were delivered again, and not all were answered"
                break
            time.sleep(LOOK_SECONDS)
        self._let_runs_end(step, result)
        for request in self._requests(result.story, known) if invoked else ():
            if request["operation"] in ACTS and request["caller"] != EXTERNAL_CALLER:
                yield f"{request['operation']} of {request['sessionId']} by a second delivery"

    def _kill(self, result: StoryResult) -> bool:
        """Kill the story's processes; return True if there were any."""
        before = moment()
        hits = self._kill_workers(result.story.stack)
        result.kills += [(before, moment())] if hits else []
        return bool(hits)

    def _kill_workers(self, stack: str) -> int:
        return kill_workers({invocation.function for invocation in self._invocations.of(stack)})

    def _let_runs_end(self, step: Step, result: StoryResult) -> None:
        """Wait until no code of the stack runs, so that none acts in the next step."""
        invocations = self._invocations.of(result.story.stack)
        again = step.again or any(
            invocation.onward and invocation.was_killed(result.kills) for invocation in invocations
        )
        deadline = time.monotonic() + end_limit(step, again=again)
        while going := self._invocations.going(result.story.stack):
            if time.monotonic() > deadline:
                result.violations += [
                    f"{step.kind}: the {each.kind} of {each.resource} still runs after it"
                    for each in going
                ]
                return
            time.sleep(LOOK_SECONDS / 5)

    def _clean_up(self, story: Story, result: StoryResult) -> None:
        deployer, stack = self._deployer, story.stack
        # If an invocation ends after its log group was deleted, MiniStack creates the group again.
        # The process of a deleted function keeps running.
        self._kill_workers(stack)
        # What a resource depends on stays as long as the resource can't be deleted.
        deleted = deployer.status(stack) == "DELETE_COMPLETE"
        if not deleted:
            deployer.forget(stack)
            self._kill_workers(stack)
        left = deployer.functions(f"{stack}-")
        groups = deployer.log_groups(f"/aws/cloudformation/{stack}/")
        deployer.remove(left, groups)
        made_by = max(
            event.at
            for event in deployer.events(result.stack_id)
            if event.kind == LOG_GROUP and event.status == "CREATE_COMPLETE"
        )
        old = [name for name, made_at in groups.items() if made_at <= made_by]
        if deleted:
            result.violations += [f"{name} was left behind" for name in (*left, *old)]

    def _check_the_story(self, story: Story, result: StoryResult) -> None:
        invocations, taken = self._invocations.of(story.stack), self._relay.answers(story.stack)
        result.violations += stories.answers(invocations, taken, result.kills)
        result.violations += stories.secrets(invocations, self._relay.paths(story.stack))
        result.answers, result.invocations = len(taken), len(invocations)
        result.killed = sum(invocation.was_killed(result.kills) for invocation in invocations)

    def _add(self, session_id: str, fault: dict[str, Any]) -> str:
        return str(self._control.add_fault(sessionId=session_id, **fault)["id"])

    def _remove(self, faults: list[str]) -> None:
        for fault in faults:
            # A fault that has reached its count is gone already.
            with suppress(RefusedError):
                self._control.remove_fault(fault)

    def _session(self, session_id: str) -> dict[str, Any]:
        try:
            return self._control.session(session_id)
        except ValueError:
            return {}


@dataclass(frozen=True)
class _Known:
    """The number of the newest request, and the other counts, before a step."""

    request: int
    events: int
    answers: int
    queries: int
    invocations: int
    kills: int


_TROUBLES = (
    *("drift", "faults", "aim", "kill_after", "unavailable", "stack_fault", "stack_fault_seconds"),
    *("age", "again", "again_after", "again_state"),
)
