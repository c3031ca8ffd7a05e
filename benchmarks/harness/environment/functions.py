"""The surroundings of a function that runs without MiniStack: an emulator and an endpoint."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from harness.environment.answer_endpoint import FunctionEndpoint
from nimble_local.cloud.access import REGION
from nimble_local.control_client import Control
from nimble_local.emulator.backend import Backend
from nimble_local.emulator.in_process import Served
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID
from nimble_local.emulator.state.journal import Journal
from nimble_local.emulator.state.settings import Settings
from testkit.events import build_event

if TYPE_CHECKING:
    from collections.abc import Iterator

_STACK: Final = f"arn:aws:cloudformation:{REGION}:000000000000:stack/Bench/1"


class Surroundings:
    """Events and environments for functions.

    Attributes
    ----------
    control
        The emulator's control interface.
    endpoint
        The server that takes the answers.
    """

    def __init__(self, emulator: str, endpoint: FunctionEndpoint) -> None:
        self._emulator = emulator
        self.control = Control(emulator)
        self.endpoint = endpoint

    def put_session(self, session_id: str, state: str) -> None:
        """Add a session to the emulator."""
        self.control.add_session(sessionId=session_id, state=state)

    def event(self, *, session_id: str = SESSION_ID, update: bool = False) -> dict[str, Any]:
        """Return a request from CloudFormation, with the default poll interval."""
        properties = {"StudioId": STUDIO_ID, "SessionId": session_id}
        return build_event(
            "Update" if update else "Create",
            request_id=os.urandom(8).hex(),
            stack_id=_STACK,
            response_url=f"{self.endpoint.url}/answer?signature=none",
            properties=properties,
            old_properties={**properties, "Triggers": "old"},
            physical_id=session_id,
        )

    def variables(self) -> dict[str, str]:
        """Return the environment of a function's process."""
        return {
            "PATH": os.environ["PATH"],
            # The code of an asset is compiled in each cold start: its zip has no usable timestamps.
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ACCESS_KEY_ID": "BENCHMARKNOTAKEY",
            "AWS_SECRET_ACCESS_KEY": "neither-the-endpoint-nor-the-emulator-asks",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_LAMBDA_FUNCTION_NAME": "Function",
            "AWS_ENDPOINT_URL": self.endpoint.url,
            "AWS_ENDPOINT_URL_NIMBLE": self._emulator,
        }


@contextmanager
def surroundings(start_seconds: float) -> Iterator[Surroundings]:
    """Serve an emulator and an endpoint until the block ends; a start takes ``start_seconds``."""
    backend = Backend(Settings(start_seconds=start_seconds), journal=Journal(limit=100_000))
    backend.seed()
    with FunctionEndpoint() as endpoint:
        emulator = Served(backend)
        try:
            yield Surroundings(emulator.url, endpoint)
        finally:
            emulator.end()
