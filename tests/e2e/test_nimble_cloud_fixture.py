"""The example of docs/emulator.md for tests of your own stacks, in an empty folder."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nimble_local.cloud.errors import LocalCloudError
from nimble_local.cloud.servers import processes
from nimble_local.testing import LocalCloud, local_cloud
from testkit.packaging import fresh_python

if TYPE_CHECKING:
    from collections.abc import Mapping

# All in one process, so that the cloud starts once.
pytestmark = pytest.mark.xdist_group("cloud")

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")


def pytest_in(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", "base"],
        cwd=folder,
        env=fresh_python.environment(folder) | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_in_the_docs_passes(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    _, tests, block = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    manager = f"def test_the_context_manager():\n{textwrap.indent(block, '    ')}"
    (tmp_path / "test_example.py").write_text(f"{tests}\n\n{manager}")
    done = pytest_in(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    assert list(processes.marked("HOME", str(tmp_path))) == []


def test_without_node_the_error_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("def test(nimble_cloud):\n    pass\n")
    done = pytest_in(tmp_path, PATH=str(tmp_path))
    assert done.returncode != 0
    assert "Node.js is not installed" in done.stdout
    assert "Traceback" not in done.stdout
    with pytest.raises(LocalCloudError, match="CDK CLI is not installed: npm install aws-cdk@2"):
        without_cli(tmp_path)


def without_cli(folder: Path) -> None:
    (folder / "node").touch(mode=0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder))
        with local_cloud(folder):
            pytest.fail("it has started without a CLI")


def methods(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def test_the_docs_list_everything_that_a_local_cloud_has() -> None:
    section = PAGE.partition("### Tests of your own stacks")[2].partition("\n## ")[0]
    listed = set(re.findall(r"`nimble_cloud\.(\w+)", section))
    instance: Mapping[str, object] = {"nimble": None, "environment": None}
    assert methods(LocalCloud) | set(instance) == listed | {"close"}
