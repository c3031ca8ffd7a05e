"""Waits until no stack is being changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nimble_local.cloud.deployment.watch import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nimble_local.cloud.deployment.stacks import Stacks
    from nimble_local.control_client import Control

_LOOK_EVERY_SECONDS: Final = 0.2


def in_progress(statuses: Mapping[str, str]) -> list[str]:
    """Return the stacks that are being changed, each with its status.

    A stack in review isn't: nothing happens to it until a change set is executed.
    """
    return [
        f"{name} ({status})"
        for name, status in statuses.items()
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"
    ]


def wait_until_idle(
    stacks: Stacks, control: Control, say: Callable[[str], None], sleep: Callable[[float], None]
) -> dict[str, str]:
    """Wait until no stack is being changed, and print what is being waited for.

    The CLI can't do this: it asks for a stack's status once before it deploys, and CloudFormation
    refuses its change set if an update that an earlier command began still runs.

    Parameters
    ----------
    stacks
        The stacks.
    control
        The emulator, whose sessions' changes are printed meanwhile.
    say
        Prints a line.
    sleep
        Sleeps for some seconds.

    Returns
    -------
    dict of str to str
        The stacks' statuses after the wait.
    """
    statuses = stacks.statuses()
    going = in_progress(statuses)
    if not going:
        return statuses
    say(f"Waiting for {_work_on(going)}, which an earlier command began ...")
    with watched(control, say):
        while in_progress(statuses):
            sleep(_LOOK_EVERY_SECONDS)
            statuses = stacks.statuses()
    return statuses


def _work_on(going: list[str]) -> str:
    """Return a noun phrase for what is being done to the stacks that `in_progress` returned."""
    what = "the update of" if all("(UPDATE_" in each for each in going) else "the work on"
    return f"{what} {', '.join(going)}"
