"""Advice for each failure of a declared resource. Every key is a heading in docs/operations.md."""

from collections.abc import Mapping

_LOOK = "Look at it in the service's console, then deploy again."

HINTS: Mapping[str, str] = {
    # Errors of APIs.
    "ValidationException": "Check the call's parameters.",
    "ServiceQuotaExceededException": "Free or raise the quota, then deploy again.",
    "AccessDeniedException": "Allow the function's role that action on that resource.",
    "ResourceNotFoundException": "Check that what the call names exists in this region.",
    "ConflictException": "Deploy again once the other operation has ended.",
    "ThrottlingException": "Deploy again later, or fewer resources at once.",
    "InternalServerErrorException": "Deploy again; if it recurs, contact AWS support.",
    # Rules of this function.
    "invalid-property": "Correct it in the app; nothing was called.",
    "absent": "Check the id and the region.",
    "gone": "Name one that exists.",
    "failed": _LOOK,
    "run-failed": "Fix the cause, then deploy again with new triggers.",
    "run-timeout": "Wait for the end of a run that goes on, raise timeout, then deploy again.",
    "run-may-be-under-way": "Look for a run in the service, then deploy again with new triggers.",
    "attributes-too-large": "Narrow its expression, or pass the value in another way.",
    "stop-failed": _LOOK,
    "other-backup": _LOOK,
    "backup-not-restored": _LOOK,
    "start-no-effect": "Start it yourself, then deploy again.",
    "stop-no-effect": "Stop it yourself, then try again.",
    "timeout": "Raise timeout if it takes longer, then deploy again.",
    "late": "Raise the account's concurrency or timeout, or deploy fewer resources at once.",
    "no-client": "Check the call's region and endpoint, and the function's AWS_ variables.",
    "unreachable": "Check that the endpoint can be reached from the function, then deploy again.",
    "stack-not-read": "Check that the function can reach CloudFormation, then try again.",
    "cancelled": "The stack is being rolled back or deleted; see its other failures.",
    "hand-over": "Check that the function's role may invoke the function, then deploy again.",
    "function-timeout": "Leave the function's timeout at 15 minutes.",
    "function-broken": "Check the function's log; deploy a complete release.",
    "other-failure": _LOOK,
}
