"""Find the studio, launch profile or session that a request names, or refuse the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nimble_local.emulator.service.exceptions import ConflictError

if TYPE_CHECKING:
    from nimble_local.emulator.rules.context import Call, Context
    from nimble_local.emulator.state.entities import LaunchProfile, Session, Studio


def find_studio(context: Context, studio_id: str) -> Studio:
    """Return a studio by its id.

    Raises
    ------
    NotFoundError
        No studio has this id.
    """
    return context.world.studios.find(studio_id)


def find_profile(context: Context, studio_id: str, profile_id: str) -> LaunchProfile:
    """Return a launch profile of a studio.

    Raises
    ------
    NotFoundError
        The studio has no launch profile with this id.
    """
    profile = context.world.profiles.find(profile_id)
    if profile.studio_id != studio_id:
        raise context.world.profiles.missing(profile_id)
    return profile


def find_session(context: Context, call: Call) -> Session:
    """Return the session of a request, in the studio of the request."""
    studio = find_studio(context, call.request["studioId"])
    session_id: str = call.request["sessionId"]
    session = context.world.sessions.find(session_id)
    if session.studio_id != studio.studio_id:
        # The same answer as for a session that doesn't exist: it gives nothing away.
        raise context.world.sessions.missing(session_id)
    return session


def require_state(session: Session, verb: str, states: tuple[str, ...]) -> None:
    """Check that the session's state allows an operation."""
    if session.state not in states:
        allowed = " or ".join(states)
        raise ConflictError(
            f"The streaming session {session.session_id!r} is in the state {session.state} and "
            f"can't be {verb}; it would have to be in {allowed}.",
            reason="INVALID_STATE",
            context={"resourceId": session.session_id, "state": session.state},
        )
