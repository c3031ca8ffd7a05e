"""The schema of a seed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from nimble_local.emulator.seed.default_seed import STREAM_CONFIGURATION
from nimble_local.emulator.service.model import shape
from nimble_local.emulator.service.shapes import problems, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Section(NamedTuple):
    """One list of a seed."""

    shape: str
    """The shape of its entries in the service model."""
    required: tuple[str, ...]
    """The required members of an entry; the first is its id."""
    optional: tuple[str, ...]
    """The optional members."""


SECTIONS: Mapping[str, Section] = {
    "studios": Section("Studio", ("studioId",), ("displayName", "tags")),
    "launchProfiles": Section(
        "LaunchProfile",
        ("launchProfileId",),
        ("studioId", "name", "description", "streamConfiguration", "tags"),
    ),
    "sessions": Section(
        "StreamingSession",
        ("sessionId",),
        (
            *("launchProfileId", "state", "statusCode", "statusMessage", "startedFromBackupId"),
            *("ec2InstanceType", "streamingImageId", "ownedBy", "tags"),
        ),
    ),
    "backups": Section("StreamingSessionBackup", ("backupId", "sessionId"), ("tags",)),
}
"""The lists of a seed, in the order in which they are added."""


class Entry(NamedTuple):
    """One entry of a seed."""

    where: str
    """Its place in the seed, such as ``sessions[0]``."""
    members: dict[str, Any]
    """Its members, checked against the service model."""


def parse_json(text: str | bytes) -> Any:
    """Parse JSON.

    Raises
    ------
    ValueError
        It isn't JSON, or an object has a key twice, of which JSON parsers would keep the last.
    """
    return json.loads(text, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {shown(twice)} appears twice in the same object")
    return made


def entries(seed: object) -> dict[str, list[Entry]]:
    """Return the entries of each list of a seed.

    Raises
    ------
    ValueError
        Something is missing, unknown or breaks the service model; the message says where.
    """
    if not isinstance(seed, dict):
        raise _wrong("The seed", f"an object with {', '.join(SECTIONS)}", seed)
    for name in seed:
        if name not in SECTIONS:
            raise ValueError(f"Unknown key {shown(name)}; allowed: {', '.join(SECTIONS)}.")
    return {name: list(_section(seed, name)) for name in SECTIONS}


def _section(seed: Mapping[str, Any], name: str) -> Iterator[Entry]:
    section = SECTIONS[name]
    found = seed.get(name)
    if found is None:
        return
    if not isinstance(found, list):
        raise _wrong(name, "a list", found)
    ids = set()
    for index, members in enumerate(found):
        entry = _checked(section, f"{name}[{index}]", members)
        own_id = entry.members[section.required[0]]
        if own_id in ids:
            raise ValueError(f"{entry.where} has the {section.required[0]} of another entry.")
        ids.add(own_id)
        yield entry


def _checked(section: Section, where: str, members: object) -> Entry:
    if not isinstance(members, dict):
        raise _wrong(where, "an object", members)
    known = (*section.required, *section.optional)
    for name in members:
        if name not in known:
            raise ValueError(f"{where}: unknown key {shown(name)}; allowed: {', '.join(known)}.")
    given = {name: value for name, value in members.items() if value is not None}
    for name in section.required:
        if given.get(name) in (None, ""):
            raise ValueError(f"{where} needs a {name}.")
    if section.shape == "LaunchProfile" and isinstance(given.get("streamConfiguration", {}), dict):
        given["streamConfiguration"] = _rules(where, given.get("streamConfiguration", {}))
    # Not a member of every shape.
    if not isinstance(given.get("studioId", ""), str):
        raise _wrong(f"{where}.studioId", "a text", given["studioId"])
    for problem in problems(shape(section.shape), given, where):
        raise ValueError(f"{problem}.")
    return Entry(where, given)


def _rules(where: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a launch profile's rules: the given ones over the defaults that they allow."""
    persistent = given.get("sessionPersistenceMode", "ACTIVATED") == "ACTIVATED"
    terminated = given.get("automaticTerminationMode") == "ACTIVATED"
    usual = dict(STREAM_CONFIGURATION)
    if not persistent:
        for name in ("automaticTerminationMode", "volumeConfiguration"):
            if name in given and given[name] != "DEACTIVATED":
                raise ValueError(
                    f"{where}.streamConfiguration: {name} is allowed only when "
                    "sessionPersistenceMode is ACTIVATED."
                )
            usual.pop(name)
    if given.get("maxStoppedSessionLengthInMinutes") and not (persistent and terminated):
        raise ValueError(
            f"{where}.streamConfiguration: maxStoppedSessionLengthInMinutes is allowed only when "
            "sessionPersistenceMode and automaticTerminationMode are ACTIVATED."
        )
    return {**usual, **given}


def _wrong(where: str, wanted: str, value: object) -> ValueError:
    return ValueError(f"{where} must be {wanted}, not {shown(value)}.")
