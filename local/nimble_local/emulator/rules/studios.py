"""The operations on studios and launch profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.emulator.rules.lookup import find_profile, find_studio

if TYPE_CHECKING:
    from nimble_local.emulator.rules.context import Call, Context


def get(context: Context, call: Call) -> dict[str, Any]:
    """GetStudio."""
    return {"studio": find_studio(context, call.request["studioId"]).wire()}


def get_profile(context: Context, call: Call) -> dict[str, Any]:
    """GetLaunchProfile."""
    studio = find_studio(context, call.request["studioId"])
    profile_id = call.request["launchProfileId"]
    return {"launchProfile": find_profile(context, studio.studio_id, profile_id).wire()}
