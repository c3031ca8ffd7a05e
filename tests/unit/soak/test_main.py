"""The soak's command line: which stories it plays, and how one is played again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import create_autospec

import pytest

from soak.__main__ import _told, drawn, parse
from soak.driver import Player, Told
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
    def play(story: Story) -> Told:
        return Told(story, violations=["create: so"] if story.number == 1 else [])

    player = create_autospec(Player, instance=True)
    player.play.side_effect = play
    options = parse(["--seed", "7", "--count", "3", "--jobs", "1"])
    told = list(_told(player, drawn(options), options))
    assert [each.story.number for each in told] == [0, 1, 2]
    said = capsys.readouterr().out.splitlines()
    at = said.index("Story 1: create: so")
    assert said[at + 1] == "  Play it again alone with: make soak SEED=7 STORY=1"
    assert sum("make soak" in line for line in said) == 1
    assert said[-1].startswith("3 of 3 stories (100 %), 1 failed")
