"""``nimble-local reset``: back to the initial state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nimble_local.commands import options
from nimble_local.commands.output import say, say_json
from nimble_local.control_client import Control

if TYPE_CHECKING:
    import argparse

_ABOUT = "Removes the faults and the journal, and restores the initial sessions. The clock runs on."


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    options.add(commands, "reset", run, "go back to the initial state", _ABOUT)


def run(asked: argparse.Namespace) -> int:
    """Reset."""
    Control(asked.url).reset()
    say_json({"reset": True}) if asked.json else say("The initial state is restored.")
    return 0
