"""Stands between the function and CloudFormation's addresses for answers, and notes what passes."""

from __future__ import annotations

import http.client
import json
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from soak.runs import moment

if TYPE_CHECKING:
    from collections.abc import Callable


class Relay:
    """Passes answers on to MiniStack, unless it is deaf for their stack.

    Attributes
    ----------
    url
        MiniStack's; set once that is known.
    port, listens_at
        Where it listens.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.url = ""
        self._now = now
        self._lock = Lock()
        self._answers: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._paths: dict[str, set[str]] = defaultdict(set)
        self._deaf_until: dict[str, float] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port: int = self._server.server_port
        self.listens_at = f"http://127.0.0.1:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def be_deaf(self, stack: str, seconds: float) -> None:
        """Answer 503 to the answers of a stack for a while."""
        with self._lock:
            self._deaf_until[stack] = self._now() + seconds

    def answers(self, stack: str) -> list[dict[str, Any]]:
        """Return the answers of a stack that CloudFormation took.

        Each has its ``Size`` in bytes, and ``At``, the moment at which it came, as in events.
        """
        with self._lock:
            return list(self._answers[stack])

    def paths(self, stack: str | None = None) -> set[str]:
        """Return where the answers of a stack, or of all, came to: these are credentials on AWS."""
        with self._lock:
            if stack is not None:
                return set(self._paths[stack])
            return {path for paths in self._paths.values() for path in paths}

    def _pass_on(self, path: str, body: bytes, host: str) -> int:
        answer = json.loads(body)
        at = moment()
        stack = answer["StackId"].split("/")[1]
        with self._lock:
            # The signature after it is worth nothing without it.
            self._paths[stack].add(path.partition("?")[0])
            if self._now() < self._deaf_until.get(stack, 0):
                return 503
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            # The address is signed with the host that it names.
            connection.request("PUT", path, body, {"Host": host})
            status = connection.getresponse().status
        finally:
            connection.close()
        with self._lock:
            self._answers[stack].append({**answer, "Size": len(body), "At": at})
        return status

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        relay = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(relay._pass_on(self.path, body, self.headers["Host"]))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        return Handler
