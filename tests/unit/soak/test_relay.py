"""The relay between a function and CloudFormation."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from soak.cloud.invocations import moment
from soak.cloud.relay import SOAK_PATH, STALE_SECONDS, Relay
from testkit.scripted_server import reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testkit.function.simulation import SimulatedClock
    from testkit.scripted_server import Script

PATH = "/_ministack/cfn-response/4f0c"


@pytest.fixture
def relay(ministack: Script, clock: SimulatedClock) -> Iterator[Relay]:
    with closing(Relay(lambda: clock.now)) as made:
        made.ministack_url = ministack.url
        yield made


def body(stack: str) -> bytes:
    made = {"StackId": f"arn:x:stack/{stack}/1", "Status": "SUCCESS", "RequestId": f"{stack}-1"}
    return json.dumps(made).encode()


def send(relay: Relay, method: str, path: str, content: bytes) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=60)
    with closing(connection):
        connection.request(method, path, content, {"Authorization": "signed"})
        response = connection.getresponse()
        return response.status, response.read()


def put(relay: Relay, stack: str) -> int:
    return send(relay, "PUT", f"{PATH}?X-Amz-Signature=00", body(stack))[0]


def ask(relay: Relay) -> tuple[int, bytes]:
    query = {"Action": "DescribeStacks", "StackName": "arn:aws:cloudformation:x:1:stack/a/1"}
    return send(relay, "POST", "/", urlencode(query).encode())


def taken(relay: Relay, stack: str) -> list[dict[str, Any]]:
    return [{**each, "At": ""} for each in relay.answers(stack)]


def test_an_answer_is_passed_on_and_recorded(relay: Relay, ministack: Script) -> None:
    ministack.replies = [reply(200), reply(403)]
    before = moment()
    assert put(relay, "a") == 200
    # The function gets MiniStack's status.
    assert put(relay, "b") == 403
    assert ministack.bodies() == [body("a"), body("b")]
    assert ministack.requests[0].startswith(f"PUT {PATH}?X-Amz-Signature=00 ".encode())
    # The signature covers the host that the function got.
    assert f"\r\nHost: 127.0.0.1:{relay.port}\r\n".encode() in ministack.requests[0]
    noted = {**json.loads(body("a")), "Size": len(body("a")), "At": "", "Again": False}
    assert taken(relay, "a") == [noted]
    assert before <= relay.answers("a")[0]["At"] <= moment()
    assert relay.paths() == relay.paths("a") == {PATH}
    assert relay.paths("c") == set()


def test_answers_of_one_stack_are_refused_for_a_while(
    relay: Relay, ministack: Script, clock: SimulatedClock
) -> None:
    ministack.replies = [reply(200), reply(200)]
    relay.make_unavailable("a", 5)
    assert put(relay, "a") == 503
    assert put(relay, "b") == 200
    clock.now += 4.9
    assert put(relay, "a") == 503
    assert relay.answers("a") == []
    # It knows the address anyway.
    assert relay.paths("a") == {PATH}
    clock.now += 0.1
    assert put(relay, "a") == 200
    assert ministack.bodies() == [body("b"), body("a")]
    assert len(relay.answers("a")) == 1


def test_a_second_answer_is_recorded_but_not_passed_on(relay: Relay, ministack: Script) -> None:
    ministack.replies = [reply(200)]
    assert put(relay, "a") == put(relay, "a") == 200
    assert ministack.bodies() == [body("a")]
    assert [each["Again"] for each in relay.answers("a")] == [False, True]


def test_an_answer_is_passed_on_with_the_signature_that_was_kept(
    relay: Relay, ministack: Script
) -> None:
    ministack.replies = [reply(200)]
    relay.keep(f"http://x{PATH}?X-Amz-Signature=old")
    assert put(relay, "a") == 200
    assert ministack.requests[0].startswith(f"PUT {PATH}?X-Amz-Signature=old ".encode())


def test_an_answer_to_a_request_of_the_soak_is_not_passed_on(
    relay: Relay, ministack: Script
) -> None:
    assert send(relay, "PUT", f"{SOAK_PATH}4f0c?X-Amz-Signature=00", body("a"))[0] == 200
    assert ministack.requests == []
    assert len(relay.answers("a")) == 1


STACK = b"<StackStatus>UPDATE_ROLLBACK_IN_PROGRESS</StackStatus>"


def test_a_query_is_passed_on_as_signed(relay: Relay, ministack: Script) -> None:
    ministack.replies = [reply(200, STACK.decode())]
    assert ask(relay) == (200, STACK)
    assert b"Authorization: signed\r\n" in ministack.requests[0]
    assert f"\r\nHost: 127.0.0.1:{relay.port}\r\n".encode() in ministack.requests[0]
    (query,) = relay.queries("a")
    assert {**query, "At": ""} == {"Action": "DescribeStacks", "Fault": "", "At": ""}


@pytest.mark.parametrize(
    ("kind", "status"), [("throttled", 400), ("failing", 503), ("forbidden", 403)]
)
def test_a_query_is_refused_for_a_while(
    relay: Relay, ministack: Script, clock: SimulatedClock, kind: str, status: int
) -> None:
    ministack.replies = [reply(200, STACK.decode())]
    relay.add_fault("a", kind, 5)
    assert ask(relay)[0] == status
    clock.now += 5
    assert ask(relay) == (200, STACK)
    assert [each["Fault"] for each in relay.queries("a")] == [kind, ""]


def test_a_query_is_cut_off(relay: Relay, ministack: Script) -> None:
    relay.add_fault("a", "silent", 5)
    with pytest.raises(http.client.RemoteDisconnected):
        ask(relay)
    assert ministack.requests == []


def test_a_query_is_answered_with_an_old_status(
    relay: Relay, ministack: Script, clock: SimulatedClock
) -> None:
    ministack.replies = [reply(200, STACK.decode())] * 3
    relay.add_fault("a", "stale", 60)
    assert ask(relay) == (200, STACK)
    relay.note("a", "UPDATE_IN_PROGRESS")
    clock.now += STALE_SECONDS
    relay.note("a", "UPDATE_ROLLBACK_IN_PROGRESS")
    assert ask(relay) == (200, b"<StackStatus>UPDATE_IN_PROGRESS</StackStatus>")
    clock.now += STALE_SECONDS
    assert ask(relay) == (200, STACK)


def test_a_query_shows_a_status_that_ministack_does_not_have(
    relay: Relay, ministack: Script
) -> None:
    ministack.replies = [reply(200, STACK.decode())] * 2
    relay.show("a", "ROLLBACK_IN_PROGRESS")
    assert ask(relay) == (200, b"<StackStatus>ROLLBACK_IN_PROGRESS</StackStatus>")
    relay.show("a", "")
    assert ask(relay) == (200, STACK)
