"""Puts the studios, launch profiles, sessions and backups of a seed into the world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.emulator.rules import backups
from nimble_local.emulator.seed import default_seed
from nimble_local.emulator.seed.schema import entries
from nimble_local.emulator.service.shapes import shown

if TYPE_CHECKING:
    from nimble_local.emulator.rules.context import Context
    from nimble_local.emulator.seed.schema import Entry
    from nimble_local.emulator.state.entities import Backup, LaunchProfile, Session, Studio

_FIELDS = {
    "displayName": "display_name",
    "name": "name",
    "description": "description",
    "streamConfiguration": "stream_configuration",
    "statusCode": "status_code",
    "statusMessage": "status_message",
    "startedFromBackupId": "started_from_backup_id",
    "ec2InstanceType": "ec2_instance_type",
    "streamingImageId": "streaming_image_id",
    "ownedBy": "owned_by",
    "tags": "tags",
}
"""The members that are copied unchanged, with their fields."""


def apply_seed(context: Context, seed: object) -> dict[str, int]:
    """Put everything in a seed into the world; each entry replaces the one with its id.

    Parameters
    ----------
    context
        The world to change.
    seed
        Lists of studios, launchProfiles, sessions and backups; see docs/emulator.md.

    Returns
    -------
    dict[str, int]
        The number of entries in each list.

    Raises
    ------
    ValueError
        Something is missing, unknown or wrong; the message says where. The world is unchanged.
    """
    found = entries(seed)
    changes = _SeedChanges(context)
    for entry in found["studios"]:
        changes.studio(entry)
    for entry in found["launchProfiles"]:
        changes.profile(entry)
    for entry in found["sessions"]:
        changes.session(entry)
    for entry in found["backups"]:
        changes.backup(entry)
    changes.apply()
    return {name: len(each) for name, each in found.items()}


class _SeedChanges:
    """The entities of a seed, checked against the world before any of them is put into it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._now = context.clock.now()
        self._studios: dict[str, Studio] = {}
        self._profiles: dict[str, LaunchProfile] = {}
        self._sessions: dict[str, Session] = {}
        self._backups: dict[str, Backup] = {}

    def studio(self, entry: Entry) -> None:
        """Add a studio."""
        studio_id = entry.members["studioId"]
        self._studios[studio_id] = default_seed.studio(studio_id, self._now, **_fields(entry))

    def profile(self, entry: Entry) -> None:
        """Add a launch profile; its studio must exist."""
        profile_id = entry.members["launchProfileId"]
        studio_id = entry.members.get("studioId", default_seed.STUDIO_ID)
        if studio_id not in self._studios and studio_id not in self._context.world.studios:
            raise _nowhere(entry, "studio", studio_id)
        self._profiles[profile_id] = default_seed.launch_profile(
            profile_id, studio_id, self._now, **_fields(entry)
        )

    def session(self, entry: Entry) -> None:
        """Add a session; its launch profile must exist."""
        session_id = entry.members["sessionId"]
        profile_id = entry.members.get("launchProfileId", default_seed.LAUNCH_PROFILE_ID)
        profile = self._profiles.get(profile_id) or self._context.world.profiles.get(profile_id)
        if profile is None:
            raise _nowhere(entry, "launch profile", profile_id)
        for name, allowed in (
            ("ec2InstanceType", profile.stream_configuration["ec2InstanceTypes"]),
            ("streamingImageId", profile.stream_configuration["streamingImageIds"]),
        ):
            if entry.members.get(name, allowed[0]) not in allowed:
                raise ValueError(
                    f"{entry.where} has the {name} {shown(entry.members[name])}; its launch "
                    f"profile allows {', '.join(allowed)}."
                )
        state = entry.members.get("state", "STOPPED")
        self._sessions[session_id] = default_seed.session(
            self._context, profile, session_id, state, **_fields(entry)
        )

    def backup(self, entry: Entry) -> None:
        """Add a backup; its session must exist."""
        backup_id, session_id = entry.members["backupId"], entry.members["sessionId"]
        session = self._sessions.get(session_id) or self._context.world.sessions.get(session_id)
        if session is None:
            raise _nowhere(entry, "streaming session", session_id)
        kept = {b.backup_id for b in backups.of_session(self._context, session_id)}
        kept |= {b.backup_id for b in self._backups.values() if b.session_id == session_id}
        if len(kept | {backup_id}) > session.max_backups_to_retain:
            raise ValueError(
                f"{entry.where} is one backup too many: the session {shown(session_id)} keeps "
                f"{session.max_backups_to_retain} (sessionBackup.maxBackupsToRetain of its "
                "launch profile)."
            )
        tags = entry.members.get("tags")
        made = backups.build(session, backup_id, self._now, "READY", tags)
        self._backups[backup_id] = made

    def apply(self) -> None:
        """Put all entities into the world."""
        world = self._context.world
        for studio_id, studio in self._studios.items():
            world.studios.put(studio_id, studio)
        for profile_id, profile in self._profiles.items():
            world.profiles.put(profile_id, profile)
        for session in self._sessions.values():
            self._context.put(session, self._now)
        for backup_id, backup in self._backups.items():
            world.backups.put(backup_id, backup)
            world.touch(backup.session_id)


def _fields(entry: Entry) -> dict[str, Any]:
    return {_FIELDS[name]: value for name, value in entry.members.items() if name in _FIELDS}


def _nowhere(entry: Entry, kind: str, thing_id: str) -> ValueError:
    return ValueError(f"{entry.where} is of the {kind} {shown(thing_id)}, which does not exist.")
