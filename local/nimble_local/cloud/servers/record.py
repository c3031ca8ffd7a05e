"""The record of the running servers, for the next command."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from nimble_local.cloud.access import Access, Credentials
from nimble_local.cloud.errors import LocalCloudError
from nimble_local.cloud.servers.definitions import MINISTACK
from nimble_local.cloud.servers.processes import Identity

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class RunningServer:
    """A running server of the local cloud.

    Attributes
    ----------
    name
        Its name in messages.
    identity
        Its process.
    url
        Its URL; empty until known.
    health
        The URL of its health check.
    """

    name: str
    identity: Identity
    url: str = ""
    health: str = ""


@dataclass(frozen=True)
class Record:
    """The running servers of a local cloud, and its credentials.

    Attributes
    ----------
    credentials
        The credentials of MiniStack; None in a record of a version without them.
    servers
        The running servers, in the order of their start.
    seed
        The absolute path of the seed file that the emulator started with; empty without one.
    """

    credentials: Credentials | None = None
    servers: tuple[RunningServer, ...] = ()
    seed: str = ""

    def url(self, name: str) -> str:
        """Return the URL of the server with this name."""
        return next(server.url for server in self.servers if server.name == name)

    @property
    def access(self) -> Access:
        """The access to MiniStack.

        Raises
        ------
        LocalCloudError
            The record has no credentials.
        """
        if self.credentials is None:
            raise LocalCloudError("The local cloud has no credentials. End it: make destroy")
        return Access(self.url(MINISTACK), self.credentials)


def write(path: Path, record: Record) -> None:
    """Write the record atomically, readable by its owner only."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    # Created with its mode: a file that is restricted later could be opened in between.
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - of a descriptor
        file.write(json.dumps(asdict(record), indent=2) + "\n")
    os.replace(draft, path)  # noqa: PTH105 - atomic, and says so by its name


def read(path: Path) -> Record | None:
    """Read the record.

    Returns
    -------
    Record or None
        None if there is none, or this version can't read it.

    Raises
    ------
    LocalCloudError
        The file can't be read, or another user may have written it. It names processes to end
        and URLs to call, so it must be trusted.
    """
    try:
        with path.open(encoding="utf-8") as file:
            found = os.fstat(file.fileno())
            if found.st_uid != os.geteuid() or found.st_mode & stat.S_IWOTH:
                raise LocalCloudError(
                    f"{path} may have been written by another user of this machine. "
                    "Look at it, and delete it before you try again."
                )
            return _parse(file.read())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalCloudError(
            f"{path} can't be read: {error.strerror}. Delete it, and try again."
        ) from error


def _parse(text: str) -> Record | None:
    try:
        raw = json.loads(text)
        credentials = raw.get("credentials")
        return Record(
            credentials=Credentials(**credentials) if credentials else None,
            servers=tuple(
                RunningServer(
                    name=server["name"],
                    identity=Identity(**server["identity"]),
                    url=server["url"],
                    health=server["health"],
                )
                for server in raw["servers"]
            ),
            seed=raw.get("seed", ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
