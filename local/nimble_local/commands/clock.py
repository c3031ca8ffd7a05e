"""``nimble-local clock``: the time of the emulated world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.commands import options
from nimble_local.commands.output import say, say_json
from nimble_local.control_client import Control

if TYPE_CHECKING:
    import argparse

_ABOUT = """\
Without a subcommand, shows the time and the speed. Events that are due in the time
that is skipped happen in order, each at its own time.

Examples:
  nimble-local clock stop
  nimble-local clock forward 690min
  nimble-local clock run 60
  nimble-local clock run
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand, which has subcommands of its own."""
    parser = options.add(commands, "clock", run, "show the clock, stop it, move it", _ABOUT)
    under = parser.add_subparsers(metavar="SUBCOMMAND")
    options.add(under, "stop", _stop, "stop the clock")
    running = options.add(under, "run", _run, "run the clock")
    running.add_argument(
        "factor",
        nargs="?",
        type=float,
        default=1.0,
        help="emulated seconds per real second, up to 1000000 (default: 1)",
    )
    forward = options.add(under, "forward", _forward, "set the clock forward")
    forward.add_argument(
        "duration", type=options.duration, help="seconds, or 90s, 15min, 11.5h, 4d"
    )


def run(asked: argparse.Namespace) -> int:
    """Show the clock."""
    return _show(asked, Control(asked.url).clock())


def _stop(asked: argparse.Namespace) -> int:
    return _show(asked, Control(asked.url).set_clock(factor=0))


def _run(asked: argparse.Namespace) -> int:
    return _show(asked, Control(asked.url).set_clock(factor=asked.factor))


def _forward(asked: argparse.Namespace) -> int:
    return _show(asked, Control(asked.url).set_clock(advanceSeconds=asked.duration))


def _show(asked: argparse.Namespace, clock: dict[str, Any]) -> int:
    if asked.json:
        say_json(clock)
        return 0
    match clock["factor"]:
        case 0:
            speed = "stopped"
        case 1:
            speed = "running"
        case factor:
            speed = f"running at {factor:g} times real time"
    say(f"{clock['now']}  {speed}")
    return 0
