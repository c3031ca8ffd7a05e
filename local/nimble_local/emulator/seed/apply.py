"""Puts studios, launch profiles, sessions and backups into the world, as a document says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.emulator.rules import backups
from nimble_local.emulator.seed import default_seed
from nimble_local.emulator.seed.schema import entries
from nimble_local.emulator.service.shapes import shown

if TYPE_CHECKING:
    from nimble_local.emulator.backend import Backend
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
"""The members that are taken over as they are."""


def plant(backend: Backend, document: object) -> dict[str, int]:
    """Put everything that a document names into the world, each in place of one with its id.

    Parameters
    ----------
    backend
        Whose world.
    document
        Lists of studios, launchProfiles, sessions and backups; see docs/emulator.md.

    Returns
    -------
    dict[str, int]
        How many things of each list were put in.

    Raises
    ------
    ValueError
        Something is missing, unknown or wrong; the message says where. Nothing was put in.
    """
    found = entries(document)
    backend.settle()
    bed = _Bed(backend)
    for entry in found["studios"]:
        bed.studio(entry)
    for entry in found["launchProfiles"]:
        bed.profile(entry)
    for entry in found["sessions"]:
        bed.session(entry)
    for entry in found["backups"]:
        bed.backup(entry)
    bed.plant()
    return {name: len(each) for name, each in found.items()}


class _Bed:
    """What is going to be planted, beside what is there already."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._now = backend.clock.now()
        self._studios: dict[str, Studio] = {}
        self._profiles: dict[str, LaunchProfile] = {}
        self._sessions: dict[str, Session] = {}
        self._backups: dict[str, Backup] = {}

    def studio(self, entry: Entry) -> None:
        """Take in a studio."""
        studio_id = entry.members["studioId"]
        self._studios[studio_id] = default_seed.studio(studio_id, self._now, **_fields(entry))

    def profile(self, entry: Entry) -> None:
        """Take in a launch profile of a studio that there is."""
        profile_id = entry.members["launchProfileId"]
        studio_id = entry.members.get("studioId", default_seed.STUDIO_ID)
        if studio_id not in self._studios and studio_id not in self._backend.world.studios:
            raise _nowhere(entry, "studio", studio_id)
        self._profiles[profile_id] = default_seed.launch_profile(
            profile_id, studio_id, self._now, **_fields(entry)
        )

    def session(self, entry: Entry) -> None:
        """Take in a session of a launch profile that there is."""
        session_id = entry.members["sessionId"]
        profile_id = entry.members.get("launchProfileId", default_seed.LAUNCH_PROFILE_ID)
        profile = self._profiles.get(profile_id) or self._backend.world.profiles.get(profile_id)
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
            self._backend, profile, session_id, state, **_fields(entry)
        )

    def backup(self, entry: Entry) -> None:
        """Take in a backup of a session that there is."""
        backup_id, session_id = entry.members["backupId"], entry.members["sessionId"]
        session = self._sessions.get(session_id) or self._backend.world.sessions.get(session_id)
        if session is None:
            raise _nowhere(entry, "streaming session", session_id)
        kept = {b.backup_id for b in backups.of_session(self._backend, session_id)}
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

    def plant(self) -> None:
        """Put all of it into the world."""
        world = self._backend.world
        for studio_id, studio in self._studios.items():
            world.studios.put(studio_id, studio)
        for profile_id, profile in self._profiles.items():
            world.profiles.put(profile_id, profile)
        for session in self._sessions.values():
            self._backend.put(session, self._now)
        for backup_id, backup in self._backups.items():
            world.backups.put(backup_id, backup)
            world.touch(backup.session_id)


def _fields(entry: Entry) -> dict[str, Any]:
    return {_FIELDS[name]: value for name, value in entry.members.items() if name in _FIELDS}


def _nowhere(entry: Entry, kind: str, thing_id: str) -> ValueError:
    return ValueError(f"{entry.where} is of the {kind} {shown(thing_id)}, which does not exist.")
