"""``nimble-local reset``: back to the beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nimble_local.commands import options
from nimble_local.commands.output import say, say_json
from nimble_local.control_client import Control

if TYPE_CHECKING:
    import argparse

_ABOUT = "Faults and journal are gone, sessions are those of the start; the clock goes on."


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    options.add(commands, "reset", run, "go back to the world that it started with", _ABOUT)


def run(asked: argparse.Namespace) -> int:
    """Reset."""
    Control(asked.url).reset()
    say_json({"reset": True}) if asked.json else say("The world is as it was at the start.")
    return 0
