"""A CDK construct that starts a Nimble Studio streaming session and waits until it is READY."""

from cdk_nimble_streaming_session.interface import IStreamingSession
from cdk_nimble_streaming_session.on_delete import OnDelete
from cdk_nimble_streaming_session.provider import StreamingSessionProvider
from cdk_nimble_streaming_session.streaming_session import StreamingSession

__all__ = ["IStreamingSession", "OnDelete", "StreamingSession", "StreamingSessionProvider"]
