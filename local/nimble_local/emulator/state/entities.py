"""The entities of a studio. They are frozen: a change makes a new one.

Fields are named as in the API, in snake case; `wire` turns them into the API's members. Fields
marked as internal belong to the emulator and never appear in the API. Times are in seconds
since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from types import NoneType
from typing import Any, Literal, NamedTuple, Self, get_args, get_origin, get_type_hints

from nimble_local.emulator.service.model import shape, values
from nimble_local.emulator.service.shapes import problems, shown

MAX_NUMBER = 253_402_300_799
"""The largest number in a document: the last second that ISO 8601 can write."""

_INTERNAL = {"internal": True}


def camel(name: str) -> str:
    """Return the API's name of a field: ``session_id`` is ``sessionId``."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@cache
def _members(kind: Any) -> dict[str, str]:
    return {f.name: camel(f.name) for f in fields(kind) if not f.metadata.get("internal")}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


@cache
def _types(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, localns={"Mapping": Mapping})


def check_document(kind: Any, document: Mapping[str, Any]) -> None:
    """Check that a document describes an entity.

    Parameters
    ----------
    kind
        The entity's class.
    document
        The entity as a store keeps it.

    Raises
    ------
    ValueError
        A member is missing, unknown or of the wrong type; the message names it.
    """
    types = _types(kind)
    for member in fields(kind):
        optional = member.default is not MISSING or member.default_factory is not MISSING
        if member.name not in document and not optional:
            raise ValueError(f"{member.name!r} is missing")
    for name, value in document.items():
        if name not in types:
            raise ValueError(f"{shown(name)} is not a member")
        if not _fits(value, types[name]):
            raise ValueError(f"{name!r} can't be {shown(value)}")


def _fits(value: Any, kind: Any) -> bool:
    """Return whether a JSON value has a field's type."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Mapping:
        return isinstance(value, dict) and all(_fits(item, parts[1]) for item in value.values())
    if origin is list or parts[1:] == (...,):
        return isinstance(value, list) and all(_fits(item, parts[0]) for item in value)
    if origin is tuple or kind is Moment:
        wanted = parts or _types(Moment).values()
        return (
            isinstance(value, list) and len(value) == len(wanted) and all(map(_fits, value, wanted))
        )
    if origin is Literal:
        return value in parts
    if parts:
        return any(_fits(value, part) for part in parts)
    if kind is float:
        return type(value) in (int, float) and 0 <= value <= MAX_NUMBER
    return kind is Any or type(value) is kind or (value is None and kind is NoneType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """The base of all entities."""

    def wire(self) -> dict[str, Any]:
        """Return the members of the API's shape; None where there is no value."""
        kind: Any = type(self)
        return {member: getattr(self, name) for name, member in _members(kind).items()}

    def document(self) -> dict[str, Any]:
        """Return all fields as JSON values, for `restored`; the values are not copies."""
        kind: Any = type(self)
        return {name: getattr(self, name) for name in _names(kind)}

    @classmethod
    def restored(cls, document: Mapping[str, Any]) -> Self:
        """Return the entity that a document describes.

        Raises
        ------
        ValueError
            The document doesn't describe such an entity; the message names the member.
        """
        check_document(cls, document)
        return cls(**document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio(Entity):
    """A studio, which contains everything else."""

    studio_id: str
    arn: str
    created_at: float
    updated_at: float
    studio_name: str
    display_name: str
    home_region: str
    studio_url: str
    admin_role_arn: str
    user_role_arn: str
    state: str = "READY"
    status_code: str = "STUDIO_CREATED"
    status_message: str = "The studio is ready."
    studio_encryption_configuration: Mapping[str, str] = field(
        default_factory=lambda: {"keyType": "AWS_OWNED_KEY"}
    )
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchProfile(Entity):
    """A launch profile, with the rules of its sessions."""

    launch_profile_id: str
    studio_id: str = field(metadata=_INTERNAL)
    arn: str
    created_at: float
    created_by: str
    updated_at: float
    updated_by: str
    name: str
    stream_configuration: Mapping[str, Any]
    description: str | None = None
    ec2_subnet_ids: list[str] = field(default_factory=lambda: ["subnet-00000000000000001"])
    launch_profile_protocol_versions: list[str] = field(default_factory=lambda: ["2021-03-31"])
    state: str = "READY"
    status_code: str = "LAUNCH_PROFILE_CREATED"
    status_message: str = "The launch profile is ready."
    studio_component_ids: list[str] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def restored(cls, document: Mapping[str, Any]) -> Self:
        """Return the launch profile that a document describes; see `Entity.restored`."""
        check_document(cls, document)
        name = "stream_configuration"
        for problem in problems(shape("StreamConfiguration"), document[name], name):
            raise ValueError(problem)
        return cls(**document)


class Moment(NamedTuple):
    """One entry of a session's history."""

    state: str
    at: float
    status_code: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Entity):
    """A streaming session, with the 27 members of the API's shape."""

    arn: str
    session_id: str
    launch_profile_id: str
    state: str
    status_code: str
    status_message: str
    created_at: float
    created_by: str
    owned_by: str
    updated_at: float
    updated_by: str
    automatic_termination_mode: str
    backup_mode: str
    max_backups_to_retain: int
    session_persistence_mode: str
    ec2_instance_type: str
    streaming_image_id: str
    volume_configuration: Mapping[str, int] | None = None
    volume_retention_mode: str = "RETAIN"
    started_at: float | None = None
    started_by: str | None = None
    started_from_backup_id: str | None = None
    stop_at: float | None = None
    stopped_at: float | None = None
    stopped_by: str | None = None
    terminate_at: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    studio_id: str = field(metadata=_INTERNAL)
    due: float | None = field(default=None, metadata=_INTERNAL)
    """When the state in progress ends, or a DELETED session is forgotten."""
    failure: tuple[str, str] | None = field(default=None, metadata=_INTERNAL)
    """Status code and message if the state in progress will fail."""
    history: tuple[Moment, ...] = field(default=(), metadata=_INTERNAL)

    @classmethod
    def restored(cls, document: Mapping[str, Any]) -> Self:
        """Return the session that a document describes; see `Entity.restored`."""
        check_document(cls, document)
        if document["state"] not in values("StreamingSessionState"):
            raise ValueError(f"'state' can't be {shown(document['state'])}")
        history = tuple(Moment(*moment) for moment in document.get("history", ()))
        failure = document.get("failure")
        return cls(
            **{
                **document,
                "history": history,
                "failure": None if failure is None else (failure[0], failure[1]),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup(Entity):
    """A backup of a session's volume, taken by a stop."""

    arn: str
    backup_id: str
    session_id: str
    launch_profile_id: str
    owned_by: str
    created_at: float
    state: str
    status_code: str
    status_message: str
    tags: Mapping[str, str] = field(default_factory=dict)

    studio_id: str = field(metadata=_INTERNAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAct(Entity):
    """An external act on a session that is planned."""

    act_id: str
    at: float
    act: Literal["start", "stop", "delete"]
    session_id: str
    fault_id: str | None
    """The fault that must still be switched on then; None if it was counted already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState(Entity):
    """The clock's state when it was last set, for the next process."""

    real: float
    emulated: float
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream(Entity):
    """A connection to a READY session."""

    stream_id: str
    created_at: float
    created_by: str
    owned_by: str
    state: str
    status_code: str
    expires_at: float
    url: str | None = None

    session_id: str = field(metadata=_INTERNAL)
    studio_id: str = field(metadata=_INTERNAL)
    ready_at: float = field(metadata=_INTERNAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedRequest(Entity):
    """A request with a client token that succeeded, and its answer."""

    operation: str
    token: str
    fingerprint: str
    at: float
    status: int
    body: str
