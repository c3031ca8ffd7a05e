"""The session's fields as properties of the construct."""

from __future__ import annotations

from abc import abstractmethod


class SessionAttributes:
    """Every field of the API's session, as a token that is resolved during deployment.

    All values are strings. Timestamps are ISO 8601 in UTC, such as ``2026-11-23T09:00:00Z``. A
    field that the session lacks is an empty string. Names and meanings are those of
    ``StreamingSession`` in the Nimble Studio API, 2020-08-01.
    """

    @abstractmethod
    def _attribute(self, name: str) -> str:
        """Return the token of an attribute of the resource."""

    @property
    def streaming_session_arn(self) -> str:
        """The session's ARN, ``arn:aws:nimble:...:streaming-session/...``."""
        return self._attribute("Arn")

    @property
    def streaming_session_automatic_termination_mode(self) -> str:
        """Automatic termination by the service: ``ACTIVATED`` or ``DEACTIVATED``."""
        return self._attribute("AutomaticTerminationMode")

    @property
    def streaming_session_backup_mode(self) -> str:
        """Backups taken at a stop: ``AUTOMATIC`` or ``DEACTIVATED``."""
        return self._attribute("BackupMode")

    @property
    def streaming_session_created_at(self) -> str:
        """Time at which the session was created."""
        return self._attribute("CreatedAt")

    @property
    def streaming_session_created_by(self) -> str:
        """User who created the session."""
        return self._attribute("CreatedBy")

    @property
    def streaming_session_ec2_instance_type(self) -> str:
        """The EC2 instance type, such as ``g5.2xlarge``."""
        return self._attribute("Ec2InstanceType")

    @property
    def streaming_session_launch_profile_id(self) -> str:
        """The id of the launch profile that the session was created from."""
        return self._attribute("LaunchProfileId")

    @property
    def streaming_session_max_backups_to_retain(self) -> str:
        """Number of backups that are kept, as digits."""
        return self._attribute("MaxBackupsToRetain")

    @property
    def streaming_session_owned_by(self) -> str:
        """The user who owns the session."""
        return self._attribute("OwnedBy")

    @property
    def streaming_session_id(self) -> str:
        """The session's id as the service reports it."""
        return self._attribute("SessionId")

    @property
    def streaming_session_session_persistence_mode(self) -> str:
        """Persistence of the session after a stop: ``ACTIVATED`` or ``DEACTIVATED``."""
        return self._attribute("SessionPersistenceMode")

    @property
    def streaming_session_started_at(self) -> str:
        """Time at which the session last entered START_IN_PROGRESS."""
        return self._attribute("StartedAt")

    @property
    def streaming_session_started_by(self) -> str:
        """User who last started the session."""
        return self._attribute("StartedBy")

    @property
    def streaming_session_started_from_backup_id(self) -> str:
        """The backup that the session was started from."""
        return self._attribute("StartedFromBackupId")

    @property
    def streaming_session_state(self) -> str:
        """The session's state; READY once the resource is complete."""
        return self._attribute("State")

    @property
    def streaming_session_status_code(self) -> str:
        """The code that goes with the state."""
        return self._attribute("StatusCode")

    @property
    def streaming_session_status_message(self) -> str:
        """The message that goes with the state; cut if the answer would exceed 4,096 bytes."""
        return self._attribute("StatusMessage")

    @property
    def streaming_session_stop_at(self) -> str:
        """Time at which the service will stop the session automatically."""
        return self._attribute("StopAt")

    @property
    def streaming_session_stopped_at(self) -> str:
        """Time at which the session last entered STOP_IN_PROGRESS."""
        return self._attribute("StoppedAt")

    @property
    def streaming_session_stopped_by(self) -> str:
        """User who last stopped the session."""
        return self._attribute("StoppedBy")

    @property
    def streaming_session_streaming_image_id(self) -> str:
        """The id of the streaming image."""
        return self._attribute("StreamingImageId")

    @property
    def streaming_session_tags(self) -> str:
        """The tags as a JSON object; empty if the answer would exceed 4,096 bytes."""
        return self._attribute("Tags")

    @property
    def streaming_session_terminate_at(self) -> str:
        """Time at which the service will terminate the session automatically."""
        return self._attribute("TerminateAt")

    @property
    def streaming_session_updated_at(self) -> str:
        """Time at which the session was last changed."""
        return self._attribute("UpdatedAt")

    @property
    def streaming_session_updated_by(self) -> str:
        """User who last changed the session."""
        return self._attribute("UpdatedBy")

    @property
    def streaming_session_volume_iops(self) -> str:
        """The volume's I/O operations per second, as digits."""
        return self._attribute("VolumeConfiguration.Iops")

    @property
    def streaming_session_volume_size(self) -> str:
        """The volume's size in GiB, as digits."""
        return self._attribute("VolumeConfiguration.Size")

    @property
    def streaming_session_volume_throughput(self) -> str:
        """The volume's throughput in MiB/s, as digits."""
        return self._attribute("VolumeConfiguration.Throughput")

    @property
    def streaming_session_volume_retention_mode(self) -> str:
        """Effect of a stop on the volume: ``RETAIN`` or ``DELETE``."""
        return self._attribute("VolumeRetentionMode")
