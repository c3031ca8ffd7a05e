"""Advice for each failure. Every key is a heading in docs/operations.md."""

from collections.abc import Mapping

from .lifecycle import SUPPORT, TRANSIENT

_STUDIO = "Fix it, then deploy again."
_EXISTS = "Name a session that exists."
_LOOK = "Check the session in the studio, then deploy again."
_MOVING = "READY CREATE_IN_PROGRESS STOPPED STARTED STOP_IN_PROGRESS START_IN_PROGRESS"

HINTS: Mapping[str, str] = {
    # Status codes of a session.
    **TRANSIENT,
    "ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR": f"Check the directory and its DNS. {_STUDIO}",
    "INITIALIZATION_SCRIPT_ERROR": f"Check the launch profile's initialization scripts. {_STUDIO}",
    "DECRYPT_STREAMING_IMAGE_ERROR": f"Check the key of the streaming image. {_STUDIO}",
    "AMI_VALIDATION_ERROR": f"Check the AMI of the streaming image. {_STUDIO}",
    "STREAMING_SESSION_DELETED": _EXISTS,
    "STREAMING_SESSION_DELETE_IN_PROGRESS": _EXISTS,
    **dict.fromkeys(
        [f"STREAMING_SESSION_{name}" for name in _MOVING.split()],
        "Not a failure; deploy again with new triggers.",
    ),
    # Exceptions of the API.
    "ValidationException": "Check the studio, session and backup ids.",
    "ServiceQuotaExceededException": "Stop other sessions or raise the quota, then deploy again.",
    "AccessDeniedException": "Allow the function's role that action on that resource.",
    "ResourceNotFoundException": "Check that the session and the backup exist in this studio.",
    "ConflictException": "Deploy again once the other operation has ended.",
    "ThrottlingException": "Deploy again later, or fewer sessions at once.",
    "InternalServerErrorException": SUPPORT,
    # Rules of this function.
    "invalid-property": "Correct it in the app; nothing was called.",
    "absent": "Check studio_id and session_id.",
    "gone": _EXISTS,
    "failed": _LOOK,
    "stop-failed": "Delete it in the studio and use another one.",
    "other-backup": "Stop it, or set allow_restart, then deploy again.",
    "backup-not-restored": "Find out who else starts it, then deploy again.",
    "start-no-effect": "Start it in the studio, then deploy again.",
    "stop-no-effect": "Stop it in the studio, then try again.",
    "timeout": "Deploy again to keep waiting, or raise timeout.",
    "late": "Raise the account's concurrency or timeout, or deploy fewer sessions at once.",
    "no-endpoint": "AWS has closed Nimble Studio: set endpoint_url to an API-compatible endpoint.",
    "no-client": "Check endpoint_url and the AWS_ variables of the function's environment.",
    "unreachable": "Check that the endpoint can be reached from the function, then deploy again.",
    "stack-not-read": "Check that the function can reach CloudFormation, then try again.",
    "cancelled": "The stack is being rolled back or deleted; see its other failures.",
    "hand-over": "Check that the function's role may invoke the function, then deploy again.",
    "function-timeout": "Leave the function's timeout at 15 minutes.",
    "function-broken": "Check the function's log; deploy a complete release.",
    "other-failure": _LOOK,
}
