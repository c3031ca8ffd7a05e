"""Plays several stories at a time, each until its deadline at most."""

from __future__ import annotations

import time
from collections import deque
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING

from soak.driver import Told, limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from soak.story import Story


def play_all(
    play: Callable[[Story], Told],
    stories: Iterable[Story],
    jobs: int,
    limit: Callable[[Story], float] = limit,
) -> Iterator[Told]:
    """Play the stories, and tell each as it ends.

    One that is not over within ``limit``, in seconds, is told as failed and left to itself: nobody
    waits for its thread, not even the end of the program.
    """
    ended: Queue[Told] = Queue()
    waiting = deque(stories)
    playing: dict[int, tuple[Story, float]] = {}
    while waiting or playing:
        while waiting and len(playing) < jobs:
            story = waiting.popleft()
            playing[story.number] = story, time.monotonic() + limit(story)
            Thread(target=lambda each=story: ended.put(play(each)), daemon=True).start()
        nearest = min(deadline for _, deadline in playing.values())
        try:
            told = ended.get(timeout=max(0.0, nearest - time.monotonic()))
        except Empty:
            for story, _ in [one for one in playing.values() if one[1] <= time.monotonic()]:
                del playing[story.number]
                what = f"seed {story.seed}, story {story.number}: not over in {limit(story):.0f} s"
                yield Told(story, violations=[what])
            continue
        # One that ends late has been told already.
        if playing.pop(told.story.number, None):
            yield told
