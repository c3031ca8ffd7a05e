"""An HTTP server whose responses are made from botocore's models."""

from __future__ import annotations

import json
import re
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar

from testkit.declared.services import service_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import Shape

_NOON = 1_795_694_400
_SCALARS: dict[str, Any] = {
    "integer": 1,
    "long": 1,
    "float": 1.5,
    "double": 1.5,
    "boolean": True,
    "blob": "aGVsbG8=",
}


def response(shape: Shape, given: Any = None, above: tuple[str, ...] = ()) -> Any:
    """Return a response with every member that a shape has, and with the given ones.

    Members that contain themselves are left out.
    """
    if shape.type_name == "structure":
        members: dict[str, Any] = getattr(shape, "members", {})
        return {
            **{
                name: response(member, (given or {}).get(name), (*above, shape.name))
                for name, member in members.items()
                if member.name not in above and name not in (given or {})
            },
            **{
                name: response(members[name], value, (*above, shape.name))
                for name, value in (given or {}).items()
            },
        }
    if shape.type_name == "list":
        member = getattr(shape, "member", shape)
        return [response(member, each, above) for each in ([None] if given is None else given)]
    if given is not None:
        return given
    if shape.type_name == "map":
        return {"key": response(getattr(shape, "value", shape), None, above)}
    if shape.type_name == "timestamp":
        iso = shape.serialization.get("timestampFormat") == "iso8601"
        return "2026-11-26T12:00:00Z" if iso else _NOON
    return _SCALARS.get(shape.type_name, "text")


@dataclass
class ModelServer:
    """The server of one service.

    Attributes
    ----------
    script
        The given members of the next responses of an operation. The last of them stays.
    sent
        The operations and the parameters that were sent.
    """

    service: str
    port: int
    script: dict[str, deque[Any]] = field(default_factory=dict)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, operation: str, parameters: dict[str, Any]) -> tuple[int, bytes]:
        """Return the status and the body of a response."""
        self.sent.append((operation, parameters))
        shape = service_model(self.service).operation_model(operation).output_shape
        queue = self.script.get(operation) or deque([None])
        given = queue.popleft() if len(queue) > 1 else queue[0]
        if isinstance(given, str):
            return 400, json.dumps({"__type": given, "message": "because", "code": given}).encode()
        return 200, json.dumps(response(shape, given) if shape else {}).encode()

    def operation(self, method: str, path: str) -> str:
        """Return the operation of a REST request."""
        model = service_model(self.service)
        for name in model.operation_names:
            http = model.operation_model(name).http
            pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(http["requestUri"]))
            if http["method"] == method and re.fullmatch(pattern, path):
                return str(name)
        raise LookupError(f"{method} {path}")


@contextmanager
def model_server(service: str) -> Iterator[ModelServer]:
    """Serve a service on a port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        served: ClassVar[ModelServer]

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            operation = target or self.served.operation(self.command, self.path)
            status, answer = self.served.answer(operation, json.loads(body or b"{}"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    for method in ("GET", "POST", "PUT"):
        setattr(Handler, f"do_{method}", Handler._serve)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.served = ModelServer(service, server.server_port)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Handler.served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
