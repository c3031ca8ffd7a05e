"""A story that does not end."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from soak.runner import run_all
from soak.sessions.story import draw
from soak.story_driver import StoryResult

if TYPE_CHECKING:
    from soak.story import Story


def test_a_story_past_its_deadline_is_reported_with_its_seed_and_number() -> None:
    never = Event()

    def run(story: Story) -> StoryResult:
        if story.number == 0:
            never.wait()
        return StoryResult(story)

    def limit(story: Story) -> float:
        # The others end on their own, even on a busy machine.
        return 0.3 if story.number == 0 else 60

    results = list(run_all(run, [draw(7, n) for n in range(3)], jobs=1, limit=limit))
    never.set()
    assert {each.story.number: each.violations for each in results} == {
        0: ["seed 7, story 0: not over in 0 s"],
        1: [],
        2: [],
    }
