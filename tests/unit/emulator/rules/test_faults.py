"""The scope, count and draws of each fault, and faults in combination."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimble_local.emulator.backend import Backend
from nimble_local.emulator.control import views
from nimble_local.emulator.faults.active import Bucket
from nimble_local.emulator.faults.kinds import FAILURES, KINDS
from nimble_local.emulator.http.responses import Outgoing, respond
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID, add_session
from testkit.emulator.in_process import ask, incoming

if TYPE_CHECKING:
    from collections.abc import Sequence

STUDIO = {"studioId": STUDIO_ID}
IDS = {**STUDIO, "sessionId": SESSION_ID}


def get(backend: Backend, **ids: str) -> str:
    return ask(backend, "GetStreamingSession", **{**IDS, **ids})[0]


def sent(backend: Backend, operation: str = "GetStreamingSession") -> Outgoing:
    return respond(backend, incoming(operation, IDS))


def state(backend: Backend) -> str:
    return backend.world.sessions.find(SESSION_ID).state


def on(backend: Backend, kind: str, **more: object) -> str:
    return backend.add_fault({"kind": kind, **more}).fault_id


def test_a_fault_of_an_operation_leaves_others_alone(backend: Backend) -> None:
    on(backend, "error", operation="GetStudio")
    assert ask(backend, "GetStudio", **STUDIO)[0] == "InternalServerErrorException"
    assert get(backend) == "OK"
    assert ask(backend, "ListStreamingSessions", **STUDIO)[0] == "OK"


def test_a_fault_of_a_session_leaves_others_alone(backend: Backend) -> None:
    add_session(backend.context, "another", "STOPPED")
    on(backend, "error", sessionId="another", error="ConflictException", message="Not now.")
    assert get(backend) == "OK"
    outcome, body = ask(backend, "GetStreamingSession", **STUDIO, sessionId="another")
    assert (outcome, body["message"]) == ("ConflictException", "Not now.")
    on(backend, "start-failure", sessionId=SESSION_ID)
    for session_id in (SESSION_ID, "another"):
        request = {**STUDIO, "sessionId": session_id}
        backend.perform("StartStreamingSession", request, "tester")
    backend.clock.advance(5)
    backend.settle()
    states = {session.session_id: session.state for session in backend.world.sessions}
    assert states == {SESSION_ID: "START_FAILED", "another": "READY"}


def test_a_fault_with_a_count_hits_that_often(backend: Backend) -> None:
    on(backend, "error", count=2)
    assert [get(backend) == "OK" for _ in range(4)] == [False, False, True, True]
    assert list(backend.faults) == []


def test_a_fault_with_a_duration_ends_on_the_emulated_clock(backend: Backend) -> None:
    on(backend, "access-denied", forSeconds=60)
    backend.clock.advance(59)
    assert get(backend) == "AccessDeniedException"
    backend.clock.advance(1)
    assert get(backend) == "OK"
    assert list(backend.faults) == []


def pattern(number: float, **more: object) -> list[bool]:
    """Return the requests, of a given number, that are hit."""
    backend = Backend()
    backend.seed()
    on(backend, "error", probability=0.3, **more)
    return [get(backend) != "OK" for _ in range(int(number))]


def test_the_same_seed_gives_the_same_hits() -> None:
    assert pattern(60, seed=1) == pattern(60, seed=1)
    assert pattern(60, seed=1) != pattern(60, seed=2)
    assert sum(pattern(400, seed=3)) == pytest.approx(120, abs=40)
    limited = pattern(60, seed=1, count=3)
    assert sum(limited) == 3
    assert limited[: limited.index(True) + 1] == pattern(60, seed=1)[: limited.index(True) + 1]


@given(
    rate=st.floats(0.1, 1000),
    burst=st.integers(1, 50),
    pauses=st.lists(st.floats(0, 5), min_size=1, max_size=200),
)
def test_a_rate_limit_lets_no_more_through_than_its_rate(
    rate: float, burst: int, pauses: Sequence[float]
) -> None:
    now = 0.0
    bucket = Bucket(rate, burst, now)
    passed = 0
    for pause in pauses:
        now += pause
        passed += bucket.take(now)
        assert passed <= burst + rate * now + 1e-6
    # It lets the next request through as soon as the limit allows.
    bucket.take(now)
    assert bucket.take(now + 1 / rate)


def test_each_operation_has_its_own_rate_limit(backend: Backend) -> None:
    on(backend, "rate-limit", perSecond=0.001, burst=2)
    outcomes = [get(backend) for _ in range(3)]
    assert outcomes == ["OK", "OK", "ThrottlingException"]
    assert ask(backend, "GetStudio", **STUDIO)[0] == "OK"


def test_latency_is_waited_for_in_real_time(client: Any, control: Any) -> None:
    control.add_fault(kind="latency", seconds=0.15, operation="GetStudio")
    client.get_streaming_session(**IDS)
    began = time.perf_counter()
    client.get_studio(**STUDIO)
    assert time.perf_counter() - began >= 0.15
    assert [entry["faults"] for entry in control.journal()] == [[], ["latency"]]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_is_cut_before_or_after_the_act(backend: Backend, moment: str) -> None:
    on(backend, "drop", moment=moment)
    assert sent(backend, "StartStreamingSession").answer is None
    assert state(backend) == ("STOPPED" if moment == "before" else "START_IN_PROGRESS")
    entry = backend.journal.entries()[-1]
    assert (entry.outcome, entry.status, entry.faults) == ("DROPPED", None, ("drop",))


def test_a_request_with_a_cut_answer_is_carried_out(backend: Backend) -> None:
    on(backend, "half-answer")
    outgoing = sent(backend, "StartStreamingSession")
    assert outgoing.half
    assert state(backend) == "START_IN_PROGRESS"


def test_odd_members_leave_the_state_as_it_is(backend: Backend) -> None:
    def read() -> dict[str, Any]:
        answer = sent(backend).answer
        assert answer is not None
        session: dict[str, Any] = json.loads(answer.body)["session"]
        return session

    on(backend, "odd-members", count=1)
    odd = read()
    assert (odd["startedAt"], odd["updatedAt"], odd["tags"]) == ("", 1.7e12, [])
    assert (odd["state"], odd["sessionId"]) == ("STOPPED", SESSION_ID)
    on(backend, "odd-members", session="another", count=1)
    odd = read()
    assert (odd["arn"], odd["sessionId"]) == ("*", "another")
    on(backend, "odd-members")
    assert ask(backend, "StartStreamingSession", **IDS)[0] == "OK"
    assert state(backend) == "START_IN_PROGRESS"


def test_an_html_page_is_sent_and_nothing_is_done(backend: Backend) -> None:
    on(backend, "html-answer", status=502)
    answer = sent(backend, "StartStreamingSession").answer
    assert answer is not None
    assert (answer.status, answer.headers) == (502, {"Content-Type": "text/html"})
    assert state(backend) == "STOPPED"
    assert backend.journal.entries()[-1].outcome == "HTML"


@pytest.mark.parametrize("code", FAILURES)
def test_each_failure_has_its_code(backend: Backend, code: str) -> None:
    on(backend, "start-failure", code=code, count=1)
    sent(backend, "StartStreamingSession")
    backend.clock.advance(5)
    _, answer = ask(backend, "GetStreamingSession", **IDS)
    session = answer["session"]
    assert (session["state"], session["statusCode"]) == ("START_FAILED", code)
    assert session["statusMessage"] == FAILURES[code]
    sent(backend, "StartStreamingSession")
    backend.clock.advance(5)
    backend.settle()
    assert state(backend) == "READY"


def test_the_next_starts_fail_with_the_given_message(backend: Backend) -> None:
    on(backend, "start-failure", message="The rack is on fire.", count=2)
    for expected in ("START_FAILED", "START_FAILED", "READY"):
        sent(backend, "StartStreamingSession")
        backend.clock.advance(5)
        backend.settle()
        assert state(backend) == expected
    moments = backend.world.sessions.find(SESSION_ID).history
    assert [moment.status_code for moment in moments].count("INTERNAL_ERROR") == 2


def test_faults_combine(backend: Backend) -> None:
    on(backend, "latency", seconds=1)
    on(backend, "latency", seconds=2, operation="GetStreamingSession")
    on(backend, "error", error="ConflictException")
    on(backend, "error", error="ThrottlingException")
    on(backend, "half-answer")
    outgoing = sent(backend)
    assert outgoing.answer is not None
    assert (outgoing.delay, outgoing.half, outgoing.answer.status) == (3, True, 409)
    assert backend.journal.entries()[-1].faults == (
        *("latency", "latency", "error", "error", "half-answer"),
    )
    on(backend, "drop", moment="after")
    on(backend, "drop", moment="before")
    on(backend, "drop", moment="after")
    outgoing = sent(backend, "StartStreamingSession")
    assert (outgoing.answer, outgoing.delay) == (None, 1)
    assert state(backend) == "STOPPED"


def test_stale_reads_and_throttling_combine(backend: Backend) -> None:
    sent(backend, "StartStreamingSession")
    on(backend, "stale-read", seconds=60)
    on(backend, "rate-limit", perSecond=0.001)
    backend.clock.advance(5)
    outcome, answer = ask(backend, "GetStreamingSession", **IDS)
    assert (outcome, answer["session"]["state"]) == ("OK", "STOPPED")
    assert get(backend) == "ThrottlingException"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({}, "kind must be one of rate-limit, error"),
        ({"kind": "fire"}, "not 'fire'"),
        ({"kind": "latency"}, "A fault of kind 'latency' needs seconds."),
        ({"kind": "latency", "seconds": "1"}, "seconds must be from 0 to 3600, not '1'."),
        ({"kind": "latency", "seconds": 1, "speed": 2}, "has no 'speed'. It may have: seconds"),
        ({"kind": "error", "count": 0}, "count must be a whole number from 1 to 1000000, not 0."),
        ({"kind": "error", "count": 1.5}, "a whole number from 1 to 1000000, not 1.5."),
        ({"kind": "error", "count": True}, "a whole number from 1 to 1000000, not True."),
        ({"kind": "error", "seed": 0.1}, "seed must be a whole number from 0 to 9007199254740992"),
        ({"kind": "html-answer", "status": 503.5}, "status must be a whole number from 200 to 599"),
        ({"kind": "rate-limit", "perSecond": 1, "burst": 1.01}, "burst must be a whole number"),
        ({"kind": "error", "probability": 1.1}, "probability must be from 0 to 1"),
        ({"kind": "error", "operation": "Fly"}, "operation must be one of"),
        ({"kind": "error", "error": "Fire"}, "error must be one of ValidationException"),
        ({"kind": "start-failure", "operation": "GetStudio"}, "is about sessions"),
        ({"kind": "start-failure", "code": "FIRE"}, "code must be one of INTERNAL_ERROR"),
        ({"kind": "stuck", "state": "READY", "count": 1}, "stays stuck: limit the fault"),
        ({"kind": "external-act", "act": "stop"}, "needs a sessionId, or the state"),
        ({"kind": "error", "sessionId": ""}, "sessionId must be a text, not ''."),
        ({"kind": "error", "sessionId": 5}, "sessionId must be a text, not 5."),
    ],
)
def test_an_invalid_fault_is_explained(
    backend: Backend, wanted: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=r"\.$") as raised:
        backend.add_fault(wanted)
    assert words in str(raised.value)
    assert list(backend.faults) == []


def test_a_fault_is_shown_with_all_its_parameters(backend: Backend) -> None:
    given_ = {"kind": "rate-limit", "perSecond": 2.0, "operation": "GetStudio", "count": 3}
    shown = views.fault(backend.add_fault(given_))
    assert {**given_, "burst": 1.0}.items() - {("count", 3)} <= shown.items()
    assert (shown["left"], shown["hits"], shown["sessionId"]) == (3, 0, None)
    assert set(KINDS) >= {"rate-limit"}


def test_a_whole_number_may_be_written_as_a_fraction(backend: Backend) -> None:
    # The command line and the page have only one kind of number.
    fault = backend.add_fault({"kind": "html-answer", "count": 2.0, "status": 502.0, "seed": 7.0})
    assert (fault.left, fault.seed, fault.parameters["status"]) == (2, 7, 502)
