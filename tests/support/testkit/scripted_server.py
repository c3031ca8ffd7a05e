"""An HTTP server that replies with given bytes: whole, cut, late or not at all."""

from __future__ import annotations

import socket
import ssl
import struct
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

END_OF_HEADERS = b"\r\n\r\n"


@dataclass(frozen=True)
class Silence:
    """No answer; the connection stays open."""


@dataclass(frozen=True)
class Reset:
    """A connection that is reset after the bytes."""

    after: bytes = b""


@dataclass(frozen=True)
class Drip:
    """An answer that comes one byte at a time, with a pause before each."""

    data: bytes
    pause: float = 0.2


Reply = bytes | Silence | Reset | Drip


@dataclass
class Script:
    """The replies of the server, one per request, and the requests that it received."""

    port: int
    tls: ssl.SSLContext | None = None
    replies: list[Reply] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    def bodies(self) -> list[bytes]:
        """Return the bodies that were sent."""
        return [sent.partition(END_OF_HEADERS)[2] for sent in self.requests]


def reply(status: int, body: str = "", promised: int | None = None, **headers: str) -> bytes:
    """Return an answer. ``promised`` is a false Content-Length."""
    sent = body.encode()
    lines = [
        f"HTTP/1.1 {status} Reason",
        f"Content-Length: {len(sent) if promised is None else promised}",
        "Connection: close",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + END_OF_HEADERS + sent


@contextmanager
def scripted_server(tls: ssl.SSLContext | None = None) -> Iterator[Script]:
    """Serve a script on a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        script, over = Script(listening.getsockname()[1], tls), Event()
        thread = Thread(target=_serve, args=(listening, script, over))
        thread.start()
        try:
            yield script
        finally:
            over.set()
            socket.create_connection(("127.0.0.1", script.port)).close()
            thread.join()


def _serve(listening: socket.socket, script: Script, over: Event) -> None:
    held = []
    while True:
        connection, _ = listening.accept()
        if over.is_set():
            break
        connection.settimeout(5)
        if script.tls:
            try:
                connection = script.tls.wrap_socket(connection, server_side=True)
            except ssl.SSLError:
                # The client refused the certificate.
                connection.close()
                continue
        script.requests.append(_request(connection))
        answer = script.replies.pop(0)
        if isinstance(answer, Silence):
            held.append(connection)
            continue
        if isinstance(answer, Drip):
            # The client may hang up.
            with suppress(OSError):
                for byte in answer.data:
                    if over.wait(answer.pause):
                        break
                    connection.sendall(bytes([byte]))
            connection.close()
            continue
        if isinstance(answer, Reset):
            connection.sendall(answer.after)
            # With a linger time of zero, closing the socket resets the connection.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            connection.sendall(answer)
        connection.close()
    for waiting in [connection, *held]:
        waiting.close()


def _request(connection: socket.socket) -> bytes:
    got = b""
    while END_OF_HEADERS not in got:
        got += connection.recv(65536)
    head, _, body = got.partition(END_OF_HEADERS)
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = (int(lengths[0].partition(b":")[2]) if lengths else 0) - len(body)
    while missing > 0:
        part = connection.recv(missing)
        got, missing = got + part, missing - len(part)
    return got
