"""Apps and templates for the tests of the construct."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest

from cdk_nimble_streaming_session import StreamingSession
from testkit.construct import policies

if TYPE_CHECKING:
    from collections.abc import Callable

IDS = {"studio_id": "us-west-2:stid-abc123", "session_id": "yeG7lDwNQEiwNTRT7DrV7Q"}


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Studio")


@pytest.fixture
def session(stack: cdk.Stack) -> Callable[..., StreamingSession]:
    """Create a session in the stack, with a unique id by default."""

    def make(name: str = "Workstation", **arguments: Any) -> StreamingSession:
        return StreamingSession(stack, name, **{**IDS, **arguments})

    return make


@pytest.fixture
def resources(stack: cdk.Stack) -> Callable[[str], list[dict[str, Any]]]:
    """Synthesise and return the resources of a type."""

    def find(kind: str) -> list[dict[str, Any]]:
        return policies.of_type(policies.template(stack), kind)

    return find
