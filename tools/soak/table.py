"""What a soak shows: how far it is, and what was drawn and came out."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from soak.driver import Told

EVERY_SECONDS = 15.0


class Progress:
    """Says how many stories are told, and how long the rest will take."""

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
        """Count a story, and say how far it is, now and then."""
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


def table(seed: int, told: list[Told], seconds: float, played: float) -> Iterator[str]:
    """Return what was drawn and what came out, as a table in Markdown.

    The stories took ``played`` seconds of all the ``seconds``, several of them at a time.
    """
    acts = [act for each in told for act in each.story.acts]
    yield f"| {len(told)} stories in {clock(seconds)} | |"
    yield "|---|---|"
    yield f"| seed | {seed} |"
    yield f"| seconds a story, without what comes before the first | {played / len(told):.1f} |"
    yield _row("sessions at first", (each.story.state or "none" for each in told))
    yield _row("acts drawn", (act.kind for act in acts))
    yield _row("faults drawn", (fault["kind"] for act in acts for fault in act.faults))
    yield _row(
        "faults of questions about the stack", (a.stack_fault for a in acts if a.stack_fault)
    )
    yield _row("ages of requests", (f"{act.age:.0f} s" for act in acts if act.age))
    yield _row("second deliveries", (again for each in told for again in each.again))
    struck = (act.aim for act in acts if act.faults or act.drift)
    yield _row("sessions struck by faults and drift", struck)
    yield _row("sessions in a stack", (str(1 + each.story.pair) for each in told))
    yield _row("functions", ("short" if t.story.function_seconds < 60 else "long" for t in told))
    for kind in ("create", "update", "delete"):
        came = (status for each in told for what, status in each.statuses if what == kind)
        yield _row(f"ends of {kind}s", came)
    yield _row("rollbacks that failed since the session or the function was", _reasons(told))
    yield _row("reasons of failures", (topic for each in told for topic in each.topics))
    yield f"| times that processes were killed | {sum(len(each.kills) for each in told)} |"
    yield f"| runs that were killed | {sum(each.killed for each in told)} |"
    yield f"| acts with CloudFormation unavailable | {sum(act.unavailable > 0 for act in acts)} |"
    yield f"| runs of functions | {sum(each.invocations for each in told)} |"
    yield f"| answers taken | {sum(each.answers for each in told)} |"
    yield f"| stories that failed | {sum(bool(each.violations) for each in told)} |"


def _reasons(told: list[Told]) -> Iterator[str]:
    return (reason for each in told for reason in each.undoable)


def _row(name: str, values: Iterable[str]) -> str:
    counts = ", ".join(f"{value} {count}" for value, count in Counter(values).most_common())
    return f"| {name} | {counts or 'none'} |"
