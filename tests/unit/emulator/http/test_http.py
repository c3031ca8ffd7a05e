"""The server's answers to malformed HTTP."""

from __future__ import annotations

import gzip
import json
import re
import socket
from http.client import HTTPResponse
from typing import TYPE_CHECKING

import pytest

from nimble_local.emulator.http.responses import Incoming, respond
from nimble_local.emulator.server import MAX_HEAD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nimble_local.emulator.backend import Backend

SIGNED = (
    b"Host: x\r\nAuthorization: AWS4-HMAC-SHA256 "
    b"Credential=k/20261123/us-west-2/nimble/aws4_request, SignedHeaders=host, Signature=00\r\n"
)
STUDIO = b"/2020-08-01/studios/us-west-2%3Astid-local0000000000000001"
SESSIONS = STUDIO + b"/streaming-sessions"
REQUEST_ID = "x-amzn-RequestId"
JSON = b"Host: x\r\nContent-Type: application/json\r\n"


def ask(url: str, *parts: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes, and return the answer."""
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            # It answered before it received everything, and the answer can be read.
            connection.settimeout(20)
        answer = HTTPResponse(connection)
        answer.begin()
        return answer.status, dict(answer.headers.items()), answer.read()


def sized(body: bytes, *headers: bytes) -> bytes:
    """Return the end of a head, with headers and the body's length, and then the body."""
    lines = b"".join(header + b"\r\n" for header in headers)
    return lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


VALIDATION = {
    "a body that is not compressed as it says": b"POST "
    + SESSIONS
    + b" HTTP/1.1\r\n"
    + SIGNED
    + sized(b"hello", b"Content-Encoding: gzip"),
    "a compressed body": b"POST "
    + SESSIONS
    + b" HTTP/1.1\r\n"
    + SIGNED
    + sized(gzip.compress(b"{}" * 10_000_000), b"Content-Encoding: gzip"),
    "an unknown encoding": b"POST "
    + SESSIONS
    + b" HTTP/1.1\r\n"
    + SIGNED
    + sized(b"hello", b"Content-Encoding: br"),
    "a body in chunks": b"POST "
    + SESSIONS
    + b" HTTP/1.1\r\n"
    + SIGNED
    + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a query that is not UTF-8": b"GET "
    + SESSIONS
    + b"?nextToken=%ff&%ff=%fe HTTP/1.1\r\n"
    + SIGNED
    + b"\r\n",
    "a long query": b"GET "
    + SESSIONS
    + b"?nextToken="
    + b"a" * 60_000
    + b" HTTP/1.1\r\n"
    + SIGNED
    + b"\r\n",
    "a token that is not UTF-8": b"POST "
    + SESSIONS
    + b" HTTP/1.1\r\n"
    + SIGNED
    + sized(b'{"launchProfileId": "a"}', b"X-Amz-Client-Token: \xff\xfe"),
    "an invalid escape": b"GET /%zz?%zz HTTP/1.1\r\n" + SIGNED + b"\r\n",
    "a path that looks like a host": b"GET //[ HTTP/1.1\r\n" + SIGNED + b"\r\n",
}
"""Valid HTTP requests that the API doesn't know."""


@pytest.mark.parametrize("name", VALIDATION)
def test_requests_that_the_api_does_not_know_are_refused(
    url: str, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    status, headers, body = ask(url, VALIDATION[name])
    assert status == 400
    assert headers["x-amzn-ErrorType"] == "ValidationException"
    assert set(json.loads(body)) == {"__type", "code", "message", "context"}
    assert caplog.records == []


NOT_HTTP = {
    "a chunk without a size": b"POST "
    + SESSIONS
    + b" HTTP/1.1\r\n"
    + SIGNED
    + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n",
    "a negative length": b"POST "
    + SESSIONS
    + b" HTTP/1.1\r\n"
    + SIGNED
    + b"Content-Length: -1\r\n\r\n",
    "a header without an end": b"GET "
    + SESSIONS
    + b" HTTP/1.1\r\nX: "
    + b"a" * (MAX_HEAD_BYTES + 1)
    + b"\r\n\r\n",
    "a path that is not text": b"GET " + SESSIONS + b"/\xff HTTP/1.1\r\n" + SIGNED + b"\r\n",
    "an invalid URL": b"GET http://[/ HTTP/1.1\r\n" + SIGNED + b"\r\n",
    "an invented method": b"FLY " + SESSIONS + b" HTTP/1.1\r\n" + SIGNED + b"\r\n",
    "a word": b"nonsense\r\n\r\n",
}


@pytest.mark.parametrize("name", NOT_HTTP)
def test_malformed_http_gets_a_400_and_at_most_one_log_line(
    url: str, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    status, _, body = ask(url, NOT_HTTP[name])
    assert status == 400
    assert b"Traceback" not in body
    for record in caplog.records:
        assert record.exc_info is None
        assert record.getMessage().startswith("Refused a request that is not HTTP: ")
        assert "\n" not in record.getMessage()


def megabytes(count: int) -> Iterable[bytes]:
    return (b"x" * 2**20 for _ in range(count))


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_100_megabytes_is_refused(
    url: str, caplog: pytest.LogCaptureFixture, chunked: bool
) -> None:
    head = b"POST " + SESSIONS + b" HTTP/1.1\r\n" + SIGNED
    if chunked:
        chunks = (b"%x\r\n%s\r\n" % (len(part), part) for part in megabytes(100))
        status, headers, body = ask(url, head + b"Transfer-Encoding: chunked\r\n\r\n", *chunks)
    else:
        length = b"Content-Length: %d\r\n\r\n" % (100 * 2**20)
        status, headers, body = ask(url, head + length, *megabytes(100))
    assert (status, headers["x-amzn-ErrorType"]) == (400, "ValidationException")
    assert json.loads(body)["message"] == "The body has more than 1048576 bytes."
    assert caplog.records == []
    assert ask(url, b"GET " + STUDIO + b" HTTP/1.1\r\n" + SIGNED + b"\r\n")[0] == 200


@pytest.mark.parametrize(
    ("request_bytes", "status", "words"),
    [
        (b"POST /_nimble/faults HTTP/1.1\r\n" + JSON + sized(b"[" * 20_000), 400, "must be JSON"),
        (b"POST /_nimble/faults HTTP/1.1\r\n" + JSON + sized(b"\xff"), 400, "must be JSON"),
        (b"POST /_nimble/faults HTTP/1.1\r\n" + JSON + sized(b"[]"), 400, "a JSON object"),
        (
            b"POST /_nimble/seed HTTP/1.1\r\n" + JSON + sized(b'{"sessions": [], "sessions": []}'),
            400,
            "the key 'sessions' appears twice",
        ),
        (b"POST /_nimble/faults HTTP/1.1\r\n" + JSON + sized(b"1" * 2**21), 413, "more than"),
        (
            b"POST /_nimble/faults HTTP/1.1\r\n" + JSON + sized(b'{"kind": []}'),
            400,
            "kind must be one of",
        ),
        (
            b"POST /_nimble/faults HTTP/1.1\r\nHost: x\r\n"
            + sized(b"{}", b"Content-Type: application/json; charset=nonsense"),
            400,
            "kind must be one of",
        ),
        (
            b"POST /_nimble/clock HTTP/1.1\r\n" + JSON + sized(b'{"factor": 1e999}'),
            400,
            "must be from 0 to 1000000, not inf",
        ),
        (
            b"POST /_nimble/clock HTTP/1.1\r\n" + JSON + sized(b'{"advanceSeconds": NaN}'),
            400,
            "not by nan",
        ),
        (
            b"POST /_nimble/clock HTTP/1.1\r\n" + JSON + sized(b'{"factor": true}'),
            400,
            "must be a number, not True",
        ),
        (b"GET /_nimble/journal?limit=x HTTP/1.1\r\n" + JSON + b"\r\n", 400, "a whole number"),
        (b"GET /_nimble/sessions/no HTTP/1.1\r\n" + JSON + b"\r\n", 404, "has the id 'no'"),
        (b"GET /_nimble/nothing HTTP/1.1\r\n" + JSON + b"\r\n", 404, "no GET /_nimble/nothing"),
        (b"PUT /_nimble/clock HTTP/1.1\r\n" + JSON + b"\r\n", 404, "no PUT /_nimble/clock"),
    ],
)
def test_the_control_interface_says_what_is_wrong(
    url: str,
    caplog: pytest.LogCaptureFixture,
    request_bytes: bytes,
    status: int,
    words: str,
) -> None:
    answered, _, body = ask(url, request_bytes)
    assert answered == status
    assert words in json.loads(body)["error"]
    assert caplog.records == []


def test_a_union_has_exactly_one_member(backend: Backend) -> None:
    path = STUDIO.decode() + "/studio-components"
    headers = {"Authorization": SIGNED.decode().partition("Authorization: ")[2].strip()}
    license_service = {"endpoint": "a"}
    union = {"licenseServiceConfiguration": license_service}
    for configuration, allowed in (
        (union, True),
        ({}, False),
        ({**union, "computeFarmConfiguration": {}}, False),
    ):
        component = {"name": "a", "type": "LICENSE_SERVICE", "configuration": configuration}
        body = json.dumps(component).encode()
        answer = respond(backend, Incoming("POST", path, {}, headers, body)).answer
        assert answer is not None
        reason = json.loads(answer.body)["context"]["reason"]
        assert reason == ("NOT_EMULATED" if allowed else "INVALID_REQUEST")


START = SESSIONS + b"/yeG7lDwNQEiwNTRT7DrV7Q/start"
ANSWERS = {
    "a read": (200, b"GET " + SESSIONS + b" HTTP/1.1\r\n" + SIGNED + b"\r\n"),
    "a start": (200, b"POST " + START + b" HTTP/1.1\r\n" + SIGNED + sized(b"{}")),
    "a start without a body": (400, b"POST " + START + b" HTTP/1.1\r\n" + SIGNED + b"\r\n"),
    "a body that is too large": (
        400,
        b"POST " + START + b" HTTP/1.1\r\n" + SIGNED + sized(b" " * 1_100_000),
    ),
    "a session that is not there": (
        404,
        b"GET " + SESSIONS + b"/nobody HTTP/1.1\r\n" + SIGNED + b"\r\n",
    ),
    "a path of no operation": (400, b"GET /nowhere HTTP/1.1\r\n" + SIGNED + b"\r\n"),
    "no signature": (403, b"GET " + SESSIONS + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_has_the_request_id_that_the_journal_shows(
    url: str, backend: Backend, name: str
) -> None:
    status, request = ANSWERS[name]
    ids = set()
    for _ in range(2):
        answered, headers, _ = ask(url, request)
        assert answered in (status, 409)
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers[REQUEST_ID])
        assert backend.journal.entries()[-1].request_id == headers[REQUEST_ID]
        ids.add(headers[REQUEST_ID])
    assert len(ids) == 2


def test_cut_and_repeated_answers_have_request_ids_and_proxy_pages_have_none(
    url: str, backend: Backend
) -> None:
    token = SIGNED + b"X-Amz-Client-Token: t\r\n"
    start = b"POST " + START + b" HTTP/1.1\r\n" + token + sized(b"{}")
    _, first, once = ask(url, start)
    _, second, again = ask(url, start)
    assert again == once
    assert first[REQUEST_ID] != second[REQUEST_ID]
    backend.add_fault({"kind": "html-answer", "count": 1})
    _, headers, _ = ask(url, start)
    assert REQUEST_ID not in headers
    assert backend.journal.entries()[-1].request_id


@pytest.mark.parametrize("verb", [b"start", b"stop"])
def test_a_start_and_a_stop_without_a_body_are_rejected_as_by_the_service(
    url: str, backend: Backend, verb: bytes
) -> None:
    path = SESSIONS + b"/yeG7lDwNQEiwNTRT7DrV7Q/" + verb
    status, headers, body = ask(url, b"POST " + path + b" HTTP/1.1\r\n" + SIGNED + b"\r\n")
    assert (status, headers["x-amzn-ErrorType"]) == (400, "ValidationException")
    assert json.loads(body)["message"].startswith("[Unknown error parsing request body]")
    assert backend.world.sessions.find("yeG7lDwNQEiwNTRT7DrV7Q").state == "STOPPED"
