"""Where the local cloud keeps what it writes: one folder, and nothing outside it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


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

    @property
    def record(self) -> Path:
        """The file that says which processes run and where they answer."""
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

    @property
    def cdk(self) -> Path:
        """The pinned CDK CLI."""
        return self.project / "node_modules" / ".bin" / "cdk"

    def prepare(self) -> None:
        """Make the folders, and the empty file that stands for AWS's configuration."""
        for path in (self.logs, self.temporary, self.home):
            path.mkdir(parents=True, exist_ok=True)
        self.aws_config.write_text("", encoding="utf-8")

    def clear(self) -> None:
        """Remove what is of no use once the processes have ended; logs and caches stay."""
        self.record.unlink(missing_ok=True)
        for path in (self.temporary, self.home, self.assembly):
            shutil.rmtree(path, ignore_errors=True)
