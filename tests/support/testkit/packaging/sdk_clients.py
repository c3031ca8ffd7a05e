"""AWS SDKs and CLIs, each in its own process and environment."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testkit.packaging import environments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nimble_local.fixture import Nimble

HERE = Path(__file__).parents[3] / "clients"
PACKAGES = HERE / "packages"
DRIVERS = HERE / "drivers"
SHARED = environments.ROOT / ".local" / "clients"
"""Environments that outlive a run, one for each state of a lock file."""


def made_once(lock: Path, make: Callable[[Path], object]) -> Path:
    """Return a folder that is rebuilt only if a lock file has changed."""
    content = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    folder = SHARED / f"{lock.stem}-{content}"
    SHARED.mkdir(parents=True, exist_ok=True)
    with (SHARED / f"{lock.stem}.lock").open("w") as held:
        # Other processes of this test run, or of another one, wait until it is complete.
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / ".made").exists():
            for old in SHARED.glob(f"{lock.stem}-*"):
                shutil.rmtree(old)
            make(folder)
            (folder / ".made").touch()
    return folder


def python(lock: str, *names: str) -> str:
    """Return a Python with packages that a lock file pins."""
    file = PACKAGES / f"{lock}.txt"
    folder = made_once(file, lambda made: environments.create(made, *names, lock=file))
    return str(folder / "bin" / "python")


def node_modules() -> str:
    """Return the folder with the JavaScript SDKs."""

    def install(folder: Path) -> None:
        folder.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PACKAGES / name, folder)
        command = ["npm", "ci", "--loglevel=error", "--no-audit", "--no-fund"]
        cache = str(environments.ROOT / ".local" / "npm-cache")
        subprocess.run([*command, "--cache", cache], cwd=folder, check=True, stdout=2)  # noqa: S603

    return str(made_once(PACKAGES / "package-lock.json", install) / "node_modules")


class Client:
    """A client in a separate process."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - a driver of ours
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, do: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """Send a request, and return its result."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, "name": name, "input": given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the client has ended; its error is above"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Close its input, which ends it."""
        self._process.communicate(timeout=60)


def botocore() -> str:
    """Return a Python with boto3 and the AWS CLI from the time when the service existed."""
    return python("botocore", "boto3", "awscli")


INTERPRETERS: dict[str, tuple[Callable[[], str], list[str]]] = {
    "boto3 of today": (lambda: sys.executable, ["botocore_client.py", "boto3"]),
    "boto3 1.35.47": (botocore, ["botocore_client.py", "boto3"]),
    "AWS CLI 1.35.13": (botocore, ["awscli_client.py"]),
    "aiobotocore 2.15.2": (
        lambda: python("aiobotocore", "aiobotocore"),
        ["botocore_client.py", "aiobotocore"],
    ),
    "aws-sdk 2 (JavaScript)": (lambda: "node", ["javascript_v2.mjs"]),
    "@aws-sdk 3 (JavaScript)": (lambda: "node", ["javascript_v3.mjs"]),
}
"""Each client: the command that runs its driver, and the driver."""


@contextmanager
def client(name: str, nimble: Nimble, home: Path) -> Iterator[Client]:
    """Run a client that calls an emulator, with settings of its own and no retries."""
    interpreter, (driver, *arguments) = INTERPRETERS[name]
    environment = {
        **nimble.environment,
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "ENDPOINT": nimble.endpoint,
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE": "1",
    }
    if driver.endswith(".mjs"):
        environment["NODE_PATH"] = node_modules()
    running = Client([interpreter(), str(DRIVERS / driver), *arguments], environment)
    try:
        yield running
    finally:
        running.close()
