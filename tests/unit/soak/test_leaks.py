"""The soak reports every leftover."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from nimble_local.cloud.folder import Folder
from nimble_local.cloud.servers.environment import MARK
from nimble_local.cloud.servers.processes import identify
from soak.checks import leaks

if TYPE_CHECKING:
    from pathlib import Path


def test_a_port_that_is_still_open_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert list(leaks.ports([url])) == [f"{url} still listens"]
    assert list(leaks.ports([url])) == []


def test_a_process_of_the_cloud_that_is_none_of_its_servers_is_reported(tmp_path: Path) -> None:
    folder = Folder(tmp_path, tmp_path / "state")
    code = "import time; time.sleep(60)"
    with subprocess.Popen(  # noqa: S603 - a fixed command
        [sys.executable, "-c", code], env={MARK: str(folder.state)}
    ) as process:
        own = identify(process.pid)
        assert own is not None
        (told,) = leaks.processes(folder)
        assert str(process.pid) in told
        assert list(leaks.processes(folder, [own])) == []
        process.kill()
    assert list(leaks.processes(folder)) == []


def test_a_log_with_a_response_url_is_reported(tmp_path: Path) -> None:
    folder = Folder(tmp_path, tmp_path)
    folder.logs.mkdir()
    (folder.logs / "part.log").write_text("PUT /a/b", encoding="utf-8")
    assert list(leaks.secrets(folder, ["/a/b"])) == ["a secret is in part.log"]
    assert list(leaks.secrets(folder, ["/a/c"])) == []
