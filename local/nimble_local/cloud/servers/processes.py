"""Processes of ours: how one is told from a stranger with the same number, and how it ends."""

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
    """A process that cannot be mistaken for a later one.

    Attributes
    ----------
    pid
        The process id, which the system gives to another process some day.
    started
        When the process started, in the system's own words; together with `pid` unique.
    """

    pid: int
    started: str


def identify(pid: int) -> Identity | None:
    """Look up a process that runs now; None when there is none, or only its remains."""
    if (PROC / "self" / "stat").exists():
        return _identify_linux(pid)
    return _identify_posix(pid)


def _identify_linux(pid: int) -> Identity | None:
    try:
        stat = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        boot = (PROC / "sys" / "kernel" / "random" / "boot_id").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name stands in parentheses and may hold anything; proc(5) counts from after it.
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
    """Say whether exactly this process still runs."""
    return identify(identity.pid) == identity


def marked(name: str, value: str) -> Iterator[Identity]:
    """Find the processes whose environment holds ``name=value``.

    Only Linux shows the environment of a process reliably; elsewhere nothing is found, and the
    record of the cloud is the only way to its processes.
    """
    wanted = f"{name}={value}".encode()
    for entry in PROC.glob("[0-9]*/environ"):
        pid = int(entry.parent.name)
        # Other people's processes and those that ended meanwhile are not ours.
        with suppress(PermissionError, FileNotFoundError, ProcessLookupError):
            if pid != os.getpid() and wanted in entry.read_bytes().split(b"\0"):
                identity = identify(pid)
                if identity is not None:
                    yield identity


def end(
    identities: list[Identity],
    grace: float = GRACE_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """End processes and the process groups that they lead; ask first, then insist.

    Parameters
    ----------
    identities
        The processes. One that has ended, or whose number another process bears now, is left alone.
    grace
        Seconds between asking (SIGTERM) and insisting (SIGKILL).
    clock, sleep
        How time is read and spent.
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
    # Members of a group may outlive a leader that ended when it was asked to.
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
