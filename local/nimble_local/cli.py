"""The command line: ``nimble-local``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nimble_local.cloud.errors import LocalCloudError
from nimble_local.commands import (
    clock,
    deploy,
    faults,
    journal,
    options,
    requests,
    reset,
    seed,
    serve,
    sessions,
)
from nimble_local.commands.output import complain
from nimble_local.control_client import RefusedError, UnreachableError
from nimble_local.emulator.seed.seed_file import SeedFileError
from nimble_local.emulator.state.file_store import StateFileError
from nimble_local.emulator.state.store import NotKeptError

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED = 1
WRONG_USAGE = 2
UNREACHABLE = 3
INTERRUPTED = 130
_REFUSALS = (
    *(LocalCloudError, NotKeptError, RefusedError, SeedFileError, StateFileError),
    ValueError,
)
_COMMANDS = (deploy, serve, seed, sessions, requests, faults, clock, journal, reset)
_ABOUT = """\
An emulator of the Amazon Nimble Studio API, for tests and laptops. AWS has closed
the service; nothing here reaches AWS. docs/emulator.md has the details.

  nimble-local deploy                            deploy the CDK app in this folder
  nimble-local serve                             start the emulator, and open its page
  nimble-local sessions                          list the sessions
  nimble-local start yeG7lDwNQEiwNTRT7DrV7Q      start a session
  nimble-local faults add latency --seconds 2    add a fault
  nimble-local clock forward 690min              let a day pass
  nimble-local journal                           list the requests
"""
_STATUSES = """\
exit status: 0 success, 1 refused or failed, 2 wrong usage, 3 no emulator answers.
nimble-local COMMAND --help shows details and examples.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0, 1 failed, 2 wrong usage, 3 no emulator."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    words, passed_on = _split(words)
    asked = _parser().parse_args(options.negatives(words))
    asked.options = passed_on
    try:
        if asked.remote and asked.url is None:
            asked.url = options.endpoint(os.environ, Path.cwd())
        status: int = asked.run(asked)
        sys.stdout.flush()
    except options.MalformedEndpointError as error:
        complain(str(error))
        return WRONG_USAGE
    except UnreachableError as error:
        complain(
            f"No emulator answers at {error}. Start one: nimble-local serve; "
            "or a local cloud, in your app's folder: nimble-local deploy"
        )
        return UNREACHABLE
    except _REFUSALS as error:
        complain(str(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader closed the pipe; without this Python would print an error on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return status


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """Split the words of a command line into our own and those after ``--``, for the CDK CLI."""
    if words[:1] in (["deploy"], ["destroy"]) and "--" in words:
        index = words.index("--")
        return words[:index], words[index + 1 :]
    return words, []


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
