"""The machine and the versions of a run."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from harness.environment.install import PACKAGES
from harness.places import PAGE, PLOTS, README, REPEATS, RESULTS, ROOT

_PYTHON: Final = ("aws-cdk-lib", "boto3", "botocore", "ministack", "cdk-nag")
_GIB: Final = 1024**3
_UNKNOWN: Final = "unknown"


def machine() -> dict[str, Any]:
    """Return the machine's processor, cores, memory and system."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(pages / _GIB, 1),
        "system": f"{platform.system()} {platform.release()}",
    }


def versions() -> dict[str, str]:
    """Return the versions of everything involved."""
    found = {"python": platform.python_version(), "node": _printed("node", "--version") or _UNKNOWN}
    found |= {name: version(name) for name in _PYTHON}
    found["aws-cdk (npm)"] = json.loads((ROOT / "package.json").read_text())["devDependencies"][
        "aws-cdk"
    ]
    for name, pinned in json.loads((PACKAGES / "package.json").read_text())["dependencies"].items():
        found[f"{name} (npm)"] = pinned
    for lock in sorted(PACKAGES.glob("*.txt")):
        for line in lock.read_text().splitlines():
            name, _, pinned = line.partition("==")
            if name in ("crhelper", "boto3"):
                key = name if name not in found else f"{name}, bundled"
                found[key] = pinned.split()[0]
    found["commit"] = _commit()
    return found


def _commit() -> str:
    """Return the commit, marked if anything but results has changed since."""
    git = "git", "-C", str(ROOT)
    # What a run writes is no change of what it measures.
    written = RESULTS, REPEATS, PAGE, PLOTS, README
    paths = [f":!{path.relative_to(ROOT)}" for path in written]
    changed = _printed(*git, "status", "--porcelain", "--untracked-files=no", "--", *paths)
    commit = _printed(*git, "describe", "--always") or _UNKNOWN
    return f"{commit}-dirty" if changed else commit


def load() -> float:
    """Return the load average of the last minute."""
    return round(os.getloadavg()[0], 2)


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _printed(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip().removeprefix("v")
