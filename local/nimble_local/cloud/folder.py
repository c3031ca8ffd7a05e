"""Where the local cloud keeps what it writes: one folder, and nothing outside it."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from nimble_local.cloud.errors import LocalCloudError

if TYPE_CHECKING:
    from pathlib import Path

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def make_private(path: Path) -> None:
    """Make a folder that only its owner can enter, or close one that others can.

    Raises
    ------
    LocalCloudError
        It belongs to another user, every user could write to it, or it can't be closed.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
        if found.st_uid != os.geteuid():
            raise LocalCloudError(
                f"{path} belongs to another user of this machine, who could read the local "
                "cloud's credentials there. Delete it, or work in a folder of your own."
            )
        if found.st_mode & stat.S_IWOTH:
            raise LocalCloudError(
                f"Every user of this machine can write to {path}, so what it holds can't be "
                "trusted. Delete it, and try again."
            )
        if found.st_mode & _OTHERS:
            path.chmod(0o700)
            if path.stat().st_mode & _OTHERS:
                raise LocalCloudError(
                    f"{path} stays open to other users of this machine: its file system keeps no "
                    "permissions. Work in a folder on another one."
                )
    except OSError as error:
        raise LocalCloudError(
            f"{path} can't be used as a folder: {error.strerror}. Delete it, and try again."
        ) from error


@dataclass(frozen=True)
class Folder:
    """The folder of one local cloud.

    Attributes
    ----------
    project
        The folder that holds ``cdk.json`` and ``node_modules``.
    state
        The folder that everything is written to, ``.local`` in the project unless told otherwise.
        Its absolute path is also the name of this cloud: no two clouds share it.
    """

    project: Path
    state: Path

    @classmethod
    def of(cls, project: Path) -> Self:
        """Return the folder of the cloud that belongs to a project."""
        return cls(project, project / ".local")

    @property
    def record(self) -> Path:
        """The file that says which processes run, where they answer, and with which credentials."""
        return self.state / "cloud.json"

    @property
    def lock(self) -> Path:
        """The file that is locked while a command works in this folder."""
        return self.state / "lock"

    @property
    def logs(self) -> Path:
        """What each part wrote, one file a part."""
        return self.state / "logs"

    @property
    def cli_log(self) -> Path:
        """What the CDK CLI printed when a deploy failed."""
        return self.logs / "cdk.log"

    @property
    def temporary(self) -> Path:
        """``TMPDIR`` of everything that runs here; emptied when the cloud ends."""
        return self.state / "tmp"

    @property
    def home(self) -> Path:
        """``HOME`` of everything that runs here, so that nobody's own settings are read."""
        return self.state / "home"

    @property
    def aws_config(self) -> Path:
        """An empty file in the place of ``~/.aws/config`` and ``~/.aws/credentials``."""
        return self.state / "aws-config"

    @property
    def assembly(self) -> Path:
        """Where the CDK CLI writes what it synthesises."""
        return self.state / "cdk.out"

    def prepare(self) -> None:
        """Make the folders, and the empty file that stands for AWS's configuration.

        Raises
        ------
        LocalCloudError
            The folder can't be closed to other users.
        """
        make_private(self.state)
        for path in (self.logs, self.temporary, self.home):
            path.mkdir(parents=True, exist_ok=True)
        self.aws_config.write_text("", encoding="utf-8")
        # In an app's folder, git is not to offer any of this.
        (self.state / ".gitignore").write_text("*\n", encoding="utf-8")

    def clear(self) -> None:
        """Remove what is of no use once the processes have ended; logs and caches stay."""
        self.record.unlink(missing_ok=True)
        for path in (self.temporary, self.home, self.assembly):
            shutil.rmtree(path, ignore_errors=True)
