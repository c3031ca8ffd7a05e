"""The command line: ``nimble-local``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from nimble_local.cloud.control import RefusedError, UnreachableError
from nimble_local.commands import clock, faults, journal, options, reset, seed, serve, sessions
from nimble_local.commands.output import complain
from nimble_local.emulator.filestore import StateFileError
from nimble_local.emulator.store import NotKeptError
from nimble_local.seedfile import SeedFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED = 1
UNREACHABLE = 3
INTERRUPTED = 130
_COMMANDS = (serve, seed, sessions, faults, clock, journal, reset)
_ABOUT = """\
An emulator of the Amazon Nimble Studio API, for tests and laptops. AWS has closed
the service; nothing here reaches AWS. docs/emulator.md tells all of it.

  nimble-local serve                             start it, and open the page
  nimble-local sessions                          see what is there
  nimble-local faults add latency --seconds 2    break it
  nimble-local clock forward 690min              let a day pass
  nimble-local journal                           see what came
"""
_STATUSES = """\
exit status: 0 done, 1 refused or failed, 2 not understood, 3 no emulator answers.
nimble-local COMMAND --help tells more, with examples.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0, 1 failed, 2 not understood, 3 no emulator."""
    asked = _parser().parse_args(arguments)
    try:
        status: int = asked.run(asked)
        sys.stdout.flush()
    except UnreachableError as error:
        complain(f"No emulator answers at {error}. Start one: nimble-local serve")
        return UNREACHABLE
    except (RefusedError, SeedFileError, StateFileError, NotKeptError, ValueError) as error:
        complain(str(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; without this Python complains at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nimble-local",
        description=_ABOUT,
        epilog=_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(**options.defaults())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return parser
