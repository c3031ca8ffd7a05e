"""A hostile service, a hostile template and a hostile address for answers.

Values that the construct would refuse reach the function when they are known only at deployment:
such requests are sent to the function of a real stack.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest

from assembly import Plan
from border import SECRET
from stage import same_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_nimble_streaming_session import StreamingSession
    from stage import Outcome, Stage

pytestmark = pytest.mark.xdist_group("wrong")

MESSAGE = '\x1b[2J\x1b]0;owned\x07\r\n{"Status": "SUCCESS"} <script>alert(1)</script> \u202egnp.exe'
SEEN = '{"Status": "SUCCESS"} <script>alert(1)</script>'

IDS = {
    "a slash": "desk/../../studios",
    "dots": "..",
    "a newline": "desk\nAuthorization: none",
    "percent escapes": "desk%2f..%2fother",
    "10 kB": "d" * 10_000,
    "nothing": "",
    "a null": "desk\x00",
    "a query": "desk?x=1#y",
    "markup": "<img src=x onerror=alert(1)>",
}


def shown(stack: cdk.Stack, session: StreamingSession) -> None:
    """Put into the stack's outputs what the service may have chosen freely."""
    cdk.CfnOutput(stack, "Message", value=session.streaming_session_status_message)


FAILS = Plan("HostileFailure", "session-of-HostileFailure")
SHOWS = Plan("HostileSuccess", "session-of-HostileSuccess", add=shown)
ALIVE = Plan("HostileRequests", "session-of-HostileRequests")


def deployed(stage: Stage, *, plan: Plan, state: str) -> Outcome:
    stage.control.add_session(sessionId=plan.session_id, state=state, statusMessage=MESSAGE)
    outcome = stage.deploy(plan, cli=True)
    stage.delete(plan)
    return outcome


def requested(stage: Stage) -> dict[str, Any]:
    """Send requests with hostile ids, and one whose answer is redirected."""
    stage.control.add_session(sessionId=ALIVE.session_id, state="READY")
    stage.deploy(ALIVE)
    stack_id, function = stage.deployer.stack_id(ALIVE.stack), stage.deployer.function(ALIVE.stack)
    known = len(stage.control.journal())
    events = {
        (kind, name, text): stage.border.event(kind, stack_id, "desk", OnDelete="STOP")
        | {"ResourceProperties": {"StudioId": "us-west-2:stid-1", "SessionId": "desk", name: text}}
        for kind, name in (("Create", "SessionId"), ("Create", "StudioId"), ("Delete", "SessionId"))
        for text in IDS.values()
    }
    answers = {}
    for key, event in events.items():
        stage.border.send(function, event)
        answers[key] = stage.border.answer(event)
    named = {request["sessionId"] for request in stage.control.journal()[known:]}

    redirected = stage.border.event("Create", stack_id, ALIVE.session_id)
    path = stage.border.path(redirected)
    stage.border.redirected.add(path)
    stage.border.send(function, redirected)
    stage.wait("three tries", lambda: len(stage.border.answers(redirected)) >= 3)
    log = stage.deployer.platform_log(ALIVE.stack)
    stage.delete(ALIVE)
    return {"answers": answers, "named": named, "log": log, "path": path}


PLANS = [FAILS, SHOWS, ALIVE]
PLAYS: dict[str, Callable[[Stage], Any]] = {
    "HostileFailure": partial(deployed, plan=FAILS, state="CREATE_FAILED"),
    "HostileSuccess": partial(deployed, plan=SHOWS, state="READY"),
    "HostileRequests": requested,
}


def test_a_hostile_message_reaches_the_terminal_as_plain_text(
    played: Callable[[str], Outcome],
) -> None:
    outcome = played("HostileFailure")
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert same_words(SEEN) in same_words(outcome.terminal)
    assert all(line.isprintable() for line in outcome.terminal.splitlines())
    assert outcome.failure.isprintable()


def test_a_hostile_message_reaches_the_outputs_as_plain_text(
    played: Callable[[str], Outcome],
) -> None:
    outcome = played("HostileSuccess")
    assert outcome.status == "CREATE_COMPLETE"
    assert SEEN in outcome.outputs["Message"]
    assert all(line.isprintable() for line in outcome.terminal.splitlines())


@pytest.mark.parametrize("name", ["SessionId", "StudioId"])
@pytest.mark.parametrize("what", IDS)
def test_a_hostile_id_is_refused_before_any_request(
    played: Callable[[str], dict[str, Any]], name: str, what: str
) -> None:
    answer = played("HostileRequests")["answers"]["Create", name, IDS[what]]
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"{name} is ")
    assert answer["Reason"].isprintable()
    assert len(answer["Reason"]) < 500
    assert answer["PhysicalResourceId"].isprintable()
    assert len(answer["PhysicalResourceId"]) < 200


@pytest.mark.parametrize("what", IDS)
def test_a_hostile_id_never_holds_up_a_delete(
    played: Callable[[str], dict[str, Any]], what: str
) -> None:
    answer = played("HostileRequests")["answers"]["Delete", "SessionId", IDS[what]]
    assert answer["Status"] == "SUCCESS"


def test_nobody_else_was_asked_about(played: Callable[[str], dict[str, Any]]) -> None:
    assert not played("HostileRequests")["named"] & {"desk", "other", None, *IDS.values()}


def test_a_redirect_of_the_answer_is_not_followed_and_not_told(
    stage: Stage, played: Callable[[str], dict[str, Any]]
) -> None:
    found = played("HostileRequests")
    assert "/elsewhere" not in {path for path, _ in stage.border.puts}
    assert "HTTP status 307" in found["log"]
    for secret in (SECRET, found["path"], "ResponseURL"):
        assert secret not in found["log"]
