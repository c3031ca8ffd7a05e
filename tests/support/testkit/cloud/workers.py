"""The processes in which MiniStack runs functions."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from nimble_local.cloud.servers.processes import is_running, marked

if TYPE_CHECKING:
    from collections.abc import Iterable

VARIABLE = "AWS_LAMBDA_FUNCTION_NAME"


def workers(function: str) -> int:
    """Return how many processes run a function, or wait to."""
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
