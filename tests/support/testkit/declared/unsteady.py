"""A small HTTP proxy in front of an AWS emulator that is slower and less reliable than that."""

from __future__ import annotations

import http.client
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Iterator, Mapping

_XML_ERROR = """
<Response><Errors><Error><Code>{0}</Code><Message>{0}</Message></Error></Errors></Response>
"""


@dataclass
class Unsteady:
    """The proxy's behaviour; times are those of ``clock``.

    Attributes
    ----------
    faults
        HTTP statuses and codes of the next answers of an operation; None lets a call through.
    replaced
        Texts that are replaced in the answers of an operation until some time.
    repeated
        The time until which an operation has the last answer from before an act.
    asked
        The operations that were called.
    """

    port: int
    clock: Callable[[], float]
    faults: dict[str, deque[tuple[int, str] | None]] = field(default_factory=dict)
    replaced: dict[str, tuple[float, Mapping[str, str]]] = field(default_factory=dict)
    repeated: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    known: dict[str, tuple[int, bytes, str]] = field(default_factory=dict)
    after: dict[str, Callable[[], None]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def delay(self, act: str, read: str, seconds: float, texts: Mapping[str, str]) -> None:
        """Let reads show other texts for some time after an act was accepted."""
        self.after[act] = lambda: self.replaced.update({read: (self.clock() + seconds, texts)})

    def repeat(self, act: str, read: str, seconds: float) -> None:
        """Let reads show the state from before an act for some time after it was accepted."""
        self.after[act] = lambda: self.repeated.update({read: self.clock() + seconds})

    def answer(
        self, operation: str, content_type: str, forward: Callable[[], tuple[int, bytes, str]]
    ) -> tuple[int, bytes, str]:
        """Return the status, the body and the type of an answer."""
        self.asked.append(operation)
        queue = self.faults.get(operation)
        if queue and (fault := queue.popleft()):
            return _error(*fault, content_type)
        if self.clock() < self.repeated.get(operation, 0) and operation in self.known:
            return self.known[operation]
        status, body, kind = forward()
        if self.clock() >= self.repeated.get(operation, 0):
            self.known[operation] = status, body, kind
        until, texts = self.replaced.get(operation, (0, {}))
        if self.clock() < until:
            text = body.decode()
            for old, new in texts.items():
                text = re.sub(old, new, text)
            body = text.encode()
        if status < 300 and (happen := self.after.pop(operation, None)):
            happen()
        return status, body, kind


def _error(status: int, code: str, content_type: str) -> tuple[int, bytes, str]:
    if "json" in content_type:
        body = json.dumps({"__type": code, "message": code, "code": code})
        return status, body.encode(), "application/x-amz-json-1.1"
    return status, _XML_ERROR.format(code).strip().encode(), "text/xml"


@contextmanager
def unsteady(target: int, clock: Callable[[], float]) -> Iterator[Unsteady]:
    """Serve the proxy for the emulator on a port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        proxy: ClassVar[Unsteady]

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            content_type = self.headers.get("Content-Type") or "json"

            def forward() -> tuple[int, bytes, str]:
                connection = http.client.HTTPConnection("127.0.0.1", target, timeout=20)
                try:
                    headers = {**self.headers, "Connection": "close"}
                    connection.request(self.command, self.path, body, headers)
                    response = connection.getresponse()
                    return response.status, response.read(), response.headers["Content-Type"]
                finally:
                    connection.close()

            operation = self._operation(body)
            status, answer, kind = self.proxy.answer(operation, content_type, forward)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _operation(self, body: bytes) -> str:
            """Return the operation's name; for REST, the method and the path without ids."""
            if target := self.headers.get("X-Amz-Target"):
                return target.rpartition(".")[2]
            if action := parse_qs(body.decode(errors="replace")).get("Action"):
                return action[0]
            return f"{self.command} {re.sub('/[0-9a-f]{8,}', '', self.path)}"

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    for method in ("GET", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._serve)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.proxy = Unsteady(server.server_port, clock)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Handler.proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
