"""Streams: the connections to a READY session."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.entities import Stream
from nimble_local.emulator.exceptions import ConflictError, NotFoundError
from nimble_local.emulator.ids import new_id
from nimble_local.emulator.studios import require_studio

if TYPE_CHECKING:
    from nimble_local.emulator.models import Backend, Call

DEFAULT_EXPIRATION_SECONDS = 120
"""How long a stream's URL is valid unless the request says otherwise (inferred)."""


def create(backend: Backend, call: Call) -> dict[str, Any]:
    """Open a stream to a session that is READY."""
    request, now = call.request, backend.clock.now()
    studio = require_studio(backend, request["studioId"])
    session = backend.world.sessions.find(request["sessionId"])
    if session.studio_id != studio.studio_id:
        raise NotFoundError.of("streaming session", session.session_id)
    if session.state != "READY":
        raise ConflictError(
            f"The session {session.session_id!r} is {session.state}; "
            "only a READY one can be connected to."
        )
    expires = now + (request.get("expirationInSeconds") or DEFAULT_EXPIRATION_SECONDS)
    stream = Stream(
        stream_id=new_id(),
        created_at=now,
        created_by=call.caller,
        owned_by=session.owned_by,
        state="CREATE_IN_PROGRESS",
        status_code="STREAM_CREATE_IN_PROGRESS",
        expires_at=expires,
        session_id=session.session_id,
        studio_id=studio.studio_id,
        ready_at=now + backend.settings.stream_seconds,
    )
    _put(backend, stream)
    return {"stream": stream.wire()}


def get(backend: Backend, call: Call) -> dict[str, Any]:
    """Return a stream of a session."""
    request = call.request
    stream = backend.world.streams.find(request["streamId"])
    if (stream.session_id, stream.studio_id) != (request["sessionId"], request["studioId"]):
        raise NotFoundError.of("streaming session stream", stream.stream_id)
    return {"stream": stream.wire()}


def next_change(stream: Stream) -> float:
    """Return when a stream becomes READY, or expires."""
    return stream.ready_at if stream.state == "CREATE_IN_PROGRESS" else stream.expires_at


def change(backend: Backend, stream_id: str, at: float) -> None:
    """Let a stream become READY, or forget it once it has expired."""
    stream = backend.world.streams.find(stream_id)
    if stream.state != "CREATE_IN_PROGRESS" or at >= stream.expires_at:
        backend.world.streams.remove(stream_id)
        return
    ready = replace(
        stream,
        state="READY",
        status_code="STREAM_READY",
        url=f"https://stream.invalid/{stream_id}",
    )
    _put(backend, ready)


def _put(backend: Backend, stream: Stream) -> None:
    backend.world.streams.put(stream.stream_id, stream)
    backend.timeline.plan("stream", stream.stream_id, next_change(stream))
