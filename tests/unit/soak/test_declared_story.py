"""Stories of declared resources include everything that can go wrong."""

from __future__ import annotations

import pytest

from soak.cloud.relay import STACK_FAULTS
from soak.declared.story import FAULTS, STATES, TOKENLESS, WHATS, draw

STORIES = [draw(1, number) for number in range(300)]
STEPS = [step for story in STORIES for step in story.steps]


def test_a_seed_and_a_number_draw_one_story() -> None:
    assert draw(7, 3) == draw(7, 3)
    assert draw(7, 3) != draw(7, 4)
    assert draw(7, 3) != draw(8, 3)


def test_every_resource_state_and_fault_is_drawn() -> None:
    assert {story.what for story in STORIES} == set(WHATS)
    assert {story.state for story in STORIES if story.what == "instance"} == set(STATES)
    assert {fault["kind"] for step in STEPS for fault in step.faults} == set(FAULTS)
    assert {step.stack_fault for step in STEPS} == {"", *STACK_FAULTS}
    assert {step.age for step in STEPS} == {0.0, 20.0, 65.0, 100.0, 4000.0}
    assert {step.again_after for step in STEPS} == {0.0, 65.0, 75.0, 3600.0}
    assert {step.drift for step in STEPS} == {"", "stopped", "running", "terminated"}


@pytest.mark.parametrize(
    "has",
    [
        *("again", "again_state", "after", "kill_after", "retried", "unavailable", "cancel_after"),
        *("ends", "other", "moved", "pair", "fails", "drift", "undone", "trigger"),
    ],
)
def test_each_choice_is_made_and_left_out(has: str) -> None:
    assert {bool(getattr(step, has)) for step in STEPS} == {True, False}


def test_nothing_is_drawn_that_has_no_meaning() -> None:
    for story in STORIES:
        for step in story.steps:
            # Nothing could tell a young second delivery from the first.
            assert not (step.again and story.what in TOKENLESS)
            assert not (step.drift and story.what != "instance")
            assert not (step.undone and not story.runs)
            assert not (step.cancel_after is not None and step.kind != "update")
