"""A hostile service, template and answer address.

Values that the construct would reject can reach the function if they're known only at deployment.
The tests send such requests to the function of a real stack.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest

from testkit.cloud.driver import same_words
from testkit.cloud.request_sender import SECRET
from testkit.construct.assembly import Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_nimble_streaming_session import StreamingSession
    from testkit.cloud.driver import DeployResult, Driver

pytestmark = pytest.mark.xdist_group("failures")

ESCAPES = "\x1b[2J\x1b]0;owned\x07\r\n\v\f\x85\u2028\u2029\x9b2J\x00\x7f"
SEEN = '{"Status": "SUCCESS"} <script>alert(1)</script>'
MESSAGE = f"{ESCAPES}{SEEN} \u202egnp.exe"
TAGS = {f"key {MESSAGE}": MESSAGE}

SESSION = "direct-session-of-HostileRequests"
OTHER = "other-of-HostileRequests"
IDS = {
    "a slash": f"{SESSION}/../../studios",
    "dots": "..",
    "a newline": f"{SESSION}\nAuthorization: none",
    "percent escapes": f"{SESSION}%2f..%2f{OTHER}",
    "10 kB": "d" * 10_000,
    "nothing": "",
    "a null": f"{SESSION}\x00",
    "a query": f"{SESSION}?x=1#y",
    "markup": "<img src=x onerror=alert(1)>",
}
NAMES = ("SessionId", "StudioId", "BackupId")
# An empty BackupId counts as none, which is harmless.
HOSTILE = [(n, w) for n in NAMES for w in IDS if (n, w) != ("BackupId", "nothing")]


def shown(stack: cdk.Stack, session: StreamingSession) -> None:
    """Output the attributes that the service may choose freely."""
    cdk.CfnOutput(stack, "Message", value=session.streaming_session_status_message)
    cdk.CfnOutput(stack, "Owner", value=session.streaming_session_owned_by)


FAILS = Plan("HostileFailure", "session-of-HostileFailure")
SHOWS = Plan("HostileSuccess", "session-of-HostileSuccess", add=shown)
ALIVE = Plan("HostileRequests", "session-of-HostileRequests")


def deployed(driver: Driver, *, plan: Plan, state: str) -> DeployResult:
    free = {"statusMessage": MESSAGE, "ownedBy": MESSAGE, "tags": TAGS}
    driver.control.add_session(sessionId=plan.session_id, state=state, **free)
    outcome = driver.deploy(plan, cli=True)
    driver.delete(plan)
    return outcome


def requested(driver: Driver) -> dict[str, Any]:
    """Send requests with hostile ids, and one with a redirected answer."""
    driver.control.add_session(sessionId=ALIVE.session_id, state="READY")
    driver.deploy(ALIVE)
    stack_id, function = (
        driver.deployer.stack_id(ALIVE.stack),
        driver.deployer.function(ALIVE.stack),
    )
    known = len(driver.control.journal())
    answers = {}
    for kind in ("Create", "Delete"):
        for name, what in HOSTILE:
            properties: dict[str, Any] = {"OnDelete": "STOP", name: IDS[what]}
            event = driver.sender.event(kind, stack_id, SESSION, **properties)
            driver.sender.send(function, event)
            answers[kind, name, what] = driver.sender.answer(event)
    named = {request["sessionId"] for request in driver.control.journal()[known:]}

    redirected = driver.sender.event("Create", stack_id, ALIVE.session_id)
    path = driver.sender.path(redirected)
    driver.sender.redirected.add(path)
    driver.sender.send(function, redirected)
    driver.wait("three tries", lambda: len(driver.sender.answers(redirected)) >= 3)
    log = driver.deployer.platform_log(ALIVE.stack)
    driver.delete(ALIVE)
    return {"answers": answers, "named": named, "log": log, "path": path}


PLANS = [FAILS, SHOWS, ALIVE]
SCENARIOS: dict[str, Callable[[Driver], Any]] = {
    "HostileFailure": partial(deployed, plan=FAILS, state="CREATE_FAILED"),
    "HostileSuccess": partial(deployed, plan=SHOWS, state="READY"),
    "HostileRequests": requested,
}


def test_a_hostile_message_reaches_the_terminal_as_plain_text(
    result_of: Callable[[str], DeployResult],
) -> None:
    outcome = result_of("HostileFailure")
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert same_words(SEEN) in same_words(outcome.terminal)
    assert obeyed(outcome.output) == set()
    assert outcome.failure.isprintable()


def test_a_hostile_message_reaches_the_outputs_as_plain_text(
    result_of: Callable[[str], DeployResult],
) -> None:
    outcome = result_of("HostileSuccess")
    assert outcome.status == "CREATE_COMPLETE"
    assert SEEN in outcome.outputs["Message"]
    assert SEEN in outcome.outputs["Owner"]
    ((key, text),) = json.loads(outcome.outputs["Tags"]).items()
    assert SEEN in key
    assert SEEN in text
    assert all(value.isprintable() for value in outcome.outputs.values())
    assert same_words(SEEN) in same_words(outcome.output)
    assert obeyed(outcome.output) == set()


def obeyed(text: str) -> set[str]:
    """Return the characters of a text that a terminal might obey, except line ends.

    A carriage return in the CLI's output is read as a line end, so the reason and the outputs must
    not contain any.
    """
    return {c for c in text if not c.isprintable()} - {"\n"}


@pytest.mark.parametrize(("name", "what"), HOSTILE)
def test_a_hostile_id_is_refused_before_any_request(
    result_of: Callable[[str], dict[str, Any]], name: str, what: str
) -> None:
    answer = result_of("HostileRequests")["answers"]["Create", name, what]
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"{name} is ")
    assert answer["Reason"].isprintable()
    assert len(answer["Reason"]) < 500
    assert answer["PhysicalResourceId"].isprintable()
    assert len(answer["PhysicalResourceId"]) < 200


@pytest.mark.parametrize(("name", "what"), HOSTILE)
def test_a_hostile_id_never_holds_up_a_delete(
    result_of: Callable[[str], dict[str, Any]], name: str, what: str
) -> None:
    answer = result_of("HostileRequests")["answers"]["Delete", name, what]
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", SESSION)


def test_no_other_session_was_requested(result_of: Callable[[str], dict[str, Any]]) -> None:
    assert not result_of("HostileRequests")["named"] & {SESSION, OTHER, None, *IDS.values()}


def test_a_redirect_of_the_answer_is_neither_followed_nor_logged(
    driver: Driver, result_of: Callable[[str], dict[str, Any]]
) -> None:
    found = result_of("HostileRequests")
    assert "/elsewhere" not in {path for path, _ in driver.sender.puts}
    assert "HTTP status 307" in found["log"]
    for secret in (SECRET, found["path"], "ResponseURL"):
        assert secret not in found["log"]
