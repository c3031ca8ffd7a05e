"""The processes in which MiniStack runs functions."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from nimble_local.cloud.servers.environment import MARK
from nimble_local.cloud.servers.processes import end, environments, identify, is_running, marked

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

VARIABLE = "AWS_LAMBDA_FUNCTION_NAME"


def workers(function: str) -> int:
    """Return the number of processes that run a function or wait to run one."""
    return len(list(marked(VARIABLE, function)))


def kill_workers(functions: Iterable[str]) -> int:
    """Kill the processes that run functions, as ``kill -9`` does; return how many there were."""
    found = [process for name in functions for process in marked(VARIABLE, name)]
    for process in found:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    while any(map(is_running, found)):
        time.sleep(0.02)
    return len(found)


def end_processes_below(folder: Path) -> None:
    """End the processes of every cloud whose state is somewhere below a folder."""
    mark = f"{MARK}={folder}/".encode()
    # A process that is just ending may have started another.
    while found := [
        identity
        for pid, environment in environments()
        if any(variable.startswith(mark) for variable in environment)
        and (identity := identify(pid))
    ]:
        end(found)
