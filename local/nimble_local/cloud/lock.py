"""A lock that allows one command at a time in a folder."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nimble_local.cloud.errors import BusyError
from nimble_local.cloud.folder import make_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a folder; the system releases it when this process ends.

    Parameters
    ----------
    path
        The lock's file, which stays and contains the id of the last process that held it.

    Raises
    ------
    BusyError
        Another process holds it.
    LocalCloudError
        The folder can't be restricted to its owner.
    """
    make_private(path.parent)
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise BusyError(
                f"Another command is running in this folder (process {holder}). "
                "Wait until it ends, or end it with Ctrl-C, then try again."
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
