"""The dispatch table: which rule carries out which operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nimble_local.emulator.rules import backups, sessions, streams, studios, tags
from nimble_local.emulator.service.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nimble_local.emulator.rules.context import Call, Context

OPERATIONS: Final[Mapping[str, Callable[[Context, Call], dict[str, Any]]]] = {
    "CreateStreamingSession": sessions.create,
    "GetStreamingSession": sessions.get,
    "ListStreamingSessions": sessions.list_all,
    "StartStreamingSession": sessions.start,
    "StopStreamingSession": sessions.stop,
    "DeleteStreamingSession": sessions.delete,
    "CreateStreamingSessionStream": streams.create,
    "GetStreamingSessionStream": streams.get,
    "GetStreamingSessionBackup": backups.get,
    "ListStreamingSessionBackups": backups.list_all,
    "TagResource": tags.tag,
    "UntagResource": tags.untag,
    "ListTagsForResource": tags.list_all,
    "GetStudio": studios.get,
    "GetLaunchProfile": studios.get_profile,
}
"""The operations that are emulated."""


def perform(context: Context, operation: str, call: Call) -> dict[str, Any]:
    """Carry out an operation, and return the members of its output.

    Raises
    ------
    NimbleError
        The operation is refused, or isn't emulated.
    """
    rule = OPERATIONS.get(operation)
    if rule is None:
        raise ValidationError(
            f"{operation} is not emulated. nimble-local emulates {', '.join(OPERATIONS)}.",
            reason="NOT_EMULATED",
        )
    return rule(context, call)
