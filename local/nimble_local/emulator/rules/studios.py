"""The operations on studios and launch profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nimble_local.emulator.backend import Backend, Call
    from nimble_local.emulator.state.entities import LaunchProfile, Studio


def find_studio(backend: Backend, studio_id: str) -> Studio:
    """Return a studio by its id.

    Raises
    ------
    NotFoundError
        There is none.
    """
    return backend.world.studios.find(studio_id)


def find_profile(backend: Backend, studio_id: str, profile_id: str) -> LaunchProfile:
    """Return a launch profile of a studio.

    Raises
    ------
    NotFoundError
        The studio has none with this id.
    """
    profile = backend.world.profiles.find(profile_id)
    if profile.studio_id != studio_id:
        raise backend.world.profiles.missing(profile_id)
    return profile


def get(backend: Backend, call: Call) -> dict[str, Any]:
    """GetStudio."""
    return {"studio": find_studio(backend, call.request["studioId"]).wire()}


def get_profile(backend: Backend, call: Call) -> dict[str, Any]:
    """GetLaunchProfile."""
    studio = find_studio(backend, call.request["studioId"])
    profile_id = call.request["launchProfileId"]
    return {"launchProfile": find_profile(backend, studio.studio_id, profile_id).wire()}
