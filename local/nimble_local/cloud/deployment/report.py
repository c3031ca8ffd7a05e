"""The last lines of a command: the outcome, and what to do next."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nimble_local.cloud.deployment.stacks import SESSION_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nimble_local.cloud.deployment.stacks import SessionResource, StackEvent

# Above this number, READY sessions are counted instead of listed.
_LISTED: Final = 10
# Ends the reason of a failure whose session or studio the emulator doesn't know.
_ABSENT: Final = "docs/operations.md#absent"
_GONE: Final = ("DELETE_IN_PROGRESS", "DELETED")


@dataclass(frozen=True)
class Tool:
    """The user's commands, as advice names them.

    Attributes
    ----------
    deploy, destroy
        Such as ``make deploy``.
    start
        How to start a stopped session with a deploy.
    nimble_local
        The command line of the emulator.
    seed
        The seed file of the running cloud, which a new one needs as well; empty without one.
    """

    deploy: str
    destroy: str
    start: str
    nimble_local: str = "nimble-local"
    seed: str = ""

    @property
    def start_over(self) -> str:
        """A sentence that says how to start over with a new local cloud."""
        deploy = f"{self.deploy} --seed {shlex.quote(self.seed)}" if self.seed else self.deploy
        return f"To start over with a new local cloud: `{self.destroy}`, then `{deploy}`."


def is_broken(status: str) -> bool:
    """Return whether a stack with this status can only be deleted, or rolled back by hand."""
    return status in {"UPDATE_ROLLBACK_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"}


def broken_lines(statuses: Mapping[str, str], tool: Tool) -> list[str]:
    """Return a line for each stack that no deploy can update, with what to do."""
    return [
        f"Stack {name} is {status}: CloudFormation could neither update it nor roll it back, "
        f"for example because its session was deleted. {tool.start_over}"
        for name, status in statuses.items()
        if is_broken(status)
    ]


def causes(events: Sequence[StackEvent]) -> list[StackEvent]:
    """Return the failures that made a deploy fail, oldest first.

    These are the failures of resources before their stack began to roll back, without
    cancellations, which follow from other failures; or, if no resource failed, those of stacks.
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
    """Return why a deploy failed, and what to do.

    Parameters
    ----------
    events
        The events of this deploy, the oldest first.
    statuses
        The stacks' statuses after it.
    faults
        The faults that are switched on in the emulator.
    last_line
        The CLI's last line, for a failure without a stack event.
    tool
        The user's commands.
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
    if any(event.kind == SESSION_TYPE and _ABSENT in event.reason for event in found):
        lines.append(
            f"`{tool.nimble_local} sessions` lists the sessions that the emulator has, and "
            f"`{tool.nimble_local} seed FILE` adds those of a file."
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
    """Return the state of the sessions after a deploy that succeeded.

    Parameters
    ----------
    resources
        The sessions of the stacks.
    sessions
        The emulator's current sessions by their ids.
    events
        The events of this deploy.
    tool
        The user's commands.
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
    """Return whether a resource's session exists and is READY."""
    return sessions.get(resource.session_id, {}).get("state") == "READY"


def is_gone(session: Mapping[str, Any] | None) -> bool:
    """Return whether a session doesn't exist, or is being deleted."""
    return session is None or session["state"] in _GONE


def _not_ready(
    resource: SessionResource, session: Mapping[str, Any] | None, tool: Tool, *, called: bool
) -> str:
    name = f"Session {resource.session_id}"
    if session is None or session["state"] in _GONE:
        return f"{name} has been deleted. {tool.start_over}"
    if called:
        last = session["history"][-1]
        return (
            f"{name} was READY when its resource was complete, but {last['by']} has changed it "
            f"since: it is {session['state']}."
        )
    return (
        f"{name} is {session['state']}. This deploy did not start it: its resource is unchanged, "
        "so CloudFormation did not call the function and repeated the outputs of an earlier "
        f"deploy. To start it: {tool.start}"
    )
