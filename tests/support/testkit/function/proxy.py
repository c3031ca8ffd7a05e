"""An HTTP proxy on loopback that resolves every name to loopback and records its requests."""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

END_OF_HEADERS = b"\r\n\r\n"


@dataclass
class Proxy:
    """A proxy that runs.

    Attributes
    ----------
    asked
        The first line of each request.
    logins
        The value of each Proxy-Authorization.
    refusal
        The HTTP status that every request is refused with; 0 lets them through.
    """

    port: int
    asked: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refusal: int = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running_proxy() -> Iterator[Proxy]:
    """Run a proxy on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = Proxy(listening.getsockname()[1])
        Thread(target=_accept, args=(listening, proxy), daemon=True).start()
        yield proxy
        # Closing alone doesn't wake the thread that accepts connections.
        listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, proxy: Proxy) -> None:
    with suppress(OSError):
        while True:
            client, _ = listening.accept()
            Thread(target=_serve, args=(client, proxy), daemon=True).start()


def _serve(client: socket.socket, proxy: Proxy) -> None:
    with client:
        got = b""
        while END_OF_HEADERS not in got:
            part = client.recv(65536)
            if not part:
                return
            got += part
        head = got.partition(END_OF_HEADERS)[0].decode().split("\r\n")
        proxy.asked.append(head[0])
        proxy.logins += [line[21:] for line in head if line.startswith("Proxy-Authorization: ")]
        if proxy.refusal:
            client.sendall(f"HTTP/1.1 {proxy.refusal} No\r\nContent-Length: 0\r\n\r\n".encode())
            return
        method, target, _ = head[0].split(" ")
        url = urlsplit(f"//{target}" if method == "CONNECT" else target)
        with socket.create_connection(("127.0.0.1", url.port or 0)) as server:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                server.sendall(got)
            back = Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
