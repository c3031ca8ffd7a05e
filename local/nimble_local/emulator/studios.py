"""Studios and their launch profiles, which are read only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.emulator.exceptions import NotFoundError

if TYPE_CHECKING:
    from nimble_local.emulator.entities import LaunchProfile, Studio
    from nimble_local.emulator.models import Backend, Call


def require_studio(backend: Backend, studio_id: str) -> Studio:
    """Return a studio.

    Raises
    ------
    NotFoundError
        There is none with this id.
    """
    return backend.world.studios.find(studio_id)


def profile_of(backend: Backend, studio_id: str, launch_profile_id: str) -> LaunchProfile:
    """Return a launch profile of a studio.

    Raises
    ------
    NotFoundError
        There is none with this id there.
    """
    profile = backend.world.profiles.find(launch_profile_id)
    if profile.studio_id != studio_id:
        raise NotFoundError.of("launch profile", launch_profile_id)
    return profile


def get(backend: Backend, call: Call) -> dict[str, Any]:
    """Return a studio."""
    return {"studio": require_studio(backend, call.request["studioId"]).wire()}


def get_profile(backend: Backend, call: Call) -> dict[str, Any]:
    """Return a launch profile."""
    studio = require_studio(backend, call.request["studioId"])
    profile = profile_of(backend, studio.studio_id, call.request["launchProfileId"])
    return {"launchProfile": profile.wire()}
