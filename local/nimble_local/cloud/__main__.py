"""Runs a command in the current folder: ``python -m nimble_local.cloud deploy``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from nimble_local.cloud.commands import Commands
from nimble_local.cloud.errors import InterruptedByUserError, LocalCloudError
from nimble_local.cloud.folder import Folder
from nimble_local.cloud.interrupts import Interrupts
from nimble_local.cloud.lock import locked
from nimble_local.cloud.parts import default_parts
from nimble_local.cloud.supervisor import Supervisor

_USAGE: Final = 2
_SIGNALLED: Final = 128


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)  # noqa: T201 - a command line


def main(arguments: list[str]) -> int:
    """Run a command and return its exit status."""
    if arguments not in (["deploy"], ["destroy"]):
        print("usage: python -m nimble_local.cloud deploy|destroy", file=sys.stderr)  # noqa: T201
        return _USAGE
    project = Path.cwd()
    folder = Folder(project, project / ".local")
    interrupts = Interrupts()
    supervisor = Supervisor(folder, default_parts(), os.environ, interrupts)
    commands = Commands(folder, supervisor, os.environ, say)
    try:
        with interrupts.installed(), locked(folder.lock):
            return commands.deploy() if arguments == ["deploy"] else commands.destroy()
    except LocalCloudError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command line
        return 1
    except InterruptedByUserError as interrupt:
        say("Interrupted; everything that this command had started has been ended.")
        return _SIGNALLED + interrupt.signal_number


raise SystemExit(main(sys.argv[1:]))
