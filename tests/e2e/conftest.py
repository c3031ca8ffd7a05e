"""A local cloud for the whole run: the real CDK CLI, MiniStack and the emulator."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nimble_local.cloud.folder import Folder
from nimble_local.cloud.interrupts import Interrupts
from nimble_local.cloud.servers.definitions import default_servers
from nimble_local.cloud.servers.supervisor import Supervisor
from testkit.cloud.local_cloud import Cloud

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def caller(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with credentials that look real, in variables and in the home folder."""
    home = tmp_path_factory.mktemp("home")
    (home / ".aws").mkdir()
    keys = "aws_access_key_id = AKIAREALREALREALREAL\naws_secret_access_key = real\n"
    (home / ".aws" / "credentials").write_text(f"[default]\n{keys}[production]\n{keys}")
    (home / ".aws" / "config").write_text("[default]\nregion = eu-central-1\n")
    return {
        **os.environ,
        "HOME": str(home),
        "AWS_PROFILE": "production",
        "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_REGION": "eu-central-1",
    }


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory, caller: dict[str, str]) -> Iterator[Cloud]:
    folder = Folder(ROOT, tmp_path_factory.mktemp("cloud"))
    quick = ("--start-seconds", "2", "--stop-seconds", "1")
    supervisor = Supervisor(folder, default_servers(quick), caller, Interrupts())
    try:
        record = supervisor.ensure().record
        with closing(Cloud(folder, caller, record)) as cloud:
            yield cloud
    finally:
        supervisor.stop()


@pytest.fixture(autouse=True)
def _the_first_world(cloud: Cloud) -> None:
    cloud.reset()
