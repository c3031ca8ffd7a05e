"""The default seed: a studio, a launch profile and a stopped session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.emulator.rules import sessions
from nimble_local.emulator.rules.lifecycle import Limits, enter, entered, timers
from nimble_local.emulator.state.entities import LaunchProfile, Session, Studio
from nimble_local.emulator.state.ids import ACCOUNT, arn, region_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.emulator.rules.context import Context

STUDIO_ID = "us-west-2:stid-local0000000000000001"
LAUNCH_PROFILE_ID = "bG9jYWwtbGF1bmNoLXByb2Y"[:22]
SESSION_ID = "yeG7lDwNQEiwNTRT7DrV7Q"
OWNER = "artist@example.com"
MAX_NAME = 64
"""The maximum length of a studio's name, which its id may exceed (service model)."""

STREAM_CONFIGURATION: Mapping[str, Any] = {
    "automaticTerminationMode": "DEACTIVATED",
    "clipboardMode": "ENABLED",
    "ec2InstanceTypes": ["g5.2xlarge", "g5.4xlarge"],
    "maxSessionLengthInMinutes": 690,
    "sessionBackup": {"mode": "AUTOMATIC", "maxBackupsToRetain": 3},
    "sessionPersistenceMode": "ACTIVATED",
    "streamingImageIds": ["bG9jYWwtaW1hZ2UtMDAwMA"],
    "volumeConfiguration": {"iops": 3000, "size": 500, "throughput": 125},
}
"""The default rules of a launch profile."""


def apply(context: Context) -> None:
    """Put the default studio, launch profile and session into the world."""
    now = context.clock.now()
    context.world.studios.put(STUDIO_ID, studio(STUDIO_ID, now, display_name="Local studio"))
    profile = launch_profile(LAUNCH_PROFILE_ID, STUDIO_ID, now, name="Workstation")
    context.world.profiles.put(LAUNCH_PROFILE_ID, profile)
    add_session(context, SESSION_ID, "STOPPED", {"tags": {"Name": "Workstation"}})


def studio(studio_id: str, now: float, **fields: Any) -> Studio:
    """Return a studio; ``fields`` are members of `Studio` that differ from the defaults."""
    role = f"arn:aws:iam::{ACCOUNT}:role/nimble"
    usual = {
        "studio_name": "local",
        "display_name": studio_id[:MAX_NAME],
        "home_region": region_of(studio_id),
        "studio_url": "https://local.invalid",
        "admin_role_arn": role,
        "user_role_arn": role,
    }
    name = arn(studio_id, "studio", studio_id)
    return Studio(
        studio_id=studio_id, arn=name, created_at=now, updated_at=now, **{**usual, **fields}
    )


def launch_profile(profile_id: str, studio_id: str, now: float, **fields: Any) -> LaunchProfile:
    """Return a launch profile; ``fields`` are members that differ from the defaults."""
    usual = {"name": profile_id, "stream_configuration": STREAM_CONFIGURATION}
    return LaunchProfile(
        launch_profile_id=profile_id,
        studio_id=studio_id,
        arn=arn(studio_id, "launch-profile", profile_id),
        created_at=now,
        created_by=OWNER,
        updated_at=now,
        updated_by=OWNER,
        **{**usual, **fields},
    )


def session(
    context: Context, profile: LaunchProfile, session_id: str, state: str, **fields: Any
) -> Session:
    """Return a session of a launch profile in a given state.

    Parameters
    ----------
    context
        The clock, and the durations of states in progress.
    profile
        Its launch profile.
    session_id
        The session's id.
    state
        A state of the service model. A state in progress ends after its usual duration.
    fields
        Members of `Session` that differ from the defaults, such as ``status_code`` or ``tags``.
    """
    now = context.clock.now()
    blank = sessions.build(profile, session_id, OWNER, now, {})
    if state.endswith("_IN_PROGRESS"):
        kind = state.removesuffix("_IN_PROGRESS").lower()
        ends = {"due": now + getattr(context.settings, f"{kind}_seconds")}
    else:
        limits = Limits.of(profile.stream_configuration)
        ends = timers(state, now, limits, context.settings.deleted_seconds)
    before = entered(state, now, OWNER)
    return enter(blank, state, now, by=OWNER, **{**before, **ends, **fields})


def add_session(
    context: Context, session_id: str, state: str, fields: Mapping[str, Any] | None = None
) -> Session:
    """Add a session of the default launch profile, or replace the one with its id."""
    profile = context.world.profiles.find(LAUNCH_PROFILE_ID)
    made = session(context, profile, session_id, state, **(fields or {}))
    context.put(made, context.clock.now())
    return made
