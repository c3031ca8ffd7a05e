"""The soak reports stories that break a rule."""

from __future__ import annotations

import pytest

from soak.checks import stories
from soak.cloud.invocations import Kill, Run

PATH = "/_ministack/cfn-response/4f0c"
KILL = ("2", "3")
RUN = Run("s", "f", "r", "Create", "w", "d", began="1", ended="4")
KILLED = Run("s", "f", "r", "Create", "w", "d", began="1", ended="4", error="Worker process died")
ONWARD = Run("s", "f", "r", "Create", "w", "d", onward=True, began="1", ended="4", error="died")
ANSWER = {"RequestId": "r"}


@pytest.mark.parametrize(
    ("runs", "count", "kills"),
    [
        ([RUN], 1, []),
        ([KILLED], 0, [KILL]),
        ([RUN, ONWARD], 1, [KILL]),
        # It was killed after its answer and run again.
        ([RUN, ONWARD, RUN], 2, [KILL]),
        # It was delivered again.
        ([RUN, RUN], 2, []),
    ],
)
def test_one_answer_for_each_request_is_correct(
    runs: list[Run], count: int, kills: list[Kill]
) -> None:
    assert list(stories.answers(runs, [ANSWER] * count, kills)) == []


@pytest.mark.parametrize(
    ("runs", "count", "kills", "what"),
    [
        ([RUN], 2, [], "request r has 2 answers"),
        ([KILLED], 2, [KILL], "request r has 2 answers"),
        ([RUN, ONWARD], 2, [("5", "6")], "request r has 2 answers"),
        ([RUN, ONWARD], 3, [KILL], "request r has 3 answers"),
        ([RUN, RUN], 3, [], "request r has 3 answers"),
        ([RUN], 0, [], "request r was never answered"),
        ([RUN], 0, [KILL], "request r was never answered"),
        ([RUN, ONWARD], 0, [KILL], "request r was never answered"),
        ([], 1, [], "request r was never made, and has 1 answers"),
    ],
)
def test_any_other_number_of_answers_is_reported(
    runs: list[Run], count: int, kills: list[Kill], what: str
) -> None:
    assert list(stories.answers(runs, [ANSWER] * count, kills)) == [what]


@pytest.mark.parametrize("log", ["at 4f0c", f"PUT {PATH}", "{'ResponseURL': ''}", "cfn-response"])
def test_an_address_for_answers_in_a_log_is_reported(log: str) -> None:
    said = Run("s", "f", "r", "Delete", "w", "d", log=f"something\n{log}")
    told = list(stories.secrets([RUN, said], {PATH}))
    assert told == (["a secret is in the function's log"] if log != "cfn-response" else [])
