"""A cloud whose MiniStack enforces IAM, with the emulator, which doesn't."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nimble_local.cloud.folder import Folder
from nimble_local.cloud.interrupts import Interrupts
from nimble_local.cloud.servers.definitions import Emulator, Launch, MiniStack
from nimble_local.cloud.servers.supervisor import Supervisor
from testkit.cloud.local_cloud import Cloud

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class StrictMiniStack(MiniStack):
    """MiniStack that enforces policies and runs functions under their roles."""

    def launch(self) -> Launch:
        """See `MiniStack.launch`."""
        made = super().launch()
        return replace(made, variables={**made.variables, "AUTH": "true"})


@pytest.fixture(scope="session")
def strict_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = Folder(ROOT, tmp_path_factory.mktemp("strict"))
    parts = (StrictMiniStack(), Emulator(("--start-seconds", "1", "--stop-seconds", "1")))
    supervisor = Supervisor(folder, parts, os.environ, Interrupts())
    try:
        record = supervisor.ensure().record
        with closing(Cloud(folder, os.environ, record)) as cloud:
            yield cloud
    finally:
        supervisor.stop()
