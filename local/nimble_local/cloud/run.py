"""Runs a command on the local cloud of the current folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nimble_local.cloud.deployment.commands import Commands
from nimble_local.cloud.errors import InterruptedByUserError, LocalCloudError
from nimble_local.cloud.folder import Folder
from nimble_local.cloud.interrupts import Interrupts
from nimble_local.cloud.lock import locked
from nimble_local.cloud.servers.definitions import default_servers
from nimble_local.cloud.servers.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nimble_local.cloud.deployment.report import Tool

_FAILED: Final = 1
_SIGNALLED: Final = 128


def say(line: str) -> None:
    """Print a line without buffering."""
    print(line, flush=True)  # noqa: T201 - a command line


def command(
    tool: Tool,
    run: Callable[[Commands], int],
    seed: str = "",
    say: Callable[[str], None] = say,
    caller: Mapping[str, str] = os.environ,
) -> int:
    """Run a command under the folder's lock, and return its exit status.

    Parameters
    ----------
    tool
        The user's commands, as advice names them.
    run
        The command.
    seed
        The absolute path of a seed file for a new cloud.
    say
        Prints a line.
    caller
        The user's environment.

    Returns
    -------
    int
        The status of ``run``; 1 for an error, which is printed to standard error; 128 plus the
        signal's number after an interrupt.
    """
    folder = Folder.of(Path.cwd())
    interrupts = Interrupts()
    servers = default_servers(("--seed", seed) if seed else ())
    supervisor = Supervisor(folder, servers, caller, interrupts, seed=seed)
    commands = Commands(folder, supervisor, caller, tool, say)
    with interrupts.installed():
        try:
            with locked(folder.lock):
                return run(commands)
        except LocalCloudError as error:
            print(error, file=sys.stderr)  # noqa: T201 - a command line
            return _FAILED
        except InterruptedByUserError as interrupt:
            # Below the ^C that a terminal shows.
            say("")
            say(interrupt.message)
            return _SIGNALLED + interrupt.signal_number
