"""The official JavaScript client, ``@aws-sdk/client-nimble``, through its own tests."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from nimble_local.emulator.exceptions import BY_SHAPE
from nimble_local.emulator.seed import LAUNCH_PROFILE_ID, SESSION_ID, STUDIO_ID

if TYPE_CHECKING:
    from nimble_local.fixture import Nimble

TESTS = Path(__file__).with_name("client.test.mjs")
ROOT = Path(__file__).parents[2]


def test_the_javascript_client(nimble: Nimble) -> None:
    node = shutil.which("node")
    assert node, "Node is not on the PATH"
    environment = {
        "PATH": os.environ["PATH"],
        "ENDPOINT": nimble.endpoint,
        "STUDIO_ID": STUDIO_ID,
        "SESSION_ID": SESSION_ID,
        "LAUNCH_PROFILE_ID": LAUNCH_PROFILE_ID,
    }
    done = subprocess.run(  # noqa: S603 - our own tests
        [node, "--test", "--test-reporter=tap", TESTS],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.findall(r"^ +ok \d+ - (.+)$|^ok \d+ - (.+)$", done.stdout, re.MULTILINE)
    names = {inner or outer for inner, outer in passed}
    assert names >= {"a whole life", "pages", *BY_SHAPE}


def test_its_version_is_pinned_and_no_registry_is_named() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    lock = (ROOT / "package-lock.json").read_text()
    locked = json.loads(lock)["packages"]
    assert wanted["@aws-sdk/client-nimble"] == "3.523.0"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert "://" not in "".join(line for line in lock.splitlines() if '"resolved"' in line)
    assert all("resolved" not in package for package in locked.values())
    assert all(package.get("integrity") for name, package in locked.items() if name)
