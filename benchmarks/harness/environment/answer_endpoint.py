"""What a function calls beside the service: takes answers and hand-overs, tells of a stack."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_STACK: Final = (
    b'<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
    b"<DescribeStacksResult><Stacks><member><StackName>Bench</StackName>"
    b"<CreationTime>2026-11-25T00:00:00Z</CreationTime>"
    b"<StackStatus>UPDATE_IN_PROGRESS</StackStatus>"
    b"</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
)


class Sink(ThreadingHTTPServer):
    """Counts the answers that it took.

    Attributes
    ----------
    answers
        The bodies of all PUTs.
    handed_over
        The bodies of all invocations.
    """

    daemon_threads = True
    request_queue_size = 512

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[bytes] = []
        self.handed_over: list[bytes] = []

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Sink
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        """Take an answer."""
        self.server.answers.append(self._body())
        self._answer(200)

    def do_POST(self) -> None:
        """Take an invocation, or tell of the stack."""
        body = self._body()
        if self.path.endswith("/invocations"):
            self.server.handed_over.append(body)
            self._answer(202)
        else:
            self._answer(200, _STACK)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def listening() -> Iterator[Sink]:
    """Serve until the block ends."""
    with Sink() as sink:
        thread = Thread(target=sink.serve_forever, daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            sink.shutdown()
            thread.join()
