"""What to do about each failure, for the end of its reason.

Every key is a heading of docs/operations.md, where the same is said at length; a test holds the
two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_FAILURE = "This is no failure by itself; deploy again, with other triggers."
_SCRIPTS = "Mend it in the studio, stop the session there, then deploy again."

HINTS: Final[Mapping[str, str]] = {
    # Status codes of a session.
    "INTERNAL_ERROR": "Deploy again; if it stays, ask the service's support.",
    "INSUFFICIENT_CAPACITY": "Deploy again later, or use another instance type.",
    "NETWORK_CONNECTION_ERROR": "Deploy again; if it stays, check the studio's network.",
    "NETWORK_INTERFACE_ERROR": (
        "Deploy again; if it stays, check free addresses and interface quotas of its subnets."
    ),
    "ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR": f"Check the directory and its DNS. {_SCRIPTS}",
    "INITIALIZATION_SCRIPT_ERROR": f"Check the launch profile's initialization scripts. {_SCRIPTS}",
    "DECRYPT_STREAMING_IMAGE_ERROR": f"Check the key of the streaming image. {_SCRIPTS}",
    "AMI_VALIDATION_ERROR": f"Check the AMI of the streaming image. {_SCRIPTS}",
    "STREAMING_SESSION_READY": _NO_FAILURE,
    "STREAMING_SESSION_DELETED": "Name a session that exists.",
    "STREAMING_SESSION_CREATE_IN_PROGRESS": _NO_FAILURE,
    "STREAMING_SESSION_DELETE_IN_PROGRESS": "Name a session that exists.",
    "STREAMING_SESSION_STOPPED": _NO_FAILURE,
    "STREAMING_SESSION_STARTED": _NO_FAILURE,
    "STREAMING_SESSION_STOP_IN_PROGRESS": _NO_FAILURE,
    "STREAMING_SESSION_START_IN_PROGRESS": _NO_FAILURE,
    # Exceptions of the API.
    "ValidationException": "Check the studio, session and backup ids.",
    "ServiceQuotaExceededException": "Stop other sessions or raise the quota, then deploy again.",
    "AccessDeniedException": "Allow the function's role that action on that resource.",
    "ResourceNotFoundException": "Check that the session and the backup exist in this studio.",
    "ConflictException": "Wait for the other operation to end, then deploy again.",
    "ThrottlingException": "Deploy again later, with a longer poll_interval.",
    "InternalServerErrorException": "Deploy again; if it stays, ask the service's support.",
    # Rules of this function.
    "invalid-property": "Correct it in the app; nothing was called.",
    "absent": "Check studio_id and session_id.",
    "gone": "Name a session that exists.",
    "failed": "Look at the session in the studio, then deploy again.",
    "stop-failed": "Look at the session in the studio; stop it there, then try again.",
    "other-backup": "Set allow_restart to have it stopped and started from backup_id.",
    "backup-not-restored": "See who else starts the session, then deploy again.",
    "start-unheeded": "Start it in the studio, then deploy again.",
    "stop-unheeded": "Stop it in the studio, then try again.",
    "timeout": "Deploy again to go on waiting, or raise timeout.",
    "unreachable": "Check that the endpoint can be reached from the function, then deploy again.",
    "cancelled": "The stack was being rolled back or deleted meanwhile; see its other failures.",
    "hand-over": "Check that the function's role may invoke the function, then deploy again.",
    "function-broken": "Look at the function's log; deploy a whole release of this project.",
    "other-failure": "Look at the session in the studio, then deploy again.",
}


def advice(topic: str) -> str:
    """Return what to do about ``topic``, and where that is explained."""
    known = topic if topic in HINTS else "other-failure"
    return f"{HINTS[known]} See docs/operations.md#{known.lower()}"
