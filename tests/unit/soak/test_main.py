"""The soak's command line: which stories it runs."""

from __future__ import annotations

import pytest

from soak.__main__ import drawn, parse
from soak.declared import story as declared
from soak.sessions import story as sessions


def test_stories_of_both_kinds_are_drawn_by_their_numbers() -> None:
    assert drawn(parse(["--seed", "7", "--count", "5"])) == [
        sessions.draw(7, 0),
        sessions.draw(7, 1),
        declared.draw(7, 0),
        sessions.draw(7, 2),
        sessions.draw(7, 3),
    ]


@pytest.mark.parametrize(("only", "kind"), [("sessions", sessions), ("declared", declared)])
def test_only_one_kind_is_drawn_if_asked_for(only: str, kind: object) -> None:
    draw = getattr(kind, "draw")  # noqa: B009 - either of two modules
    stories = drawn(parse(["--seed", "7", "--count", "3", "--only", only]))
    assert stories == [draw(7, number) for number in range(3)]


@pytest.mark.parametrize("place", range(6))
def test_a_story_is_the_same_alone_and_among_others(place: int) -> None:
    among = drawn(parse(["--seed", "7", "--count", "6"]))[place]
    assert drawn(parse(["--seed", "7", "--story", among.name])) == [among]
