"""The soak's command line: which stories it runs, and how to run one again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import create_autospec

import pytest

from soak.__main__ import _results, drawn, parse
from soak.driver import StoryDriver, StoryResult
from soak.story import draw

if TYPE_CHECKING:
    from soak.story import Story


def test_stories_are_drawn_by_their_numbers() -> None:
    assert drawn(parse(["--seed", "7", "--count", "3"])) == [draw(7, number) for number in range(3)]


def test_one_story_is_the_same_alone_as_among_others() -> None:
    among = drawn(parse(["--seed", "7", "--count", "5"]))
    assert drawn(parse(["--seed", "7", "--story", "3"])) == [among[3]]


def test_a_seed_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse([])
    assert "--seed" in capsys.readouterr().err


def test_a_story_that_fails_is_told_with_the_command_that_plays_it_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(story: Story) -> StoryResult:
        return StoryResult(story, violations=["create: so"] if story.number == 1 else [])

    story_driver = create_autospec(StoryDriver, instance=True)
    story_driver.run.side_effect = run
    options = parse(["--seed", "7", "--count", "3", "--jobs", "1"])
    results = list(_results(story_driver, drawn(options), options))
    assert [each.story.number for each in results] == [0, 1, 2]
    said = capsys.readouterr().out.splitlines()
    at = said.index("Story 1: create: so")
    assert said[at + 1] == "  Run it again alone with: make soak SEED=7 STORY=1"
    assert sum("make soak" in line for line in said) == 1
    assert said[-1].startswith("3 of 3 stories (100 %), 1 failed")
