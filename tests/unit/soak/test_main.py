"""The soak's command line: which stories it runs."""

from __future__ import annotations

from soak.__main__ import drawn, parse
from soak.story import draw


def test_stories_are_drawn_by_their_numbers() -> None:
    assert drawn(parse(["--seed", "7", "--count", "3"])) == [draw(7, number) for number in range(3)]


def test_a_story_is_the_same_alone_and_among_others() -> None:
    among = drawn(parse(["--seed", "7", "--count", "5"]))
    assert drawn(parse(["--seed", "7", "--story", "3"])) == [among[3]]
