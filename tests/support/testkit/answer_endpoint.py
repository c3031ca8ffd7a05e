"""An HTTP server on loopback that receives a function's answers in CloudFormation's place."""

from __future__ import annotations

from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

Reply = tuple[int, bytes]
"""An HTTP status and a body. Status 0 cuts the connection."""


class AnswerEndpoint:
    """Listens on a free port, and keeps every answer that it took.

    Subclasses override `take` for the PUT of an answer and `ask` for a POST, which is a call of the
    function to another service.

    Attributes
    ----------
    puts
        The path and the body of each answer, in the order of their arrival.
    port, url
        Where it listens.
    """

    keep_alive: ClassVar[bool] = False

    def __init__(self) -> None:
        self.puts: list[tuple[str, bytes]] = []
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.port: int = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        # A test run that forgets to close it must still end.
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Return the endpoint; the end of the block closes it."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:  # noqa: ARG002
        """Take an answer."""
        self.puts.append((path, body))
        return 200, b""

    def ask(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:  # noqa: ARG002
        """Reply to a POST; there is nothing to ask here."""
        return 404, b""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1" if endpoint.keep_alive else "HTTP/1.0"

            def do_PUT(self) -> None:
                self._reply(*endpoint.take(self.path, self._body(), self._headers()))

            def do_POST(self) -> None:
                self._reply(*endpoint.ask(self.path, self._body(), self._headers()))

            def _body(self) -> bytes:
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))

            def _headers(self) -> dict[str, str]:
                return dict(self.headers.items())

            def _reply(self, status: int, body: bytes) -> None:
                if not status:
                    self.close_connection = True
                    return
                # The function may have been killed, or have given up waiting.
                with suppress(ConnectionError):
                    self.send_response(status)
                    if status == 307:
                        self.send_header("Location", "/elsewhere")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_args: Any) -> None:
                """Log nothing."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512
