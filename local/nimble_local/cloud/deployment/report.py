"""The last lines of a command: what it came to, as things are at its end, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nimble_local.cloud.deployment.stacks import SESSION_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nimble_local.cloud.deployment.stacks import SessionResource, StackEvent

# Above this, sessions that are READY are counted rather than listed.
_LISTED: Final = 10
_GONE: Final = ("DELETE_IN_PROGRESS", "DELETED")


@dataclass(frozen=True)
class Tool:
    """The commands of the person at the terminal, as advice names them.

    Attributes
    ----------
    deploy, destroy
        Such as ``make deploy``.
    start
        How a stopped session is started by a deploy.
    nimble_local
        The command line of the emulator.
    """

    deploy: str
    destroy: str
    start: str
    nimble_local: str = "nimble-local"

    @property
    def afresh(self) -> str:
        """How to begin with a new local cloud."""
        return f"`{self.destroy}`, then `{self.deploy}`: that begins with a new local cloud"


def is_broken(status: str) -> bool:
    """Say whether a stack with this status can only be deleted, or rolled back by hand."""
    return status in {"UPDATE_ROLLBACK_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"}


def broken_lines(statuses: Mapping[str, str], tool: Tool) -> list[str]:
    """Return a line for each stack that no deploy can update, and the way out."""
    return [
        f"Stack {name} is {status}: CloudFormation could neither change it nor roll it back, as "
        f"when its session was deleted. The way out is {tool.afresh}."
        for name, status in statuses.items()
        if is_broken(status)
    ]


def causes(events: Sequence[StackEvent]) -> list[StackEvent]:
    """Return the failures that made a deploy fail, the oldest first.

    Those of resources, up to the moment at which their stack began to roll back; cancellations
    follow from other failures. Where no resource failed, those of the stacks.
    """
    rolled_back: set[str] = set()
    found: list[StackEvent] = []
    for event in events:
        if event.is_of_the_stack and "ROLLBACK" in event.status:
            rolled_back.add(event.stack)
        failed = event.status.endswith("_FAILED") and event.reason
        if failed and event.stack not in rolled_back and "cancelled" not in event.reason.lower():
            found.append(event)
    return [event for event in found if not event.is_of_the_stack] or found


def failure_lines(
    events: Sequence[StackEvent],
    statuses: Mapping[str, str],
    faults: Sequence[Mapping[str, Any]],
    last_line: str,
    tool: Tool,
) -> list[str]:
    """Return why a deploy failed, in full, and what to do.

    Parameters
    ----------
    events
        The events of this deploy, the oldest first.
    statuses
        The stacks' statuses after it.
    faults
        The faults that are switched on in the emulator.
    last_line
        The last line that the CLI wrote, for a failure that no stack knows of.
    tool
        The person's commands.
    """
    found = causes(events)
    lines = [f"This deploy failed because: {cause(event)}" for event in found[:1]]
    lines += [f"It also failed because: {cause(event)}" for event in found[1:]]
    if not found:
        lines.append(f"This deploy failed because the CDK CLI did: {last_line}")
    broken = broken_lines(statuses, tool)
    if broken:
        return lines + broken
    striking = [fault for fault in faults if fault["left"] != 0]
    if striking:
        kinds = ", ".join(sorted({str(fault["kind"]) for fault in striking}))
        lines.append(
            f"Faults are still switched on in the emulator ({kinds}). Switch them off: "
            f"{tool.nimble_local} faults clear"
        )
    if any(event.kind == SESSION_TYPE for event in found):
        lines.append("Once that is fixed, run the same command again: it starts the session again.")
    else:
        lines.append("Once that is fixed, run the same command again.")
    return lines


def cause(event: StackEvent) -> str:
    """Return which resource of which stack failed, and why."""
    return f"{event.stack}, {event.resource}: {' '.join(event.reason.split())}"


def session_lines(
    resources: Sequence[SessionResource],
    sessions: Mapping[str, Mapping[str, Any]],
    events: Sequence[StackEvent],
    tool: Tool,
) -> list[str]:
    """Return what has become of the sessions of a deploy that succeeded.

    Parameters
    ----------
    resources
        The sessions that the stacks hold.
    sessions
        What the emulator says of its sessions at this moment, by their ids.
    events
        The events of this deploy.
    tool
        The person's commands.
    """
    touched = {(event.stack, event.resource) for event in events}
    ready = [each for each in resources if is_ready(each, sessions)]
    lines = [
        f"Session {each.session_id} is READY: {sessions[each.session_id]['arn']}" for each in ready
    ]
    if len(ready) > _LISTED:
        lines = [f"{len(ready)} sessions are READY."]
    for each in resources:
        if each not in ready:
            called = (each.stack, each.resource) in touched
            lines.append(_not_ready(each, sessions.get(each.session_id), tool, called=called))
    return lines


def is_ready(resource: SessionResource, sessions: Mapping[str, Mapping[str, Any]]) -> bool:
    """Say whether the emulator has a resource's session, and it is READY."""
    return sessions.get(resource.session_id, {}).get("state") == "READY"


def is_gone(session: Mapping[str, Any] | None) -> bool:
    """Say whether a session does not exist, or is being deleted."""
    return session is None or session["state"] in _GONE


def _not_ready(
    resource: SessionResource, session: Mapping[str, Any] | None, tool: Tool, *, called: bool
) -> str:
    name = f"Session {resource.session_id}"
    if session is None or session["state"] in _GONE:
        return f"{name} has been deleted. The way out is {tool.afresh}."
    if called:
        last = session["history"][-1]
        return (
            f"{name} was READY when its resource was complete, and is {session['state']} now: "
            f"{last['by']} did that."
        )
    return (
        f"{name} is {session['state']}. This deploy did not start it: its resource is unchanged, "
        "so CloudFormation did not call the function and repeated the outputs of an earlier "
        f"deploy. To start it: {tool.start}"
    )
