"""Requests sent to deployed functions directly, as CloudFormation sends them.

MiniStack differs from CloudFormation: it creates one resource after another, sends no Delete after
a failed Create, and runs a custom resource's function once, without Lambda's retries.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError, Event
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from nimble_local.emulator.seed.default_seed import STUDIO_ID
from testkit.answer_endpoint import AnswerEndpoint, Reply
from testkit.cloud.waiting import read_until
from testkit.events import build_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.testing import LocalCloud

SECRET = "X-Amz-Signature=secret-of-the-answer-endpoint"
LOGICAL_ID = "SentDirectly"
LOOK_SECONDS = 0.1
TOGETHER_SECONDS = 8.0
"""Maximum time for which answers wait for each other. The function waits ten seconds."""


class RequestSender(AnswerEndpoint):
    """Sends events to deployed functions asynchronously, and receives the answers.

    Attributes
    ----------
    redirected
        The paths whose PUT gets a redirect to ``/elsewhere``.
    unavailable_until
        By path, the time until which a PUT gets a 503, in seconds of `time.monotonic`.
    together
        By path, the barrier that a PUT waits at before it is answered.
    ended
        Set when no more test waits for answers.
    """

    def __init__(self, cloud: LocalCloud) -> None:
        self.redirected: set[str] = set()
        self.unavailable_until: dict[str, float] = {}
        self.together: dict[str, Barrier] = {}
        self.ended = Event()
        self._lambda = cloud.client("lambda")
        super().__init__()

    def close(self) -> None:
        """Stop listening."""
        self.ended.set()
        super().close()

    def event(
        self,
        kind: str,
        stack_id: str,
        session_id: str,
        *,
        physical_id: str | None = None,
        old: Mapping[str, str] | None = None,
        **properties: str,
    ) -> dict[str, Any]:
        """Return an event with its own ResponseURL."""
        request_id = str(uuid4())
        ids = {"StudioId": STUDIO_ID, "SessionId": session_id, "PollIntervalSeconds": "1"}
        return build_event(
            kind,
            request_id=request_id,
            stack_id=stack_id,
            response_url=f"{self.url}/{request_id}?{SECRET}",
            properties={**ids, **properties},
            old_properties={**ids, **(old or {})},
            physical_id=physical_id or session_id,
            logical_id=LOGICAL_ID,
        )

    @staticmethod
    def path(event: Mapping[str, Any]) -> str:
        """Return the path of an event's ResponseURL."""
        return f"/{event['RequestId']}"

    def send(self, function: str, event: Mapping[str, Any]) -> None:
        """Invoke a function with an event; Lambda retries it if it fails."""
        payload = json.dumps(event).encode()
        self._lambda.invoke(FunctionName=function, InvocationType="Event", Payload=payload)

    def answers(self, event: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the answers to an event so far."""
        path = self.path(event)
        return [json.loads(body) for to, body in self.puts if to.startswith(path)]

    def send_together(self, function: str, events: list[dict[str, Any]]) -> None:
        """Send events that run at the same time, each in its own worker, and wait for the answers.

        The first answers wait for the last, so that no worker is free for a second event.
        """
        barrier = Barrier(len(events), timeout=TOGETHER_SECONDS)
        self.together |= {self.path(event): barrier for event in events}
        for event in events:
            self.send(function, event)
        for event in events:
            self.answer(event)

    def answer(self, event: Mapping[str, Any], within: float = 300.0) -> dict[str, Any]:
        """Wait for the answer to an event."""
        read = partial(self.answers, event)
        what = f"the answers to {event['RequestType']}"
        return read_until(bool, read, what, ended=self.ended, within=within, every=LOOK_SECONDS)[0]

    def take(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Take an answer, unless it is to be refused."""
        name = path.partition("?")[0]
        if name in self.together:
            # A late answer doesn't hold up the others.
            with suppress(BrokenBarrierError):
                self.together[name].wait()
        if time.monotonic() < self.unavailable_until.get(name, 0):
            return 503, b""
        super().take(path, body, headers)
        return (307 if name in self.redirected else 200), b""
