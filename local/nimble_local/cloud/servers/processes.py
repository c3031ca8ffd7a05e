"""Identifies processes beyond their reusable ids, and ends them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROC: Final = Path("/proc")
GRACE_SECONDS: Final = 3.0
_LOOK_EVERY_SECONDS: Final = 0.02


@dataclass(frozen=True)
class Identity:
    """A process, distinct from a later one with the same id.

    Attributes
    ----------
    pid
        The process id, which the system may reuse.
    started
        The start time in the system's format; unique together with `pid`.
    """

    pid: int
    started: str


def identify(pid: int) -> Identity | None:
    """Return the identity of a running process; None if there is none, or only a zombie."""
    if (PROC / "self" / "stat").exists():
        return _identify_linux(pid)
    return _identify_posix(pid)


def _identify_linux(pid: int) -> Identity | None:
    try:
        stat = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        boot = (PROC / "sys" / "kernel" / "random" / "boot_id").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name is in parentheses and may contain anything; fields are counted after it.
    fields = stat.rpartition(")")[2].split()
    state, start_ticks = fields[0], fields[19]
    return None if state in "ZX" else Identity(pid, f"{boot.strip()}/{start_ticks}")


def _identify_posix(pid: int) -> Identity | None:
    ps = shutil.which("ps") or "/bin/ps"
    answer = subprocess.run(  # noqa: S603 - a fixed command
        [ps, "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not started or state.startswith("Z") else Identity(pid, started.strip())


def is_running(identity: Identity) -> bool:
    """Return whether exactly this process still runs."""
    return identify(identity.pid) == identity


def marked(name: str, value: str) -> Iterator[Identity]:
    """Find the processes whose environment holds ``name=value``.

    Only Linux reliably shows the environment of a process. Elsewhere this finds nothing, and only
    the record of the cloud leads to its processes.
    """
    wanted = f"{name}={value}".encode()
    for pid, environment in environments():
        if pid != os.getpid() and wanted in environment:
            identity = identify(pid)
            if identity is not None:
                yield identity


def environments() -> Iterator[tuple[int, list[bytes]]]:
    """Yield the id and the environment of each process, as ``name=value``; see `marked`.

    Leaves out the processes of other users, and those that have ended.
    """
    for entry in PROC.glob("[0-9]*/environ"):
        with suppress(PermissionError, FileNotFoundError, ProcessLookupError):
            yield int(entry.parent.name), entry.read_bytes().split(b"\0")


def end(
    identities: list[Identity],
    grace: float = GRACE_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """End processes and the groups that they lead, with SIGTERM, then SIGKILL.

    Parameters
    ----------
    identities
        The processes. An id that another process has now is left alone.
    grace
        Seconds between SIGTERM and SIGKILL.
    clock, sleep
        The clock, and a function that sleeps.
    """
    groups = {identity: _leads_group(identity) for identity in identities}
    for number in (signal.SIGTERM, signal.SIGKILL):
        for identity, leads in groups.items():
            _send(identity, number, group=leads)
        deadline = clock() + grace
        while any(map(is_running, identities)) and clock() < deadline:
            sleep(_LOOK_EVERY_SECONDS)
        if not any(map(is_running, identities)):
            break
    # Members of a group may outlive their leader.
    for identity, leads in groups.items():
        if leads:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(identity.pid, signal.SIGKILL)


def _leads_group(identity: Identity) -> bool:
    try:
        return is_running(identity) and os.getpgid(identity.pid) == identity.pid
    except ProcessLookupError:
        return False


def _send(identity: Identity, number: signal.Signals, *, group: bool) -> None:
    if is_running(identity):
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(identity.pid, number)
