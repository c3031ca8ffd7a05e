"""The function's only way out: limits, proxies and authorities, over real sockets."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import sys
from base64 import b64encode
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme

import outbound
from outbound import put_once, send
from streaming_session.lifecycle import StreamingSession
from testkit.function.proxy import Proxy, running_proxy
from testkit.function.simulation import ARN, SESSION, STUDIO, event
from testkit.scripted_server import Drip, Script, reply, scripted_server
from waiter.exceptions import Kind, ServiceError
from waiter.runtime import clients
from waiter.wait.model import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

LAMBDA = Path(outbound.__file__).parent
HOST = "service.test"
"""A name that only the proxy can resolve."""
SECONDS = 0.5
READY = reply(200, json.dumps({"session": {"arn": ARN, "sessionId": SESSION, "state": "READY"}}))


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAWIRE")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    clients._session.cache_clear()
    outbound._trust.cache_clear()
    yield
    clients._session.cache_clear()
    outbound._trust.cache_clear()


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with running_proxy() as made:
        yield made


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Script]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, "127.0.0.1").configure_cert(context)
    with scripted_server(context) as server:
        yield server


def session(monkeypatch: pytest.MonkeyPatch, url: str, seconds: float = 10) -> StreamingSession:
    monkeypatch.setenv("AWS_ENDPOINT_URL_NIMBLE", url)
    return StreamingSession(STUDIO, SESSION, clients.client("nimble", seconds))


def named(server: Script) -> str:
    return server.url.replace("127.0.0.1", HOST)


DRIPS = {
    "the status": Drip(READY),
    "the body": Drip(READY.partition(b"\r\n\r\n")[2]),
    "headers without an end": Drip(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 99),
}


@pytest.mark.parametrize("name", DRIPS)
def test_a_call_answered_byte_by_byte_ends_in_time(
    script: Script, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A limit per byte would wait for all bytes and return the answer."""
    script.replies.append(DRIPS[name])
    with pytest.raises(ServiceError, match=r"TimeoutError: 127\.0\.0\.1: timed out") as raised:
        session(monkeypatch, script.url, SECONDS).read()
    assert raised.value.kind is Kind.UNAVAILABLE
    assert not raised.value.answered


def test_an_answer_byte_by_byte_is_read_if_it_ends_in_time(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.replies.append(Drip(READY, pause=0.001))
    assert session(monkeypatch, script.url, 30).read().observation.phase is Phase.READY


def test_a_put_answered_byte_by_byte_ends_in_time(script: Script) -> None:
    script.replies.append(Drip(reply(200)))
    with pytest.raises(TimeoutError):
        put_once(f"{script.url}/answer", b"{}", SECONDS)


def test_an_answer_byte_by_byte_over_tls_ends_in_time(
    secure: Script, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure.replies.append(Drip(reply(200)))
    with authority.cert_pem.tempfile() as bundle:
        monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
        with pytest.raises(TimeoutError):
            put_once(secure.url, b"{}", 2)


def test_an_unanswered_tls_handshake_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        put_once(f"https://127.0.0.1:{silent.getsockname()[1]}", b"{}", SECONDS)


def test_a_call_without_time_left_does_not_connect(script: Script) -> None:
    with pytest.raises(TimeoutError, match=r"127\.0\.0\.1: timed out"):
        put_once(f"{script.url}/answer", b"{}", 0)
    assert not script.requests


def test_a_silent_proxy_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(TimeoutError):
            put_once(f"https://{HOST}", b"{}", SECONDS)


@contextmanager
def silent_addresses(count: int, port: int) -> Iterator[list[str]]:
    """Create addresses that answer no connection, because each one's queue is full."""
    with ExitStack() as stack:
        addresses = [f"127.9.0.{number + 1}" for number in range(count)]
        for address in addresses:
            made = stack.enter_context(socket.socket())
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((address, port))
            made.listen(0)
            for _ in range(3):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex((address, port))
        yield addresses


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time limit of each attempted connection."""
    limits: list[float] = []

    class Noting(outbound._Socket):  # type: ignore[misc]
        def connect(self, where: Any) -> None:
            limits.append(socket.socket.gettimeout(self) or 0)
            super().connect(where)

    monkeypatch.setattr(outbound, "_Socket", Noting)
    return limits


def resolve(monkeypatch: pytest.MonkeyPatch, addresses: list[str], port: int) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: found)


def test_silent_addresses_share_one_limit(
    script: Script, monkeypatch: pytest.MonkeyPatch, connects: list[float]
) -> None:
    lifecycle = session(monkeypatch, script.url, 2)
    with silent_addresses(8, script.port) as addresses, monkeypatch.context() as patched:
        resolve(patched, addresses, script.port)
        with pytest.raises(ServiceError, match="TimeoutError"):
            lifecycle.read()
    assert len(connects) == 8
    assert sum(connects) <= 2


def test_an_address_that_answers_is_reached_after_silent_ones(
    script: Script, monkeypatch: pytest.MonkeyPatch, connects: list[float]
) -> None:
    script.replies.append(reply(200))
    with silent_addresses(2, script.port) as addresses, monkeypatch.context() as patched:
        resolve(patched, [*addresses, "127.0.0.1"], script.port)
        assert put_once(f"http://{HOST}:{script.port}", b"{}", 6) == 200
    assert len(connects) == 3


def test_calls_and_answers_go_through_the_proxy(
    script: Script, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    script.replies += [READY, reply(200)]
    assert session(monkeypatch, named(script)).read().observation.phase is Phase.READY
    assert put_once(f"{named(script)}/answer?Signature=s", b"{}", 10) == 200
    read, put = proxy.asked
    assert read.startswith(f"GET {named(script)}/2020-08-01/studios/")
    assert put == f"PUT {named(script)}/answer?Signature=s HTTP/1.1"
    assert all(f"Host: {HOST}:{script.port}".encode() in sent for sent in script.requests)


@pytest.mark.parametrize("scheme", ["http://", "//", ""])
def test_tls_goes_through_the_proxy_encrypted(
    secure: Script,
    proxy: Proxy,
    authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}us%65r:p%40ss@127.0.0.1:{proxy.port}")
    secure.replies += [READY, reply(200)]
    with authority.cert_pem.tempfile() as bundle:
        monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
        assert session(monkeypatch, named(secure)).read().observation.phase is Phase.READY
        assert put_once(f"{named(secure)}/answer?Signature=s", b"{}", 10) == 200
    assert {line.rpartition(" ")[0] for line in proxy.asked} == {f"CONNECT {HOST}:{secure.port}"}
    assert len(proxy.asked) == 2
    assert proxy.logins == [f"Basic {b64encode(b'user:p@ss').decode()}"] * 2
    assert not any(b"Proxy-Authorization" in sent for sent in secure.requests)
    assert secure.requests[1].startswith(b"PUT /answer?Signature=s HTTP/1.1\r\n")


@pytest.mark.parametrize("exempt", ["127.0.0.1", "*", "example.com,127.0.0.1"])
def test_no_proxy_addresses_are_called_directly(
    script: Script, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, exempt: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", exempt)
    script.replies += [READY, reply(200)]
    assert session(monkeypatch, script.url).read().observation.phase is Phase.READY
    assert put_once(f"{script.url}/answer", b"{}", 10) == 200
    assert not proxy.asked


def test_a_proxy_that_refuses_is_named_without_its_login(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.refusal = 407
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:planted@127.0.0.1:{proxy.port}")
    with pytest.raises(ServiceError, match=r"127\.0\.0\.1: Tunnel connection failed: 407") as told:
        session(monkeypatch, f"https://{HOST}").read()
    assert "planted" not in str(told.value)


def test_no_server_is_trusted_without_its_authority(
    secure: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ServiceError, match="certificate verify failed"):
        session(monkeypatch, secure.url).read()
    with pytest.raises(ssl.SSLCertVerificationError):
        put_once(secure.url, b"{}", 10)
    assert not secure.requests


def test_no_server_is_trusted_under_another_name(
    secure: Script, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    with authority.cert_pem.tempfile() as bundle:
        monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
        with pytest.raises(ssl.SSLCertVerificationError):
            put_once(secure.url.replace("127.0.0.1", "localhost"), b"{}", 10)


def test_a_missing_ca_bundle_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/authorities.pem")
    with pytest.raises(FileNotFoundError):
        put_once("https://127.0.0.1:1", b"{}", 10)


WITHOUT_BOTOCORE = """
import sys
for name in ("botocore", "urllib3", "requests", "certifi"):
    sys.modules[name] = None
import handler, json
handler.handler(json.loads(sys.argv[1]), None)
"""


def test_the_guard_answers_through_the_proxy_without_botocore(
    secure: Script, proxy: Proxy, authority: trustme.CA, tmp_path: Path
) -> None:
    for name in ("handler.py", "fallback.py", "outbound.py"):
        shutil.copy(LAMBDA / name, tmp_path)
    secure.replies.append(reply(200))
    with authority.cert_pem.tempfile() as bundle:
        made = event() | {"ResponseURL": f"{named(secure)}/answer?Signature=s"}
        subprocess.run(  # noqa: S603 - this Python
            [sys.executable, "-c", WITHOUT_BOTOCORE, json.dumps(made)],
            cwd=tmp_path,
            env={"HTTPS_PROXY": proxy.url, "AWS_CA_BUNDLE": bundle},
            check=True,
        )
    assert [line.split(" ")[0] for line in proxy.asked] == ["CONNECT"]
    assert b'"Status": "FAILED"' in secure.requests[0]


def test_the_status_and_the_headers_are_those_of_the_answer(script: Script) -> None:
    script.replies.append(reply(418, "short", X_Told="yes"))
    status, headers, body = send("GET", f"{script.url}/a?b=c", None, {}, 10)
    assert (status, headers["x-told"], body) == (418, "yes", b"short")
    assert script.requests[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
