"""The operations on the tags of resources."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.service.exceptions import (
    AccessDeniedError,
    NotFoundError,
    ValidationError,
)
from nimble_local.emulator.state.entities import Backup, LaunchProfile, Session, Studio
from nimble_local.emulator.state.ids import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.emulator.rules.context import Call, Context

_ARN = re.compile(
    r"arn:aws:nimble:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<kind>[a-z-]+)/(?P<id>.+)"
)

Tagged = Studio | LaunchProfile | Session | Backup


def _find(context: Context, resource_arn: str) -> Tagged:
    match = _ARN.fullmatch(resource_arn)
    if match is None:
        raise ValidationError(
            f"{resource_arn[:200]!r} is not an ARN of Nimble Studio, such as "
            f"arn:aws:nimble:us-west-2:{ACCOUNT}:streaming-session/yeG7lDwNQEiwNTRT7DrV7Q.",
            reason="INVALID_ARN",
        )
    if match["account"] != ACCOUNT:
        raise AccessDeniedError(
            f"The ARN is of the account {match['account']}; this one is {ACCOUNT}.",
            context={"resourceId": resource_arn},
        )
    world, name = context.world, match["id"]
    found: Tagged | None = None
    match match["kind"]:
        case "streaming-session":
            found = world.sessions.get(name)
        case "streaming-session-backup":
            found = world.backups.get(name)
        case "launch-profile":
            found = world.profiles.get(name)
        case "studio":
            found = next((studio for studio in world.studios if studio.arn == resource_arn), None)
    # An ARN with the right id but the wrong region doesn't match.
    if found is None or found.arn != resource_arn:
        raise NotFoundError.of("resource", resource_arn)
    return found


def _put(context: Context, thing: Tagged, tags: Mapping[str, str], caller: str) -> None:
    world, now = context.world, context.now()
    match thing:
        case Session():
            changed = replace(thing, tags=tags, updated_at=now, updated_by=caller)
            context.put(changed, now)
        case Backup():
            world.backups.put(thing.backup_id, replace(thing, tags=tags))
        case LaunchProfile():
            world.profiles.put(thing.launch_profile_id, replace(thing, tags=tags))
        case Studio():
            world.studios.put(thing.studio_id, replace(thing, tags=tags))


def tag(context: Context, call: Call) -> dict[str, Any]:
    """TagResource."""
    thing = _find(context, call.request["resourceArn"])
    _put(context, thing, {**thing.tags, **call.request.get("tags", {})}, call.caller)
    return {}


def untag(context: Context, call: Call) -> dict[str, Any]:
    """UntagResource; missing keys are no error."""
    thing = _find(context, call.request["resourceArn"])
    gone = set(call.request["tagKeys"])
    left = {key: value for key, value in thing.tags.items() if key not in gone}
    _put(context, thing, left, call.caller)
    return {}


def list_all(context: Context, call: Call) -> dict[str, Any]:
    """ListTagsForResource."""
    return {"tags": dict(_find(context, call.request["resourceArn"]).tags)}
