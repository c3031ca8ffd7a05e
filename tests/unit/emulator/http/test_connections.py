"""Idle, excess and broken connections, and the signals that end the emulator."""

from __future__ import annotations

import json
import re
import resource
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING, Any

import pytest

from nimble_local.emulator.http import connections
from nimble_local.emulator.http.connections import MAX_CONNECTIONS, Capacity
from nimble_local.emulator.in_process import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nimble_local.emulator.backend import Backend

HEALTH = b"GET /_nimble/health HTTP/1.1\r\nHost: x\r\n\r\n"
SIGNED = (
    b"Host: x\r\nAuthorization: AWS4-HMAC-SHA256 "
    b"Credential=k/20261123/us-west-2/nimble/aws4_request, SignedHeaders=host, Signature=00\r\n"
)
API = b"POST /2020-08-01/studios/a/streaming-sessions HTTP/1.1\r\n" + SIGNED
CONTROL = b"POST /_nimble/seed HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
LENGTH, CHUNKED = b"Content-Length: 99\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"


def connect(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=30)


def read(connection: socket.socket) -> tuple[int, bytes]:
    answer = HTTPResponse(connection)
    answer.begin()
    return answer.status, answer.read()


@pytest.mark.parametrize("sent", [b"", b"GET /_nimble/hea", HEALTH])
def test_an_idle_connection_is_closed(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.05)
    served = Served(backend)
    with connect(served.url) as connection:
        connection.sendall(sent)
        if sent == HEALTH:
            assert read(connection)[0] == 200
        assert connection.recv(1) == b""
    served.end()
    assert caplog.records == []


@pytest.mark.parametrize("head", [API, CONTROL])
@pytest.mark.parametrize("start", [LENGTH, CHUNKED])
def test_a_body_that_does_not_arrive_times_out(
    backend: Backend,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    head: bytes,
    start: bytes,
) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.05)
    served = Served(backend)
    with connect(served.url) as connection:
        connection.sendall(head + start)
        assert read(connection) == (408, b"The body took too long to arrive.\n")
    served.end()
    assert caplog.records == []
    assert backend.journal.total == 0


@pytest.mark.parametrize("head", [API, CONTROL])
@pytest.mark.parametrize("start", [LENGTH, CHUNKED])
def test_a_client_that_leaves_halfway_through_its_body_causes_no_error(
    backend: Backend, caplog: pytest.LogCaptureFixture, head: bytes, start: bytes
) -> None:
    served = Served(backend)
    for reset in (False, True):
        with connect(served.url) as connection:
            connection.sendall(head + start)
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    with connect(served.url) as connection:
        connection.sendall(HEALTH)
        assert read(connection)[0] == 200
    served.end()
    assert [record.getMessage() for record in caplog.records] == []
    assert backend.journal.total == 0


def test_one_connection_too_many_is_refused_with_a_reason(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    served = Served(backend, capacity=Capacity(connections=3, backlog=8))
    with ExitStack() as stack:
        held = [stack.enter_context(connect(served.url)) for _ in range(3)]
        for connection in held:
            connection.sendall(HEALTH)
            assert read(connection)[0] == 200
        for _ in range(20):
            with connect(served.url) as refused:
                status, body = read(refused)
                assert status == 503
                assert b"too many connections" in body
        # The earlier connections are still open, and one that closes makes room.
        for connection in held:
            connection.sendall(HEALTH)
            assert read(connection)[0] == 200
        held[0].close()
        assert eventually_answers(served.url)
    served.end()
    assert [record.getMessage() for record in caplog.records] == [
        "There are 3 connections; more are refused until some close."
    ]


def eventually_answers(url: str) -> bool:
    """Ask until it answers, since it notices a closed connection only after a moment."""
    for _ in range(1000):
        connection = HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=30)
        try:
            connection.request("GET", "/_nimble/health")
            with connection.getresponse() as answer:
                if answer.status == 200:
                    return True
        except ConnectionError:
            pass
        finally:
            connection.close()
    return False


@pytest.mark.parametrize("files", [8, 20, 40, 64, 256, 1024, 4096, 2**20])
def test_connections_fit_into_the_limit_of_open_files(files: int) -> None:
    capacity = Capacity.of(files)
    assert 1 <= capacity.connections <= MAX_CONNECTIONS
    assert 1 <= capacity.backlog <= 128
    if files >= 64:
        assert capacity.connections + 6 * capacity.backlog < files
        assert capacity.connections >= files // 3 or capacity.connections == MAX_CONNECTIONS


@contextmanager
def serving(
    *options: str, files: int | None = None, ignored: bool = False
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the emulator in a separate process, and yield the process and its URL."""

    def prepare() -> None:
        if files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        if ignored:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, "-m", "nimble_local", "serve", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,  # noqa: PLW1509 - no threads that matter
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        try:
            yield process, found[0]
        finally:
            process.kill()


def test_many_idle_connections_cause_no_traceback() -> None:
    with serving(files=64) as (process, url):
        with ExitStack() as stack:
            for _ in range(400):
                stack.enter_context(connect(url))
            with connect(url) as refused:
                assert read(refused)[0] == 503
        assert eventually_answers(url)
        process.terminate()
        _, complaints = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in complaints
    assert len(complaints.splitlines()) <= 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_ends_the_emulator_cleanly(number: signal.Signals, tmp_path: Any) -> None:
    with ExitStack() as stack:
        state = str(tmp_path / "state")
        process, url = stack.enter_context(serving("--state", state))
        # One client watches the page, and another has sent half a request.
        page, half = (stack.enter_context(connect(url)) for _ in range(2))
        page.sendall(b"GET /_nimble/events HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = HTTPResponse(page)
        answer.begin()
        assert json.loads(answer.readline().removeprefix(b"data: "))["whole"] is True
        half.sendall(API + LENGTH)
        process.send_signal(number)
        output, complaints = process.communicate(timeout=60)
    assert (process.returncode, output, complaints) == (0, "", "")
    # Closing the database merges its write-ahead log into it.
    assert sorted(file.name for file in tmp_path.iterdir()) == ["state"]


def test_a_closed_terminal_is_ignored_under_nohup() -> None:
    with serving(ignored=True) as (process, url):
        process.send_signal(signal.SIGHUP)
        assert eventually_answers(url)
        process.terminate()
        assert process.wait(60) == 0
