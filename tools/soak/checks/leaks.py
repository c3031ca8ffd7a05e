"""Checks for anything that a soak leaves behind."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nimble_local.cloud.servers.environment import MARK
from nimble_local.cloud.servers.ports import LOOPBACK
from nimble_local.cloud.servers.processes import PROC, marked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from nimble_local.cloud.folder import Folder
    from nimble_local.cloud.servers.processes import Identity
    from testkit.cloud.deployer import Deployer


def in_the_cloud(deployer: Deployer) -> Iterator[str]:
    """Yield everything that the stacks left behind."""
    yield from (f"function {name} is left" for name in deployer.functions(""))
    yield from (f"log group {name} is left" for name in deployer.log_groups(""))
    yield from (f"stack {name} is left" for name in deployer.stacks() - {"CDKToolkit"})


def processes(folder: Folder, own: Collection[Identity] = ()) -> Iterator[str]:
    """Yield the processes with the cloud's mark that aren't its servers."""
    for process in marked(MARK, str(folder.state)):
        if process not in own:
            yield f"process {process.pid} is left: {_command(process.pid)}"


def _command(pid: int) -> str:
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return "it has ended"
    return " ".join(word.decode(errors="replace") for word in words)[:100]


def ports(urls: Iterable[str]) -> Iterator[str]:
    """Yield the addresses that still accept connections."""
    for url in urls:
        with socket.socket() as probe:
            probe.settimeout(1)
            if not probe.connect_ex((LOOPBACK, urlsplit(url).port or 0)):
                yield f"{url} still listens"


def secrets(folder: Folder, paths: Iterable[str]) -> Iterator[str]:
    """Yield the logs that contain the path of a ResponseURL, which is a credential."""
    known = list(paths)
    for log in folder.logs.iterdir():
        text = log.read_text(encoding="utf-8", errors="replace")
        if any(path in text for path in known):
            yield f"a secret is in {log.name}"
