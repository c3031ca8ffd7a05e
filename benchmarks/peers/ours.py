"""The construct of this project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_nimble_streaming_session import StreamingSession

if TYPE_CHECKING:
    import aws_cdk as cdk

    from peers.settings import Settings


def add(stack: cdk.Stack, settings: Settings) -> str:
    """Add the resource that starts the session; return its ARN."""
    session = StreamingSession(
        stack,
        "Workstation",
        studio_id=settings.studio_id,
        session_id=settings.session_id,
        endpoint_url=settings.endpoint_url,
    )
    return session.streaming_session_arn
