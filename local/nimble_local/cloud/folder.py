"""The folder of a local cloud, the only one that it writes to."""

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
    """Create a folder that only its owner can enter, or restrict an existing one.

    Raises
    ------
    LocalCloudError
        It belongs to another user, every user can write to it, or it can't be restricted.
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
        The folder with ``cdk.json`` and ``node_modules``.
    state
        The folder that everything is written to, by default ``.local`` in the project. Its
        absolute path also identifies the cloud.
    """

    project: Path
    state: Path

    @classmethod
    def of(cls, project: Path) -> Self:
        """Return the folder of a project's cloud."""
        return cls(project, project / ".local")

    @property
    def record(self) -> Path:
        """The file with the processes of the cloud, their URLs and the credentials."""
        return self.state / "cloud.json"

    @property
    def lock(self) -> Path:
        """The file that is locked while a command runs in this folder."""
        return self.state / "lock"

    @property
    def logs(self) -> Path:
        """The logs, one file for each server."""
        return self.state / "logs"

    @property
    def cli_log(self) -> Path:
        """The CDK CLI's output of the last failed deploy."""
        return self.logs / "cdk.log"

    @property
    def temporary(self) -> Path:
        """The processes' ``TMPDIR``; deleted when the cloud ends."""
        return self.state / "tmp"

    @property
    def home(self) -> Path:
        """The processes' ``HOME``, so that they don't read the user's settings."""
        return self.state / "home"

    @property
    def aws_config(self) -> Path:
        """An empty file that replaces ``~/.aws/config`` and ``~/.aws/credentials``."""
        return self.state / "aws-config"

    @property
    def assembly(self) -> Path:
        """The folder that the CDK CLI synthesises to."""
        return self.state / "cdk.out"

    def prepare(self) -> None:
        """Create the folders, and the empty file that replaces AWS's configuration.

        Raises
        ------
        LocalCloudError
            The folder can't be restricted to its owner.
        """
        make_private(self.state)
        for path in (self.logs, self.temporary, self.home):
            path.mkdir(parents=True, exist_ok=True)
        self.aws_config.write_text("", encoding="utf-8")
        # Git ignores the folder in the app's repository.
        (self.state / ".gitignore").write_text("*\n", encoding="utf-8")

    def clear(self) -> None:
        """Delete everything except logs and caches, once the processes have ended."""
        self.record.unlink(missing_ok=True)
        for path in (self.temporary, self.home, self.assembly):
            shutil.rmtree(path, ignore_errors=True)
