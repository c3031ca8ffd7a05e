"""CloudFormation as the function sees it: events as AWS documents them, and an address to answer.

For what MiniStack does otherwise than CloudFormation: it makes one resource after another, sends no
Delete after a Create that failed, and runs a custom resource's function once, without retries.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, BrokenBarrierError, Event, Thread
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from nimble_local.emulator.seed.default_seed import STUDIO_ID

if TYPE_CHECKING:
    from testkit.cloud.local_cloud import Cloud

SECRET = "X-Amz-Signature=secret-of-the-border"
LOOK_SECONDS = 0.1
TOGETHER_SECONDS = 8.0
"""How long answers wait for each other; the function waits for ten."""


class Border:
    """Sends events to deployed functions, asynchronously as CloudFormation does, and is answered.

    Attributes
    ----------
    puts
        Every PUT that came: the path and the body.
    redirected
        The paths that are answered with a redirect, to ``/elsewhere``.
    deaf_until
        Until when a path is answered with 503, in seconds of `time.monotonic`.
    together
        By path, what else has to be answered before that PUT is.
    ended
        Set when nobody waits for answers any more.
    """

    def __init__(self, cloud: Cloud) -> None:
        self.puts: list[tuple[str, bytes]] = []
        self.redirected: set[str] = set()
        self.deaf_until: dict[str, float] = {}
        self.together: dict[str, Barrier] = {}
        self.ended = Event()
        self._lambda = cloud.client("lambda")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        # A test run that forgets to close it has to end all the same.
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self.ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def event(
        self,
        kind: str,
        stack_id: str,
        session_id: str,
        *,
        physical_id: str | None = None,
        old: dict[str, str] | None = None,
        **properties: str,
    ) -> dict[str, Any]:
        """Return an event of CloudFormation, with a ResponseURL of its own."""
        request_id = str(uuid4())
        ids = {"StudioId": STUDIO_ID, "SessionId": session_id, "PollIntervalSeconds": "1"}
        made: dict[str, Any] = {
            "RequestType": kind,
            "RequestId": request_id,
            "ResponseURL": f"{self.url}/{request_id}?{SECRET}",
            "StackId": stack_id,
            "ResourceType": "Custom::NimbleStreamingSession",
            "LogicalResourceId": "AtTheBorder",
            "ResourceProperties": {**ids, **properties},
        }
        if kind != "Create":
            made["PhysicalResourceId"] = physical_id or session_id
        if kind == "Update":
            made["OldResourceProperties"] = {**ids, **(old or {})}
        return made

    @property
    def url(self) -> str:
        """Where the answers go."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @staticmethod
    def path(event: dict[str, Any]) -> str:
        """Return the path at which an event is answered."""
        return f"/{event['RequestId']}"

    def send(self, function: str, event: dict[str, Any]) -> None:
        """Have a function run on an event, with Lambda's retries."""
        payload = json.dumps(event).encode()
        self._lambda.invoke(FunctionName=function, InvocationType="Event", Payload=payload)

    def answers(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the answers to an event so far."""
        path = self.path(event)
        return [json.loads(body) for to, body in self.puts if to.startswith(path)]

    def send_together(self, function: str, events: list[dict[str, Any]]) -> None:
        """Send events that run at the same time, in as many workers, and wait for the answers."""
        barrier = Barrier(len(events), timeout=TOGETHER_SECONDS)
        self.together |= {self.path(event): barrier for event in events}
        for event in events:
            self.send(function, event)
        for event in events:
            self.answer(event)

    def answer(self, event: dict[str, Any], within: float = 120.0) -> dict[str, Any]:
        """Wait for the answer to an event."""
        deadline = time.monotonic() + within
        while not (found := self.answers(event)):
            assert time.monotonic() < deadline, f"no answer to {event['RequestType']}"
            assert not self.ended.wait(LOOK_SECONDS), "nobody waits for answers any more"
        return found[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        border = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                path = self.path.partition("?")[0]
                if path in border.together:
                    # One that takes too long to come holds up no other.
                    with suppress(BrokenBarrierError):
                        border.together[path].wait()
                status = 307 if path in border.redirected else 200
                if time.monotonic() < border.deaf_until.get(path, 0):
                    status = 503
                else:
                    border.puts.append((self.path, body))
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        return Handler
