"""Runs stories against the cloud, of whatever kind."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from botocore.exceptions import ClientError

from soak.checks import stories
from soak.checks.steps import StepResult
from soak.cloud.invocations import dated_back, moment
from soak.cloud.ministack import SERVICE_SECONDS
from soak.story import TROUBLES, Step, Story
from testkit.cloud.workers import kill_workers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from soak.cloud.invocations import Invocation, Invocations, Kill
    from soak.cloud.relay import Relay
    from testkit.cloud.deployer import Deployer

LOG_GROUP = "AWS::Logs::LogGroup"
LOOK_SECONDS = 1.0
REQUESTS = 6
"""The number of requests that a step may send, one after the other."""
END_SECONDS = 60.0
"""The time within which an invocation ends once its stack has settled."""
REST_SECONDS = 60.0
"""The time that a step, or the clean-up after the last one, may take besides its waits."""
RETRY_SECONDS = 61.0
"""The age of a request that Lambda delivers again after its invocation was killed."""


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
    acts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """The numbers of events, answers, queries, invocations and kills before a step.

    ``acts`` is the number that a driver needs to find the calls of a service since then.
    """

    acts: int = 0
    events: int = 0
    answers: int = 0
    queries: int = 0
    invocations: int = 0
    kills: int = 0


StoryT = TypeVar("StoryT", bound=Story)
StepT = TypeVar("StepT", bound=Step)


class StoryDriver(ABC, Generic[StoryT, StepT]):
    """Runs stories; several of them may share the cloud at a time."""

    troubles: ClassVar[tuple[str, ...]] = TROUBLES
    """The members of a step that a deletion keeps although the stack has the step before's."""

    def __init__(self, deployer: Deployer, relay: Relay, invocations: Invocations) -> None:
        self._deployer = deployer
        self._relay = relay
        self._invocations = invocations

    @abstractmethod
    def _seed(self, story: StoryT) -> None:
        """Make what the story's stack is about."""

    @abstractmethod
    def _text(self, story: StoryT, step: StepT) -> str:
        """Return the template of a step."""

    @abstractmethod
    def _strike(
        self, story: StoryT, step: StepT, before: StepT | None
    ) -> AbstractContextManager[object]:
        """Make the drift of a step, and return a context in which its faults are on."""

    @abstractmethod
    def _acts(self, story: StoryT) -> int:
        """Return the number that finds the calls of the story's services from now on."""

    @abstractmethod
    def _observed(
        self, seen: StepResult, step: StepT, before: StepT | None, known: Known
    ) -> StepResult:
        """Return a step's result with what its services show."""

    @abstractmethod
    def _violations(self, observed: StepResult) -> Iterator[str]:
        """Yield a sentence for each rule that a step breaks."""

    @abstractmethod
    def _before_again(self, story: StoryT, step: StepT, answered: list[Invocation]) -> None:
        """Change the state of the things whose requests are about to be delivered again."""

    @abstractmethod
    def _acted(self, story: StoryT, known: Known) -> Iterator[str]:
        """Yield each act of the function since then."""

    def _after(self, story: StoryT, step: StepT, result: StoryResult, known: Known) -> None:
        """Do what CloudFormation does after a step, and MiniStack doesn't."""

    def run(self, story: StoryT) -> StoryResult:
        """Run a story to its end. The result lists every violation; nothing is raised."""
        result = StoryResult(story)
        try:
            self._run(story, result)
        except Exception as error:  # noqa: BLE001 - a failed story must not end the others
            result.violations.append(f"{type(error).__name__}: {error}")
        return result

    def _run(self, story: StoryT, result: StoryResult) -> None:
        self._seed(story)
        good: StepT | None = None
        steps: Any = story.steps
        for drawn in steps:
            step: StepT = drawn
            if step.kind == "update" and (
                good is None or result.statuses[-1][1].endswith("FAILED")
            ):
                continue
            if step.kind == "delete" and good is not None:
                # The stack has the properties of its last successful deployment.
                step = replace(good, **{n: getattr(step, n) for n in self.troubles}, kind="delete")
            observed = self._step(story, step, good, result)
            if observed is None:
                continue
            result.statuses.append((step.kind, observed.status))
            result.undoable += [observed.undoable] if observed.undoable else []
            result.violations += [f"{step.kind}: {what}" for what in self._violations(observed)]
            result.topics += observed.topics()
            result.violations += [
                f"{step.kind}: {what}" for what in self._again_later(story, step, observed, result)
            ]
            if observed.well:
                good = step
        self._clean_up(story, result)
        self._check_the_story(story, result)

    def _known(self, story: StoryT, step: StepT, result: StoryResult) -> Known:
        stack = story.stack
        return Known(
            acts=self._acts(story),
            events=0 if step.kind == "create" else len(self._deployer.events(result.stack_id)),
            answers=len(self._relay.answers(stack)),
            queries=len(self._relay.queries(stack)),
            invocations=len(self._invocations.of(stack)),
            kills=len(result.kills),
        )

    def _step(
        self, story: StoryT, step: StepT, before: StepT | None, result: StoryResult
    ) -> StepResult | None:
        """Perform a step; return None if there is nothing to update."""
        stack, known = story.stack, self._known(story, step, result)
        try:
            with self._strike(story, step, before):
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
        self._let_runs_end(story, step, result)
        self._after(story, step, result, known)
        status = self._deployer.status(stack)
        old = before if step.kind != "create" else None
        seen = StepResult(
            story=story,
            step=step,
            before=old,
            status=status,
            outputs=self._deployer.outputs(stack) if status != "DELETE_COMPLETE" else {},
            events=self._deployer.events(result.stack_id)[known.events :],
            answers=self._relay.answers(stack)[known.answers :],
            queries=self._relay.queries(stack)[known.queries :],
            invocations=self._invocations.of(stack)[known.invocations :],
            kills=result.kills[known.kills :],
        )
        return self._observed(seen, step, old, known)

    def _begin(self, story: StoryT, step: StepT) -> None:
        if step.kind == "delete":
            self._deployer.delete(story.stack)
        else:
            text = self._text(story, step)
            self._deployer.put(story.stack, text, exists=step.kind == "update")

    def _wait(
        self, story: StoryT, step: StepT, began: float, result: StoryResult, known: Known
    ) -> None:
        """Wait for the step's end; kill processes and deliver a request again meanwhile."""
        kill_at = began + step.kill_after if step.kill_after is not None else None
        cancel_at = began + step.cancel_after if step.cancel_after is not None else None
        retried: set[str] = set()
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
            if kill_at is not None and now >= kill_at and self._kill(story, result):
                kill_at = None
            if step.retried:
                self._retry(story, known, result, retried)
            if cancel_at is not None and now >= cancel_at and status == "UPDATE_IN_PROGRESS":
                cancel_at = None
                self._deployer.cancel(story.stack)
            if now - began > step_limit(step):
                result.violations.append(f"{step.kind}: the stack hangs")
                return
            time.sleep(LOOK_SECONDS)
        self._relay.note(story.stack, status)
        if again and (invocations := self._answered(story.stack, known)):
            result.again += ["at once"] * self._deliver(invocations[0], invocations[0].event)

    def _retry(self, story: StoryT, known: Known, result: StoryResult, retried: set[str]) -> None:
        """Deliver requests again whose first invocation was killed, as Lambda does."""
        taken = {a["RequestId"] for a in self._relay.answers(story.stack)[known.answers :]}
        for invocation in self._invocations.of(story.stack)[known.invocations :]:
            killed = invocation.was_killed(result.kills) and not invocation.onward
            if killed and not {invocation.request} & (taken | retried):
                retried.add(invocation.request)
                event = dated_back(invocation.event, RETRY_SECONDS)
                # The new date isn't signed.
                self._relay.keep(invocation.event["ResponseURL"])
                result.again += ["after a kill"] * self._deliver(invocation, event)

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

    def _answered(self, stack: str, known: Known) -> list[Invocation]:
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

    def _again_later(
        self, story: StoryT, step: StepT, observed: StepResult, result: StoryResult
    ) -> Iterator[str]:
        """Deliver the answered requests of a step again, and yield what they did.

        The stack has settled, so they must do nothing.
        """
        stack = story.stack
        before = len(self._invocations.of(stack)), len(self._relay.answers(stack))
        known = Known(
            acts=self._acts(story),
            answers=before[1] - len(observed.answers),
            invocations=before[0] - len(observed.invocations),
        )
        invocations = self._answered(stack, known) if step.again_after else []
        if step.stack_fault == "stale":
            # The requests are more than a minute old, and a stale status is only seconds old.
            self._relay.add_fault(stack, "", 0)
        if invocations and step.again_state:
            self._before_again(story, step, invocations)
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
        self._let_runs_end(story, step, result)
        if invoked:
            yield from (f"{act} by a second delivery" for act in self._acted(story, known))

    def _kill(self, story: StoryT, result: StoryResult) -> bool:
        """Kill the story's processes; return True if there were any."""
        before = moment()
        hits = self._kill_workers(story.stack)
        result.kills += [(before, moment())] if hits else []
        return bool(hits)

    def _kill_workers(self, stack: str) -> int:
        return kill_workers({invocation.function for invocation in self._invocations.of(stack)})

    def _let_runs_end(self, story: StoryT, step: StepT, result: StoryResult) -> None:
        """Wait until no code of the stack runs, so that none acts in the next step."""
        invocations = self._invocations.of(story.stack)
        again = step.again or any(
            invocation.onward and invocation.was_killed(result.kills) for invocation in invocations
        )
        deadline = time.monotonic() + end_limit(step, again=again)
        while going := self._invocations.going(story.stack):
            if time.monotonic() > deadline:
                result.violations += [
                    f"{step.kind}: the {each.kind} of {each.resource} still runs after it"
                    for each in going
                ]
                return
            time.sleep(LOOK_SECONDS / 5)

    def _clean_up(self, story: StoryT, result: StoryResult) -> None:
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

    def _check_the_story(self, story: StoryT, result: StoryResult) -> None:
        invocations, taken = self._invocations.of(story.stack), self._relay.answers(story.stack)
        result.violations += stories.answers(invocations, taken, result.kills)
        result.violations += stories.secrets(invocations, self._relay.paths(story.stack))
        result.answers, result.invocations = len(taken), len(invocations)
        result.killed = sum(invocation.was_killed(result.kills) for invocation in invocations)
