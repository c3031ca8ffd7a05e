"""The operations on streaming sessions, and what a session does by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.emulator import backups
from nimble_local.emulator.entities import Session
from nimble_local.emulator.exceptions import (
    ConflictError,
    NotFoundError,
    QuotaExceededError,
    ValidationError,
)
from nimble_local.emulator.ids import arn, new_id
from nimble_local.emulator.lifecycle import (
    ENDS,
    SERVICE_USER,
    UNSTOPPABLE,
    enter,
    settled,
)
from nimble_local.emulator.pages import page
from nimble_local.emulator.studios import profile_of, require_studio

if TYPE_CHECKING:
    from nimble_local.emulator.models import Backend, Call


def create(backend: Backend, call: Call) -> dict[str, Any]:
    """Create a session from a launch profile; it becomes READY."""
    request, now = call.request, backend.clock.now()
    studio = require_studio(backend, request["studioId"])
    profile = profile_of(backend, studio.studio_id, request["launchProfileId"])
    living = sum(
        s.studio_id == studio.studio_id and s.state != "DELETED" for s in backend.world.sessions
    )
    if living >= backend.settings.session_quota:
        raise QuotaExceededError(
            f"The studio holds {living} sessions, as many as its quota allows. Delete one first."
        )
    allowed = profile.stream_configuration
    session_id = new_id()
    session = Session(
        arn=arn(studio.studio_id, "streaming-session", session_id),
        session_id=session_id,
        studio_id=studio.studio_id,
        launch_profile_id=profile.launch_profile_id,
        state="CREATE_IN_PROGRESS",
        status_code="",
        status_message="",
        created_at=now,
        created_by=call.caller,
        owned_by=request.get("ownedBy") or call.caller,
        updated_at=now,
        updated_by=call.caller,
        automatic_termination_mode=allowed.get("automaticTerminationMode", "DEACTIVATED"),
        backup_mode=(allowed.get("sessionBackup") or {}).get("mode", "DEACTIVATED"),
        max_backups_to_retain=(allowed.get("sessionBackup") or {}).get("maxBackupsToRetain", 0),
        session_persistence_mode=allowed.get("sessionPersistenceMode", "DEACTIVATED"),
        ec2_instance_type=_allowed(request, "ec2InstanceType", allowed["ec2InstanceTypes"]),
        streaming_image_id=_allowed(request, "streamingImageId", allowed["streamingImageIds"]),
        volume_configuration=allowed.get("volumeConfiguration"),
        tags=request.get("tags") or {},
    )
    session = _begin(backend, session, "CREATE_IN_PROGRESS", call.caller, now)
    backend.put(session, now)
    return {"session": session.wire()}


def get(backend: Backend, call: Call) -> dict[str, Any]:
    """Return a session as it is, or as it was where reads are stale."""
    session = _find(backend, call)
    if call.stale:
        session = backend.world.session_as_of(session, backend.clock.now() - call.stale)
    return {"session": session.wire()}


def list_all(backend: Backend, call: Call) -> dict[str, Any]:
    """Return the sessions of a studio, a page at a time."""
    request = call.request
    studio = require_studio(backend, request["studioId"])
    ids = request.get("sessionIds")
    wanted = set(ids.split(",")) if ids else None
    found = [
        session
        for session in backend.world.sessions
        if session.studio_id == studio.studio_id
        and request.get("createdBy") in (None, session.created_by)
        and request.get("ownedBy") in (None, session.owned_by)
        and (wanted is None or session.session_id in wanted)
    ]
    rows, token = page(found, request.get("nextToken"), backend.settings.page_size)
    return {"sessions": [row.wire() for row in rows], "nextToken": token}


def start(backend: Backend, call: Call) -> dict[str, Any]:
    """Start a stopped session, from a backup if one is named."""
    session, now = _find(backend, call), _now(backend, call)
    startable = {"STOPPED"} | ({"START_FAILED"} if backend.settings.start_from_failed else set())
    if session.state not in startable:
        raise _conflict(session, "started", "Only a STOPPED session can be.")
    backup_id = call.request.get("backupId")
    if backup_id:
        backup = backups.find(backend, session.studio_id, backup_id)
        if backup.session_id != session.session_id:
            raise ValidationError(
                f"The backup {backup_id!r} is of another session, {backup.session_id!r}."
            )
    changed = _begin(
        backend,
        session,
        "START_IN_PROGRESS",
        call.caller,
        now,
        started_at=now,
        started_by=call.caller,
        started_from_backup_id=backup_id,
    )
    backend.put(changed, now)
    return {"session": changed.wire()}


def stop(backend: Backend, call: Call) -> dict[str, Any]:
    """Stop a session that is READY; where its launch profile allows none, the stop fails."""
    session, now = _find(backend, call), _now(backend, call)
    stoppable = {"READY"} | ({"STOP_FAILED"} if backend.settings.stop_from_failed else set())
    if session.state not in stoppable:
        raise _conflict(session, "stopped", "Only a READY session can be.")
    allowed = backend.limits(session).stoppable
    if not allowed and backend.settings.unstoppable_stop == "refuse":
        raise ConflictError(UNSTOPPABLE)
    changed = _begin(
        backend,
        session,
        "STOP_IN_PROGRESS",
        call.caller,
        now,
        stopped_at=now,
        stopped_by=call.caller,
        volume_retention_mode=call.request.get("volumeRetentionMode") or "RETAIN",
        **({} if allowed else {"failure": ("INTERNAL_ERROR", UNSTOPPABLE)}),
    )
    backend.put(changed, now)
    return {"session": changed.wire()}


def delete(backend: Backend, call: Call) -> dict[str, Any]:
    """Delete a session; it stays readable as DELETED for a while."""
    session, now = _find(backend, call), _now(backend, call)
    if session.state in {"DELETE_IN_PROGRESS", "DELETED"}:
        return {"session": session.wire()}
    if session.state in ENDS:
        raise _conflict(session, "deleted", "Wait until it is in no state in progress.")
    changed = _begin(backend, session, "DELETE_IN_PROGRESS", call.caller, now)
    backend.put(changed, now)
    return {"session": changed.wire()}


def change(backend: Backend, session: Session, at: float) -> None:
    """Let happen what is due for a session: the end of a state in progress, or of its time."""
    if session.state == "DELETED":
        _forget(backend, session)
        return
    if session.state in ENDS:
        limits = backend.limits(session)
        changed = settled(session, at, limits, backend.settings.deleted_seconds)
        if changed.state == "STOPPED":
            backups.take(backend, changed, at)
        backend.put(changed, at)
        return
    stops = session.state == "READY" and session.stop_at is not None
    state = "STOP_IN_PROGRESS" if stops else "DELETE_IN_PROGRESS"
    who = {"stopped_at": at, "stopped_by": SERVICE_USER} if stops else {}
    backend.put(_begin(backend, session, state, SERVICE_USER, at, **who), at)


def _begin(
    backend: Backend, session: Session, state: str, by: str, at: float, **fields: Any
) -> Session:
    what = state.removesuffix("_IN_PROGRESS").lower()
    seconds: float = getattr(backend.settings, f"{what}_seconds")
    planned = backend.trouble.failure(f"{what}-failure", session.session_id, at)
    fields.setdefault("failure", planned)
    return enter(session, state, at, by=by, due=at + seconds, **fields)


def _find(backend: Backend, call: Call) -> Session:
    studio = require_studio(backend, call.request["studioId"])
    session = backend.world.sessions.find(call.request["sessionId"])
    if session.studio_id != studio.studio_id:
        # Whether another studio has it is not the caller's to know.
        raise NotFoundError.of("streaming session", session.session_id)
    return session


def _now(backend: Backend, call: Call) -> float:
    return backend.clock.now() if call.at is None else call.at


def _conflict(session: Session, done: str, rule: str) -> ConflictError:
    return ConflictError(
        f"The session {session.session_id!r} is {session.state} and can't be {done}. {rule}",
        context={"resourceId": session.session_id},
    )


def _allowed(request: Any, name: str, among: list[str]) -> str:
    value = request.get(name) or among[0]
    if value not in among:
        raise ValidationError(f"{name} must be one of the launch profile's: {', '.join(among)}.")
    return str(value)


def _forget(backend: Backend, session: Session) -> None:
    if not backend.settings.keep_backups:
        backups.forget(backend, session.session_id)
    backend.world.remove_session(session.session_id)
    backend.timeline.plan("session", session.session_id, None)
