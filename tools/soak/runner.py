"""Runs several stories at a time, each until its deadline at the latest."""

from __future__ import annotations

import time
from collections import deque
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING

from soak.story_driver import StoryResult, limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from soak.story import Story


def run_all(
    run: Callable[[Story], StoryResult],
    stories: Iterable[Story],
    jobs: int,
    limit: Callable[[Story], float] = limit,
) -> Iterator[StoryResult]:
    """Run the stories, and yield each result as it comes.

    A story that takes longer than ``limit``, in seconds, counts as failed and is abandoned: nothing
    waits for its thread, not even the end of the program.
    """
    ended: Queue[StoryResult] = Queue()
    waiting = deque(stories)
    running: dict[str, tuple[Story, float]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            story = waiting.popleft()
            running[story.name] = story, time.monotonic() + limit(story)
            Thread(target=lambda each=story: ended.put(run(each)), daemon=True).start()
        nearest = min(deadline for _, deadline in running.values())
        try:
            result = ended.get(timeout=max(0.0, nearest - time.monotonic()))
        except Empty:
            for story, _ in [one for one in running.values() if one[1] <= time.monotonic()]:
                del running[story.name]
                what = f"seed {story.seed}, story {story.name}: not over in {limit(story):.0f} s"
                yield StoryResult(story, violations=[what])
            continue
        # A late story has been reported already.
        if running.pop(result.story.name, None):
            yield result
