"""The soak's output: its progress, and tables of what was drawn and of the results."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from soak.declared.story import DeclaredStory
from soak.sessions.story import SessionStory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from soak.story_driver import StoryResult

EVERY_SECONDS = 15.0


class Progress:
    """Reports how many stories have ended, and how long the rest will take."""

    def __init__(
        self, count: int, say: Callable[[str], None], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._count = count
        self._say = say
        self._now = now
        self._done = self._failed = 0
        self._began = now()
        self._said = -EVERY_SECONDS

    def one_more(self, *, failed: bool) -> None:
        """Count a story, and report the progress every 15 seconds."""
        self._done += 1
        self._failed += failed
        now = self._now()
        if now - self._said < EVERY_SECONDS and self._done < self._count:
            return
        self._said = now
        passed = now - self._began
        left = passed / self._done * (self._count - self._done)
        share = 100 * self._done // self._count
        self._say(
            f"{self._done} of {self._count} stories ({share} %), {self._failed} failed, "
            f"{clock(passed)} passed, about {clock(left)} left"
        )


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def table(seed: int, results: list[StoryResult], seconds: float, running: float) -> Iterator[str]:
    """Return the drawn stories and their results as Markdown tables.

    The stories ran for ``running`` seconds of all the ``seconds``, several at a time.
    """
    yield f"| {len(results)} stories in {clock(seconds)} | |"
    yield "|---|---|"
    yield f"| seed | {seed} |"
    yield f"| seconds a story, without what comes before the first | {running / len(results):.1f} |"
    yield f"| stories that failed | {sum(bool(each.violations) for each in results)} |"
    sessions = [each for each in results if isinstance(each.story, SessionStory)]
    if sessions:
        yield from _part("sessions", sessions, _sessions(sessions))
    declared = [each for each in results if isinstance(each.story, DeclaredStory)]
    if declared:
        yield from _part("declared resources", declared, _declared(declared))


def _part(title: str, results: list[StoryResult], own: Iterator[str]) -> Iterator[str]:
    steps = [step for each in results for step in each.story.steps]
    yield ""
    yield f"| {len(results)} stories of {title} | |"
    yield "|---|---|"
    yield _row("steps drawn", (step.kind for step in steps))
    yield from own
    yield _row("faults of queries about the stack", (a.stack_fault for a in steps if a.stack_fault))
    yield _row("ages of requests", (f"{step.age:.0f} s" for step in steps if step.age))
    yield _row("further deliveries", (again for each in results for again in each.again))
    yield _row("functions", ("short" if t.story.function_seconds < 60 else "long" for t in results))
    for kind in ("create", "update", "delete"):
        came = (status for each in results for what, status in each.statuses if what == kind)
        yield _row(f"ends of {kind}s", came)
    reasons = (reason for each in results for reason in each.undoable)
    yield _row("rollbacks that failed since the thing or the function was", reasons)
    yield _row("reasons of failures", (topic for each in results for topic in each.topics))
    yield f"| times that processes were killed | {sum(len(each.kills) for each in results)} |"
    yield f"| invocations that were killed | {sum(each.killed for each in results)} |"
    yield f"| steps with CloudFormation unavailable | {sum(s.unavailable > 0 for s in steps)} |"
    yield f"| invocations of functions | {sum(each.invocations for each in results)} |"
    yield f"| answers taken | {sum(each.answers for each in results)} |"
    yield f"| stories that failed | {sum(bool(each.violations) for each in results)} |"


def _sessions(results: list[StoryResult]) -> Iterator[str]:
    stories = [each.story for each in results if isinstance(each.story, SessionStory)]
    steps = [step for story in stories for step in story.steps]
    yield _row("sessions at first", (story.state or "none" for story in stories))
    yield _row("faults drawn", (fault["kind"] for step in steps for fault in step.faults))
    struck = (step.aim for step in steps if step.faults or step.drift)
    yield _row("sessions struck by faults and drift", struck)
    yield _row("sessions in a stack", (str(1 + story.pair) for story in stories))


def _declared(results: list[StoryResult]) -> Iterator[str]:
    stories = [each.story for each in results if isinstance(each.story, DeclaredStory)]
    steps = [step for story in stories for step in story.steps]
    yield _row("resources", (story.what for story in stories))
    yield _row("instances at first", (s.state or "none" for s in stories if s.what == "instance"))
    yield _row("faults drawn", (fault["kind"] for step in steps for fault in step.faults))
    stops = ("stop or cancel" if step.ends else "nothing" for step in steps)
    yield _row("on deletion", stops)
    yield f"| steps with two holders of an instance | {sum(step.pair for step in steps)} |"
    cancelled = sum(step.cancel_after is not None for step in steps)
    yield f"| updates that were to be cancelled | {cancelled} |"
    yield _row("acts that a service carried out", (act for each in results for act in each.acts))


def _row(name: str, values: Iterable[str]) -> str:
    counts = ", ".join(f"{value} {count}" for value, count in Counter(values).most_common())
    return f"| {name} | {counts or 'none'} |"
