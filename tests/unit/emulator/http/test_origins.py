"""Requests from other web pages are refused, stay out of the journal and use up no faults."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nimble_local.emulator.http.origins import is_trusted, refusal
from nimble_local.emulator.in_process import Served
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID

if TYPE_CHECKING:
    from nimble_local.emulator.backend import Backend

SESSION = f"/2020-08-01/studios/{quote(STUDIO_ID)}/streaming-sessions/{SESSION_ID}"
PRESIGNED = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/1/r/nimble/aws4_request&X-Amz-Signature=x"
)
READS = (
    f"{SESSION}?{PRESIGNED}",
    "/_nimble/health",
    "/_nimble/sessions",
    f"/_nimble/sessions/{SESSION_ID}",
    "/_nimble/journal",
    "/_nimble/faults",
    "/_nimble/clock",
    "/_nimble/events",
    "/_nimble/page/scripts/main.js",
    "/_nimble/nothing",
)
CHANGES = (
    ("POST", f"{SESSION}/start?{PRESIGNED}"),
    ("POST", "/_nimble/sessions"),
    ("POST", "/_nimble/seed"),
    ("POST", "/_nimble/reset"),
    ("POST", "/_nimble/faults"),
    ("POST", "/_nimble/clock"),
    ("DELETE", "/_nimble/faults/{fault}"),
    ("OPTIONS", f"{SESSION}/start"),
)


def ask(url: str, method: str, path: str, headers: dict[str, str]) -> int:
    """Send a request with only these headers, and return the status."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        if method == "POST":
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", "2")
        connection.endheaders(b"{}" if method == "POST" else None)
        answer = connection.getresponse()
        if answer.status == 200 and path == "/_nimble/events":
            return 200
        body = answer.read()
        if answer.status == 403 and method != "HEAD":
            refused = json.loads(body)
            api = not path.startswith("/_nimble/") and path != "/"
            assert ("message" if api else "error") in refused
            assert (answer.headers["x-amzn-RequestId"] is not None) is api
        return answer.status
    finally:
        connection.close()


FOREIGN = {
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "another port": {"Sec-Fetch-Site": "same-site"},
    "a word that is unknown": {"Sec-Fetch-Site": "sideways"},
    "an origin": {"Origin": "https://evil.example"},
    "an opaque origin": {"Origin": "null"},
    "a name that was made to point here": {"Host": "evil.example"},
    "that name as its own origin": {"Host": "evil.example", "Origin": "http://evil.example"},
    "a top-level domain": {"Host": "evil."},
    "an address with a name behind it": {"Host": "[::1]evil.example"},
    "a user with a name": {"Host": "evil.example@127.0.0.1"},
    "no host": {"Host": ""},
}


@pytest.mark.parametrize("name", FOREIGN)
def test_other_web_pages_can_neither_read_nor_change_anything(
    url: str, backend: Backend, name: str
) -> None:
    fault = backend.add_fault({"kind": "access-denied", "count": 5})
    backend.world.commit()
    for path in READS:
        assert ask(url, "GET", path, FOREIGN[name]) == 403, path
    for method, path in CHANGES:
        assert ask(url, method, path.format(fault=fault.fault_id), FOREIGN[name]) == 403, path
    assert backend.world.sessions.find(SESSION_ID).state == "STOPPED"
    assert [(each.fault_id, each.left) for each in backend.faults] == [(fault.fault_id, 5)]
    assert backend.journal.total == 0


def test_the_page_itself_can_be_opened_by_a_link(url: str) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert ask(url, "GET", "/", link) == 200
    assert ask(url, "GET", "/", {**link, "Host": "evil.example"}) == 403
    assert ask(url, "GET", "/", {**link, "Origin": "https://evil.example"}) == 403


def test_the_page_and_clients_are_let_in(url: str, backend: Backend) -> None:
    own = {"Sec-Fetch-Site": "same-origin"}
    for headers in ({}, own, {"Sec-Fetch-Site": "none"}, {**own, "Origin": url}):
        assert ask(url, "POST", f"{SESSION}/stop?{PRESIGNED}", headers) == 409
        for path in READS[:-1]:
            assert ask(url, "GET", path, headers) == 200, path
    assert backend.journal.total == 8


def test_two_host_headers_get_a_400(url: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.putrequest("GET", "/_nimble/journal")
    connection.putheader("Host", "evil.example")
    connection.endheaders()
    with connection.getresponse() as answer:
        assert answer.status in {400, 403}
    connection.close()


def test_a_host_name_can_be_allowed(backend: Backend) -> None:
    served = Served(backend, hosts=["Nimble.Corp.Example"])
    try:
        for host, status in (
            ("nimble.corp.example:4571", 200),
            ("NIMBLE.corp.example", 200),
            ("127.0.0.1", 200),
            ("corp.example", 403),
            ("evil.nimble.corp.example", 403),
            ("nimble.corp.example.", 403),
            ("nimble.corp.example:4571@evil.example", 403),
        ):
            assert ask(served.url, "GET", "/_nimble/journal", {"Host": host}) == status, host
    finally:
        served.end()


TRUSTED = (
    *("127.0.0.1", "127.0.0.1:4571", "192.168.1.5:80", "0.0.0.0:4571", "[::1]", "[::1]:4571"),
    *("[fe80::1]:4571", "[::ffff:127.0.0.1]", "localhost", "LOCALHOST:4571", "nimble:4571"),
    *("a.localhost:1", "my-host_1"),
)
UNTRUSTED = (
    *("", " ", ":", ":4571", ".", "evil.", "localhost.", "127.0.0.1.", "evil.example"),
    *("evil.example.", "[::1]evil.example", "evil.example[::1]", "evil.example@127.0.0.1"),
    *("user:password@127.0.0.1", "127.0.0.1@evil.example", "127.0.0.1/evil.example"),
    *("127.0.0.1#evil.example", "127.0.0.1?evil.example", "127.0.0.1\\evil.example"),
    *("127.0.0.1 evil.example", "127.0.0.1,evil.example", "127.0.0.1\nevil.example", "127.1"),
    *("127.0.0.1.evil.example", "localhost.evil.example", "evil.example.localhost.evil.example"),
    *("[::1", "::1", "[]", "[::g]", "[127.0.0.1]", "[::1]:", "127.0.0.1:", "127.0.0.1:port"),
    *("127.0.0.1:80:80", "256.0.0.1", "0127.0.0.1", "١٢٧.0.0.1", "evil..localhost", "é"),
    *("a" * 300, "%6c%6f", "evil.example%00.localhost", "evil.example\t.localhost"),
)


@pytest.mark.parametrize("host", TRUSTED)
def test_hosts_that_no_outsider_controls_are_trusted(host: str) -> None:
    assert is_trusted(host)
    assert refusal({"Host": host, "Origin": f"http://{host}"}) is None


@pytest.mark.parametrize("host", UNTRUSTED)
def test_other_hosts_and_invalid_ones_are_not_trusted(host: str) -> None:
    assert not is_trusted(host)
    assert refusal({"Host": host}) is not None
    assert refusal({"Host": host, "Origin": f"http://{host}"}) is not None


@given(st.text(), st.text(alphabet=":0123456789.[]@/\\#? "))
@example("127.0.0.1", ":80")
@example("@", "")
def test_no_addition_makes_a_public_name_trusted(before: str, after: str) -> None:
    assert not is_trusted(f"{before}.evil.example{after}")
    assert not is_trusted(f"evil.example{after}{before}") or before.lower().endswith("localhost")


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Origin": "http://127.0.0.1:4571"}, True),
        ({"Origin": "http://127.0.0.1:8000"}, False),
        ({"Origin": "http://localhost:4571"}, False),
        ({"Origin": "https://127.0.0.1:4571"}, False),
        ({"Origin": ""}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, False),
    ],
)
def test_origins_are_compared_with_the_host(headers: dict[str, str], allowed: bool) -> None:
    assert (refusal({"Host": "127.0.0.1:4571", **headers}) is None) is allowed
