"""The third-party packages of the peers, and their functions as assets; no Docker is needed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import botocore

from cdk_nimble_streaming_session.provider import FAMILY
from cdk_waiter import waiter_provider
from cdk_waiter._private.function.asset import asset_folder
from harness.places import BENCHMARKS, FUNCTIONS, NODE_PATH, ROOT, WORK

PACKAGES: Final = BENCHMARKS / "peers" / "packages"
_SOURCES: Final = BENCHMARKS / "peers" / "functions"
_MODEL: Final = Path("nimble") / "2020-08-01"
_STAMP: Final = WORK / "installed"


def install() -> None:
    """Install the locked packages unless they are installed, and create the assets.

    Raises
    ------
    subprocess.CalledProcessError
        If a package can't be installed; pip or npm has printed the reason.
    """
    locks = (PACKAGES / "package-lock.json", *sorted(PACKAGES.glob("*.txt")))
    wanted = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    if not _STAMP.exists() or _STAMP.read_text() != wanted:
        shutil.rmtree(WORK, ignore_errors=True)
        _install_node()
        for name in ("crhelper", "boto3"):
            _install_python(name)
        _STAMP.write_text(wanted)
    _make_assets()


def _install_node() -> None:
    NODE_PATH.parent.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PACKAGES / name, NODE_PATH.parent)
    command = ["npm", "ci", "--loglevel=error", "--no-audit", "--no-fund"]
    cache = str(ROOT / ".local" / "npm-cache")
    subprocess.run([*command, "--cache", cache], cwd=NODE_PATH.parent, check=True, stdout=2)  # noqa: S603


def _install_python(name: str) -> None:
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--require-hashes"]
    # Nothing is built from source, since no lock file has the build tools.
    command += ["--only-binary", ":all:"]
    lock = str(PACKAGES / f"{name}.txt")
    target = str(WORK / "packages" / name)
    environment = {**os.environ, "UV_CACHE_DIR": str(ROOT / ".local" / "uv-cache")}
    subprocess.run([*command, "-r", lock, "--target", target], check=True, env=environment)  # noqa: S603


def _make_assets() -> None:
    shutil.rmtree(FUNCTIONS, ignore_errors=True)
    model = Path(botocore.__file__).parent / "data" / _MODEL
    for name in ("provider_framework", "crhelper", "waiter"):
        shutil.copytree(_SOURCES / name, FUNCTIONS / name, ignore=_IGNORED)
        shutil.copytree(model, FUNCTIONS / name / "models" / _MODEL)
    _add_packages("crhelper", FUNCTIONS / "crhelper")
    shutil.copytree(_SOURCES / "waiter", FUNCTIONS / "bundled", ignore=_IGNORED)
    _add_packages("boto3", FUNCTIONS / "bundled")
    # As synthesis ships it, without docstrings and comments.
    shipped = asset_folder(FAMILY.code)
    shutil.copytree(shipped, FUNCTIONS / "ours")
    shutil.copytree(asset_folder(waiter_provider.FAMILY.code), FUNCTIONS / "declared")
    # The same function, which calls through that boto3.
    shutil.copytree(shipped, FUNCTIONS / "on_boto3")
    shutil.copy(_SOURCES / "on_boto3" / "clients.py", FUNCTIONS / "on_boto3" / "waiter" / "runtime")
    _add_packages("boto3", FUNCTIONS / "on_boto3")


_IGNORED: Final = shutil.ignore_patterns("__pycache__", ".lock", "bin")


def _add_packages(name: str, folder: Path) -> None:
    shutil.copytree(WORK / "packages" / name, folder, ignore=_IGNORED, dirs_exist_ok=True)
