"""The operations on streams: connections to a READY session."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.rules import sessions
from nimble_local.emulator.state.entities import Stream
from nimble_local.emulator.state.ids import new_id, region_of

if TYPE_CHECKING:
    from nimble_local.emulator.backend import Backend, Call

DEFAULT_EXPIRATION_SECONDS = 120
"""How long a stream's URL is good for when the request does not say (inferred)."""

MAX_STREAMS = 10_000
"""Streams that there are at once; beyond, the oldest goes (inferred)."""

KEPT_SECONDS = 3600.0
"""How long a stream that is DELETED stays readable (inferred)."""


def create(backend: Backend, call: Call) -> dict[str, Any]:
    """CreateStreamingSessionStream."""
    session, now = sessions.find(backend, call), backend.now()
    sessions.require(session, "streamed", ("READY",))
    expiration = call.request.get("expirationInSeconds", DEFAULT_EXPIRATION_SECONDS)
    stream = Stream(
        stream_id=new_id(),
        session_id=session.session_id,
        studio_id=session.studio_id,
        created_at=now,
        created_by=call.caller,
        owned_by=session.owned_by,
        state="CREATE_IN_PROGRESS",
        status_code="STREAM_CREATE_IN_PROGRESS",
        ready_at=now + backend.settings.stream_seconds,
        expires_at=now + expiration,
    )
    _put(backend, stream)
    oldest = backend.world.streams.oldest()
    if oldest is not None and len(backend.world.streams) > MAX_STREAMS:
        _forget(backend, oldest.stream_id)
    return {"stream": stream.wire()}


def get(backend: Backend, call: Call) -> dict[str, Any]:
    """GetStreamingSessionStream."""
    session = sessions.find(backend, call)
    stream = backend.world.streams.find(call.request["streamId"])
    if stream.session_id != session.session_id:
        raise backend.world.streams.missing(stream.stream_id)
    return {"stream": stream.wire()}


def next_change(stream: Stream) -> float:
    """Return when a stream changes by itself."""
    match stream.state:
        case "CREATE_IN_PROGRESS":
            return min(stream.ready_at, stream.expires_at)
        case "READY":
            return stream.expires_at
    return stream.expires_at + KEPT_SECONDS


def change(backend: Backend, stream_id: str) -> None:
    """Let a stream become ready, expire, or be forgotten."""
    stream = backend.world.streams.find(stream_id)
    if stream.state == "DELETED":
        backend.world.streams.remove(stream_id)
    elif stream.state == "READY" or backend.now() >= stream.expires_at:
        _end(backend, stream)
    else:
        host = f"{region_of(stream.studio_id)}.stream.nimble.invalid"
        url = f"https://{host}:8443/?sessionId={stream.session_id}&streamId={stream_id}"
        _put(backend, replace(stream, state="READY", status_code="STREAM_READY", url=url))


def end_all(backend: Backend, session_id: str) -> None:
    """End the streams of a session that is READY no more."""
    for stream in backend.world.streams:
        if stream.session_id == session_id and stream.state != "DELETED":
            _end(backend, stream)


def remove_all(backend: Backend, session_id: str) -> None:
    """Forget the streams of a session that is forgotten."""
    for stream in backend.world.streams:
        if stream.session_id == session_id:
            _forget(backend, stream.stream_id)


def _forget(backend: Backend, stream_id: str) -> None:
    backend.timeline.plan("stream", stream_id, None)
    backend.world.streams.remove(stream_id)


def _end(backend: Backend, stream: Stream) -> None:
    expires_at = min(stream.expires_at, backend.now())
    ended = replace(
        stream, state="DELETED", status_code="STREAM_DELETED", url=None, expires_at=expires_at
    )
    _put(backend, ended)


def _put(backend: Backend, stream: Stream) -> None:
    backend.world.streams.put(stream.stream_id, stream)
    backend.timeline.plan("stream", stream.stream_id, next_change(stream))
