"""The operations on streams: connections to a READY session."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.rules.lookup import find_session, require_state
from nimble_local.emulator.state.entities import Stream
from nimble_local.emulator.state.ids import region_of

if TYPE_CHECKING:
    from nimble_local.emulator.rules.context import Call, Context

DEFAULT_EXPIRATION_SECONDS = 120
"""The default lifetime of a stream's URL (inferred)."""

MAX_STREAMS = 10_000
"""The maximum number of streams; beyond it, the oldest is removed (inferred)."""

KEPT_SECONDS = 3600.0
"""The time for which a DELETED stream stays readable (inferred)."""


def create(context: Context, call: Call) -> dict[str, Any]:
    """CreateStreamingSessionStream."""
    session, now = find_session(context, call), context.now()
    require_state(session, "streamed", ("READY",))
    expiration = call.request.get("expirationInSeconds", DEFAULT_EXPIRATION_SECONDS)
    stream = Stream(
        stream_id=context.new_id(),
        session_id=session.session_id,
        studio_id=session.studio_id,
        created_at=now,
        created_by=call.caller,
        owned_by=session.owned_by,
        state="CREATE_IN_PROGRESS",
        status_code="STREAM_CREATE_IN_PROGRESS",
        ready_at=now + context.settings.stream_seconds,
        expires_at=now + expiration,
    )
    _put(context, stream)
    oldest = context.world.streams.oldest()
    if oldest is not None and len(context.world.streams) > MAX_STREAMS:
        _forget(context, oldest.stream_id)
    return {"stream": stream.wire()}


def get(context: Context, call: Call) -> dict[str, Any]:
    """GetStreamingSessionStream."""
    session = find_session(context, call)
    stream = context.world.streams.find(call.request["streamId"])
    if stream.session_id != session.session_id:
        raise context.world.streams.missing(stream.stream_id)
    return {"stream": stream.wire()}


def next_change(stream: Stream) -> float:
    """Return when a stream changes on its own."""
    match stream.state:
        case "CREATE_IN_PROGRESS":
            return min(stream.ready_at, stream.expires_at)
        case "READY":
            return stream.expires_at
    return stream.expires_at + KEPT_SECONDS


def change(context: Context, stream_id: str) -> None:
    """Carry out the due change of a stream: ready, expired or removed."""
    stream = context.world.streams.find(stream_id)
    if stream.state == "DELETED":
        context.world.streams.remove(stream_id)
    elif stream.state == "READY" or context.now() >= stream.expires_at:
        _end(context, stream)
    else:
        host = f"{region_of(stream.studio_id)}.stream.nimble.invalid"
        url = f"https://{host}:8443/?sessionId={stream.session_id}&streamId={stream_id}"
        _put(context, replace(stream, state="READY", status_code="STREAM_READY", url=url))


def end_all(context: Context, session_id: str) -> None:
    """End the streams of a session that has left READY."""
    for stream in context.world.streams:
        if stream.session_id == session_id and stream.state != "DELETED":
            _end(context, stream)


def remove_all(context: Context, session_id: str) -> None:
    """Remove the streams of a session that is removed."""
    for stream in context.world.streams:
        if stream.session_id == session_id:
            _forget(context, stream.stream_id)


def _forget(context: Context, stream_id: str) -> None:
    context.timeline.plan("stream", stream_id, None)
    context.world.streams.remove(stream_id)


def _end(context: Context, stream: Stream) -> None:
    expires_at = min(stream.expires_at, context.now())
    ended = replace(
        stream, state="DELETED", status_code="STREAM_DELETED", url=None, expires_at=expires_at
    )
    _put(context, ended)


def _put(context: Context, stream: Stream) -> None:
    context.world.streams.put(stream.stream_id, stream)
    context.timeline.plan("stream", stream.stream_id, next_change(stream))
