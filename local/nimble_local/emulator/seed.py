"""The world that an emulator starts with: a studio, a launch profile and a stopped session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.emulator.entities import LaunchProfile, Session, Studio
from nimble_local.emulator.ids import ACCOUNT, arn, region_of
from nimble_local.emulator.lifecycle import enter, timers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.emulator.models import Backend

STUDIO_ID = "us-west-2:stid-local0000000000000001"
LAUNCH_PROFILE_ID = "bG9jYWwtbGF1bmNoLXByb2Y"[:22]
SESSION_ID = "yeG7lDwNQEiwNTRT7DrV7Q"
OWNER = "artist@example.com"

_STREAM_CONFIGURATION: Mapping[str, Any] = {
    "automaticTerminationMode": "DEACTIVATED",
    "clipboardMode": "ENABLED",
    "ec2InstanceTypes": ["g5.2xlarge", "g5.4xlarge"],
    "maxSessionLengthInMinutes": 690,
    "sessionBackup": {"mode": "AUTOMATIC", "maxBackupsToRetain": 3},
    "sessionPersistenceMode": "ACTIVATED",
    "streamingImageIds": ["bG9jYWwtaW1hZ2UtMDAwMA"],
    "volumeConfiguration": {"iops": 3000, "size": 500, "throughput": 125},
}


def seed(backend: Backend) -> None:
    """Fill an empty world; one that was restored from a file is left as it is."""
    if len(backend.world.studios):
        return
    now = backend.clock.now()
    role = f"arn:aws:iam::{ACCOUNT}:role/nimble"
    studio = Studio(
        studio_id=STUDIO_ID,
        arn=arn(STUDIO_ID, "studio", STUDIO_ID),
        created_at=now,
        updated_at=now,
        studio_name="local",
        display_name="Local studio",
        home_region=region_of(STUDIO_ID),
        studio_url="https://local.invalid",
        admin_role_arn=role,
        user_role_arn=role,
    )
    backend.world.studios.put(STUDIO_ID, studio)
    profile = LaunchProfile(
        launch_profile_id=LAUNCH_PROFILE_ID,
        studio_id=STUDIO_ID,
        arn=arn(STUDIO_ID, "launch-profile", LAUNCH_PROFILE_ID),
        created_at=now,
        created_by=OWNER,
        updated_at=now,
        updated_by=OWNER,
        name="Workstation",
        stream_configuration=_STREAM_CONFIGURATION,
    )
    backend.world.profiles.put(LAUNCH_PROFILE_ID, profile)
    add_session(backend, SESSION_ID, "STOPPED")


def add_session(
    backend: Backend, session_id: str, state: str, fields: Mapping[str, Any] | None = None
) -> Session:
    """Put a session into the world in a given state, in place of one with the same id.

    Parameters
    ----------
    backend
        Whose world.
    session_id
        The id that it gets.
    state
        A state of the service model. One in progress ends after the usual time.
    fields
        What else is set: members of `Session` in snake case, such as ``status_code`` or ``tags``.
    """
    now = backend.clock.now()
    configuration = _STREAM_CONFIGURATION
    blank = Session(
        arn=arn(STUDIO_ID, "streaming-session", session_id),
        session_id=session_id,
        studio_id=STUDIO_ID,
        launch_profile_id=LAUNCH_PROFILE_ID,
        state=state,
        status_code="",
        status_message="",
        created_at=now,
        created_by=OWNER,
        owned_by=OWNER,
        updated_at=now,
        updated_by=OWNER,
        automatic_termination_mode=configuration["automaticTerminationMode"],
        backup_mode=configuration["sessionBackup"]["mode"],
        max_backups_to_retain=configuration["sessionBackup"]["maxBackupsToRetain"],
        session_persistence_mode=configuration["sessionPersistenceMode"],
        ec2_instance_type=configuration["ec2InstanceTypes"][0],
        streaming_image_id=configuration["streamingImageIds"][0],
        volume_configuration=configuration["volumeConfiguration"],
        tags={"Name": "Workstation"},
    )
    due = {}
    if state.endswith("_IN_PROGRESS"):
        kind = state.removesuffix("_IN_PROGRESS").lower()
        due["due"] = now + getattr(backend.settings, f"{kind}_seconds")
    else:
        due = timers(state, now, backend.limits(blank), backend.settings.deleted_seconds)
    session = enter(blank, state, now, by=OWNER, **{**due, **(fields or {})})
    backend.put(session, now)
    return session
