"""The answer's document and its way to CloudFormation."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

import outbound
from outbound import UndeliverableError, put_once
from streaming_session.attributes import ATTRIBUTES, stays_whole
from testkit.function.simulation import URL, Simulation, event
from testkit.scripted_server import Script, reply, scripted_server
from waiter.cloudformation.answer import Answer
from waiter.cloudformation.document import MAX_BYTES, document

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = st.text(st.characters(), max_size=3000)
KEPT = {"Arn": "arn:x", "State": "READY", "StatusCode": "C", "SessionId": "s"}


@given(message=TEXT, tags=TEXT, reason=TEXT, owner=TEXT)
def test_the_document_fits_and_keeps_what_matters(
    message: str, tags: str, reason: str, owner: str
) -> None:
    data = {**dict.fromkeys(ATTRIBUTES, ""), **KEPT}
    data |= {"StatusMessage": message, "Tags": tags, "OwnedBy": owner}
    body = document(event(), Answer("SUCCESS", "s", reason, data), stays_whole)
    assert len(body) <= MAX_BYTES
    sent = json.loads(body)
    assert set(sent["Data"]) == set(ATTRIBUTES)
    assert {name: sent["Data"][name] for name in KEPT} == KEPT
    assert sent["Data"]["Tags"] in ("", tags.encode(errors="replace").decode())


def test_a_document_that_fits_is_not_cut() -> None:
    data = {**KEPT, "Tags": '{"a":"b"}', "StatusMessage": "m"}
    sent = json.loads(document(event(), Answer("SUCCESS", "s", data=data), stays_whole))
    assert sent["Data"] == data
    assert sent["Status"] == "SUCCESS"
    assert sent["RequestId"] == event()["RequestId"]


@pytest.mark.parametrize("fault", [500, 503, 429, 408, TimeoutError(), ConnectionResetError()])
def test_the_put_is_tried_again(world: Simulation, fault: int | Exception) -> None:
    world.service.state = "READY"
    world.statuses.extend([fault] * 3)
    world.run(event())
    assert len(world.sent) == 4
    assert len(set(world.sent)) == 1


def test_a_url_that_was_answered_before_is_left_alone(world: Simulation) -> None:
    world.service.state = "READY"
    world.statuses.append(403)
    world.invoke_once(event())
    assert len(world.sent) == 1


@pytest.mark.parametrize("status", [400, 404, 301])
def test_a_put_that_cannot_work_fails_the_invocation_at_once(
    world: Simulation, status: int
) -> None:
    world.service.state = "READY"
    world.statuses.append(status)
    with pytest.raises(UndeliverableError, match=str(status)):
        world.invoke_once(event())
    assert len(world.sent) == 1


def test_an_answer_that_cannot_be_delivered_fails_the_invocation(world: Simulation) -> None:
    world.service.state = "READY"
    world.statuses.extend([OSError(URL)] * 1000)
    with pytest.raises(UndeliverableError) as raised:
        world.invoke_once(event())
    assert URL not in str(raised.value)
    assert raised.value.__cause__ is raised.value.__context__ is None
    world.statuses.clear()
    assert world.run(event())["Status"] == "SUCCESS"


def test_a_put_over_http_has_an_empty_content_type() -> None:
    with scripted_server() as server:
        server.replies.append(reply(200))
        assert put_once(f"{server.url}/answer?Signature=s", b"{}", 5) == 200
    (sent,) = server.requests
    assert sent.startswith(b"PUT /answer?Signature=s HTTP/1.1\r\n")
    assert b"\r\nContent-Type: \r\n" in sent
    assert server.bodies() == [b"{}"]


def test_a_redirect_is_not_followed() -> None:
    with scripted_server() as server:
        server.replies.append(reply(307, Location="/elsewhere"))
        assert put_once(f"{server.url}/answer", b"{}", 5) == 307
    assert len(server.requests) == 1


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Script]:
    """Serve with a certificate of an authority that only the tests trust."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with scripted_server(context) as server:
        server.replies.append(reply(200))
        yield server


def test_an_answer_does_not_go_to_an_untrusted_server(secure: Script) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        put_once(secure.url, b"{}", 5)
    assert not secure.requests


def test_an_answer_goes_to_a_trusted_server(
    secure: Script, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    with authority.cert_pem.tempfile() as trusted:
        monkeypatch.setenv("SSL_CERT_FILE", trusted)
        outbound._trust.cache_clear()
        assert put_once(secure.url, b"{}", 5) == 200
    assert len(secure.requests) == 1
