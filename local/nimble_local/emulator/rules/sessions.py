"""The operations on sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.emulator.rules import backups, transitions
from nimble_local.emulator.rules.lifecycle import ENDS, enter
from nimble_local.emulator.rules.lookup import (
    find_profile,
    find_session,
    find_studio,
    require_state,
)
from nimble_local.emulator.service.exceptions import (
    ConflictError,
    QuotaExceededError,
    ValidationError,
)
from nimble_local.emulator.service.pagination import page
from nimble_local.emulator.state.entities import LaunchProfile, Session
from nimble_local.emulator.state.ids import arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.emulator.rules.context import Call, Context

DEFAULT_BACKUPS = 3
"""The default number of backups if a launch profile has automatic backups (inferred)."""


def _output(session: Session) -> dict[str, Any]:
    return {"session": session.wire()}


def get(context: Context, call: Call) -> dict[str, Any]:
    """GetStreamingSession."""
    session = find_session(context, call)
    return _output(context.world.session_as_of(session, context.now() - call.stale))


def list_all(context: Context, call: Call) -> dict[str, Any]:
    """ListStreamingSessions: by creator, owner and ids, one page."""
    studio = find_studio(context, call.request["studioId"])
    ids = call.request.get("sessionIds")
    wanted = None if ids is None else {one.strip() for one in ids.split(",")}
    created_by, owned_by = call.request.get("createdBy"), call.request.get("ownedBy")
    found = [
        session
        for session in context.world.sessions
        if session.studio_id == studio.studio_id
        and (wanted is None or session.session_id in wanted)
        and created_by in (None, session.created_by)
        and owned_by in (None, session.owned_by)
    ]
    shown, token = page(
        found, lambda s: (s.created_at, s.session_id), context.settings.page_size, call.request
    )
    at = context.now() - call.stale
    sessions = [context.world.session_as_of(session, at).wire() for session in shown]
    return {"sessions": sessions, "nextToken": token}


def create(context: Context, call: Call) -> dict[str, Any]:
    """CreateStreamingSession."""
    request, now = call.request, context.now()
    studio = find_studio(context, request["studioId"])
    profile = find_profile(context, studio.studio_id, request["launchProfileId"])
    in_use = sum(
        session.studio_id == studio.studio_id and session.state != "DELETED"
        for session in context.world.sessions
    )
    if in_use >= context.settings.session_quota:
        raise QuotaExceededError(
            f"The studio holds {in_use} streaming sessions and may hold "
            f"{context.settings.session_quota}. Delete one that is not needed.",
            context={"quota": str(context.settings.session_quota)},
        )
    session_id = context.new_id()
    session = build(profile, session_id, call.caller, now, request)
    failure = context.faults.failure("create-failure", session_id, now)
    due = now + context.settings.create_seconds
    session = enter(session, "CREATE_IN_PROGRESS", now, by=call.caller, due=due, failure=failure)
    context.put(session, now)
    return _output(session)


def build(
    profile: LaunchProfile, session_id: str, caller: str, now: float, request: Mapping[str, Any]
) -> Session:
    """Return a session of a launch profile, without a state."""
    rules = profile.stream_configuration
    backup = rules.get("sessionBackup", {})
    mode = backup.get("mode", "DEACTIVATED")
    usual = DEFAULT_BACKUPS if mode == "AUTOMATIC" else 0
    return Session(
        arn=arn(profile.studio_id, "streaming-session", session_id),
        session_id=session_id,
        studio_id=profile.studio_id,
        launch_profile_id=profile.launch_profile_id,
        state="",
        status_code="",
        status_message="",
        created_at=now,
        created_by=caller,
        owned_by=request.get("ownedBy", caller),
        updated_at=now,
        updated_by=caller,
        automatic_termination_mode=rules.get("automaticTerminationMode", "DEACTIVATED"),
        backup_mode=mode,
        max_backups_to_retain=backup.get("maxBackupsToRetain", usual),
        session_persistence_mode=rules.get("sessionPersistenceMode", "DEACTIVATED"),
        ec2_instance_type=_allowed(request, "ec2InstanceType", rules["ec2InstanceTypes"]),
        streaming_image_id=_allowed(request, "streamingImageId", rules["streamingImageIds"]),
        volume_configuration=rules.get("volumeConfiguration"),
        tags=dict(request.get("tags", {})),
    )


def _allowed(request: Mapping[str, Any], name: str, choices: list[str]) -> str:
    wanted: str = request.get(name, choices[0])
    if wanted not in choices:
        raise ValidationError(
            f"The launch profile does not allow the {name} {wanted!r}, only {', '.join(choices)}.",
            reason="NOT_IN_LAUNCH_PROFILE",
        )
    return wanted


def start(context: Context, call: Call) -> dict[str, Any]:
    """StartStreamingSession, from a backup or from the volume as it is."""
    session, now = find_session(context, call), context.now()
    also = ("START_FAILED",) if context.settings.start_from_failed else ()
    require_state(session, "started", ("STOPPED", *also))
    backup_id = call.request.get("backupId")
    if backup_id is not None:
        backups.check_restorable(context, session, backup_id)
    session = enter(
        session,
        "START_IN_PROGRESS",
        now,
        by=call.caller,
        due=now + context.settings.start_seconds,
        failure=context.faults.failure("start-failure", session.session_id, now),
        started_at=now,
        started_by=call.caller,
        started_from_backup_id=backup_id,
    )
    context.put(session, now)
    return _output(session)


def stop(context: Context, call: Call) -> dict[str, Any]:
    """StopStreamingSession, which fails if the launch profile doesn't allow stops."""
    session, now = find_session(context, call), context.now()
    also = ("STOP_FAILED",) if context.settings.stop_from_failed else ()
    require_state(session, "stopped", ("READY", *also))
    mode = call.request.get("volumeRetentionMode", "RETAIN")
    unstoppable = context.limits(session).unstoppable
    if unstoppable and context.settings.unstoppable_stop == "refuse":
        raise ConflictError(unstoppable, reason="NOT_STOPPABLE")
    return _output(transitions.stop(context, session, now, call.caller, mode))


def delete(context: Context, call: Call) -> dict[str, Any]:
    """DeleteStreamingSession."""
    session, now = find_session(context, call), context.now()
    failed = tuple(failed for _, failed in ENDS.values())
    require_state(session, "deleted", ("READY", "STOPPED", *failed))
    return _output(transitions.delete(context, session, now, call.caller))
