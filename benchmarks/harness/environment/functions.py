"""What surrounds a function that is called without MiniStack: an emulator, and a sink."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from harness.environment.answer_endpoint import Sink, listening
from nimble_local.cloud.access import REGION
from nimble_local.control_client import Control
from nimble_local.emulator.backend import Backend
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID
from nimble_local.emulator.served import Served
from nimble_local.emulator.state.journal import Journal
from nimble_local.emulator.state.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_STACK: Final = f"arn:aws:cloudformation:{REGION}:000000000000:stack/Bench/1"


class Surroundings:
    """Events and environments for functions.

    Attributes
    ----------
    control
        The emulator's control interface.
    sink
        What takes the answers.
    """

    def __init__(self, emulator: str, sink: Sink) -> None:
        self._emulator = emulator
        self.control = Control(emulator)
        self.sink = sink

    def put_session(self, session_id: str, state: str) -> None:
        """Put a session into the emulator."""
        self.control.add_session(sessionId=session_id, state=state)

    def event(self, *, session_id: str = SESSION_ID, update: bool = False) -> dict[str, Any]:
        """Return a request of CloudFormation, with the default poll interval."""
        properties = {"StudioId": STUDIO_ID, "SessionId": session_id}
        made = {
            "RequestType": "Create",
            "RequestId": os.urandom(8).hex(),
            "StackId": _STACK,
            "ResponseURL": f"{self.sink.url}/answer?signature=none",
            "ResourceType": "Custom::NimbleStreamingSession",
            "LogicalResourceId": "Workstation",
            "ResourceProperties": properties,
        }
        if update:
            made |= {"RequestType": "Update", "PhysicalResourceId": session_id}
            made["OldResourceProperties"] = {**properties, "Triggers": "old"}
        return made

    def variables(self) -> dict[str, str]:
        """Return the environment of a function's process."""
        return {
            "PATH": os.environ["PATH"],
            # What is in an asset is compiled anew: the time in its zip is none that Python knows.
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ACCESS_KEY_ID": "BENCHMARKNOTAKEY",
            "AWS_SECRET_ACCESS_KEY": "neither-the-sink-nor-the-emulator-asks",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_LAMBDA_FUNCTION_NAME": "Function",
            "AWS_ENDPOINT_URL": self.sink.url,
            "AWS_ENDPOINT_URL_NIMBLE": self._emulator,
        }


@contextmanager
def surroundings(start_seconds: float) -> Iterator[Surroundings]:
    """Serve an emulator, whose starts take so long, and a sink until the block ends."""
    backend = Backend(Settings(start_seconds=start_seconds), journal=Journal(limit=100_000))
    backend.seed()
    with listening() as sink:
        emulator = Served(backend)
        try:
            yield Surroundings(emulator.url, sink)
        finally:
            emulator.end()
