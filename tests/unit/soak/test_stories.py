"""The soak reports stories that break a rule."""

from __future__ import annotations

import pytest

from soak.checks import stories
from soak.cloud.invocations import Invocation, Kill

PATH = "/_ministack/cfn-response/4f0c"
KILL = ("2", "3")
INVOCATION = Invocation("s", "f", "r", "Create", "w", "d", began="1", ended="4")
KILLED = Invocation(
    "s", "f", "r", "Create", "w", "d", began="1", ended="4", error="Worker process died"
)
ONWARD = Invocation(
    "s", "f", "r", "Create", "w", "d", onward=True, began="1", ended="4", error="died"
)
ANSWER = {"RequestId": "r"}


@pytest.mark.parametrize(
    ("invocations", "count", "kills"),
    [
        ([INVOCATION], 1, []),
        ([KILLED], 0, [KILL]),
        ([INVOCATION, ONWARD], 1, [KILL]),
        # It was killed after its answer and invoked again.
        ([INVOCATION, ONWARD, INVOCATION], 2, [KILL]),
        # It was delivered again.
        ([INVOCATION, INVOCATION], 2, []),
    ],
)
def test_one_answer_for_each_request_is_correct(
    invocations: list[Invocation], count: int, kills: list[Kill]
) -> None:
    assert list(stories.answers(invocations, [ANSWER] * count, kills)) == []


@pytest.mark.parametrize(
    ("invocations", "count", "kills", "what"),
    [
        ([INVOCATION], 2, [], "request r has 2 answers"),
        ([KILLED], 2, [KILL], "request r has 2 answers"),
        ([INVOCATION, ONWARD], 2, [("5", "6")], "request r has 2 answers"),
        ([INVOCATION, ONWARD], 3, [KILL], "request r has 3 answers"),
        ([INVOCATION, INVOCATION], 3, [], "request r has 3 answers"),
        ([INVOCATION], 0, [], "request r was never answered"),
        ([INVOCATION], 0, [KILL], "request r was never answered"),
        ([INVOCATION, ONWARD], 0, [KILL], "request r was never answered"),
        ([], 1, [], "request r was never made, and has 1 answers"),
    ],
)
def test_any_other_number_of_answers_is_reported(
    invocations: list[Invocation], count: int, kills: list[Kill], what: str
) -> None:
    assert list(stories.answers(invocations, [ANSWER] * count, kills)) == [what]


@pytest.mark.parametrize("log", ["at 4f0c", f"PUT {PATH}", "{'ResponseURL': ''}", "cfn-response"])
def test_a_response_url_in_a_log_is_reported(log: str) -> None:
    said = Invocation("s", "f", "r", "Delete", "w", "d", log=f"something\n{log}")
    told = list(stories.secrets([INVOCATION, said], {PATH}))
    assert told == (["a secret is in the function's log"] if log != "cfn-response" else [])
