"""The relay, between somebody who answers and somebody who takes answers."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from scripted_server import reply, scripted_server
from soak.relay import Relay
from soak.runs import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripted_server import Script

PATH = "/_ministack/cfn-response/4f0c"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ministack() -> Iterator[Script]:
    with scripted_server() as script:
        yield script


@pytest.fixture
def relay(ministack: Script, clock: Clock) -> Iterator[Relay]:
    with closing(Relay(clock)) as made:
        made.url = ministack.url
        yield made


def body(stack: str) -> bytes:
    return json.dumps({"StackId": f"arn:x:stack/{stack}/1", "Status": "SUCCESS"}).encode()


def put(relay: Relay, stack: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=60)
    with closing(connection):
        connection.request("PUT", f"{PATH}?X-Amz-Signature=00", body(stack))
        return connection.getresponse().status


def taken(relay: Relay, stack: str) -> list[dict[str, Any]]:
    return [{**each, "At": ""} for each in relay.answers(stack)]


def test_an_answer_is_passed_on_and_noted(relay: Relay, ministack: Script) -> None:
    ministack.replies = [reply(200), reply(403)]
    before = moment()
    assert put(relay, "a") == 200
    # What MiniStack says of it is what the function hears.
    assert put(relay, "b") == 403
    assert ministack.bodies() == [body("a"), body("b")]
    assert ministack.requests[0].startswith(f"PUT {PATH}?X-Amz-Signature=00 ".encode())
    # The signature is one of the host that the function was told.
    assert f"\r\nHost: 127.0.0.1:{relay.port}\r\n".encode() in ministack.requests[0]
    assert taken(relay, "a") == [{**json.loads(body("a")), "Size": len(body("a")), "At": ""}]
    assert before <= relay.answers("a")[0]["At"] <= moment()
    assert relay.paths() == relay.paths("a") == {PATH}
    assert relay.paths("c") == set()


def test_it_is_deaf_for_one_stack_and_for_a_while(
    relay: Relay, ministack: Script, clock: Clock
) -> None:
    ministack.replies = [reply(200), reply(200)]
    relay.be_deaf("a", 5)
    assert put(relay, "a") == 503
    assert put(relay, "b") == 200
    clock.seconds += 4.9
    assert put(relay, "a") == 503
    assert relay.answers("a") == []
    # It has heard the address, all the same.
    assert relay.paths("a") == {PATH}
    clock.seconds += 0.1
    assert put(relay, "a") == 200
    assert ministack.bodies() == [body("b"), body("a")]
    assert len(relay.answers("a")) == 1
