"""Fresh Python environments, as users make them, and the Pythons to make them with.

They get what a lock file pins, by its hashes, so that a new release in a registry can't break a
test. Nothing is built from source, because no lock file pins the tools that would build it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.tags import sys_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import Distribution

ROOT = Path(__file__).parents[4]
UV = Path(sys.executable).with_name("uv")

LOCK = ROOT / "requirements.lock"
LOWEST = ROOT / "tests" / "package" / "lowest.lock"

_WRITTEN = {"INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}
"""Files that an installer adds to a package."""

_PYENV = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
_ASKED = "import sys; print(*sys.version_info[:2], sys.prefix)"


def newer_pythons() -> dict[str, str]:
    """Return the Pythons of this machine that are newer than this one, by their versions."""
    here = sys.version_info[:2]
    found: dict[tuple[int, int], str] = {}
    for minor in range(here[1] + 1, here[1] + 10):
        for path in _called(f"python3.{minor}"):
            # A name on the path may be a shim for a Python that isn't installed.
            asked = subprocess.run(  # noqa: S603 - a Python of this machine
                [path, "-c", _ASKED], capture_output=True, text=True, check=False
            )
            if asked.returncode == 0 and asked.stdout.startswith(f"3 {minor} "):
                found.setdefault((3, minor), path)
    return {f"{major}.{minor}": path for (major, minor), path in found.items()}


def _called(name: str) -> Iterator[str]:
    on_the_path = shutil.which(name)
    if on_the_path:
        yield on_the_path
    yield from (str(path) for path in sorted(_PYENV.glob(f"versions/*/bin/{name}")))


def canonical(name: str) -> str:
    """Return a package's name as lock files spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def installed() -> dict[str, Distribution]:
    """Return the packages of this environment by their names."""
    return {canonical(each.metadata["Name"]): each for each in distributions()}


def closure(names: Iterable[str]) -> set[str]:
    """Return packages with their dependencies."""
    known: set[str] = set()
    wanted = list(names)
    while wanted:
        one = wanted.pop()
        if one in known or one not in installed():
            continue
        known.add(one)
        needs = [Requirement(text) for text in installed()[one].requires or []]
        wanted += [
            canonical(need.name)
            for need in needs
            if need.marker is None or need.marker.evaluate({"extra": ""})
        ]
    return known


def entries(lock: Path) -> list[str]:
    """Return the lines of a lock file, each a package with its version and its hashes."""
    lines = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [line for line in lines if line and not line.lstrip().startswith("#")]


def locked(lock: Path = LOCK) -> dict[str, str]:
    """Return the lines of a lock file that apply to this Python, by the names of the packages."""
    found = {}
    for line in entries(lock):
        package = Requirement(line.partition(" --hash")[0])
        if package.marker is None or package.marker.evaluate():
            found[canonical(package.name)] = line
    return found


def version(name: str, lock: Path = LOCK) -> str:
    """Return the version of a package that a lock file pins."""
    (pin,) = Requirement(locked(lock)[name].partition(" --hash")[0]).specifier
    return pin.version


def create(
    folder: Path, *wanted: str | Path, python: str = sys.executable, lock: Path = LOCK
) -> str:
    """Make an environment with packages that a lock file pins; return its Python.

    Parameters
    ----------
    folder
        Where the environment is made.
    wanted
        Packages to install with their dependencies: wheels, or names with bounds that the pinned
        versions have to keep.
    python
        The Python that it is made from.
    lock
        The lock file.
    """
    made = _bare(folder, python)
    exact = [_hashed(each) if isinstance(each, Path) else _pinned(each, lock) for each in wanted]
    # uv takes the hashes of the packages and of their dependencies from the constraints.
    options = ["--only-binary", ":all:", "--constraints", str(lock)]
    _uv("pip", "install", "--require-hashes", "--python", made, *options, *exact)
    return made


def create_with_the_newest(folder: Path, wheel: Path) -> str:
    """Make an environment with a wheel and the newest versions of its dependencies."""
    assert os.environ.get("DIST"), "only the check of a release may ask for what no lock file has"
    made = _bare(folder, sys.executable)
    _uv("pip", "install", "--resolution", "highest", "--python", made, str(wheel))
    return made


def add_alone(python: str, wheel: Path) -> None:
    """Install a wheel into an environment without its dependencies."""
    _uv("pip", "install", "--require-hashes", "--python", python, "--no-deps", _hashed(wheel))


def repack(folder: Path, *names: str) -> None:
    """Fill a folder with the wheels of packages and their dependencies, as installed here.

    That is without the compression, and without the scripts that an installer writes.
    """
    folder.mkdir()
    supported = set(map(str, sys_tags()))
    for name in closure(names):
        package = installed()[name]
        tags = re.findall(r"^Tag: (.+)$", package.read_text("WHEEL") or "", re.MULTILINE)
        tag = next(each for each in tags if each in supported)
        path = folder / f"{name.replace('-', '_')}-{package.version}-{tag}.whl"
        with ZipFile(path, "w") as archive:
            for file in package.files or ():
                if ".." not in file.parts and file.suffix != ".pyc" and file.name not in _WRITTEN:
                    archive.write(str(file.locate()), str(file))


def only_from(folder: Path) -> dict[str, str]:
    """Return variables with which pip installs from a folder and ignores its settings."""
    # pip reads no settings from files, since they may name other places to install from.
    return {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}


def _bare(folder: Path, python: str) -> str:
    _uv("venv", "--python", python, str(folder))
    return str(folder / "bin" / "python")


def _pinned(wanted: str, lock: Path) -> str:
    requirement = Requirement(wanted)
    exact = version(canonical(requirement.name), lock)
    assert requirement.specifier.contains(exact), f"{wanted} is not what {lock.name} pins"
    return f"{requirement.name}=={exact}"


def _hashed(wheel: Path) -> str:
    name = wheel.name.partition("-")[0]
    return f"{name} @ {wheel.as_uri()}#sha256={hashlib.sha256(wheel.read_bytes()).hexdigest()}"


def _uv(*words: str) -> None:
    _run([str(UV), "--quiet", *words])


def _run(command: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - the uv and the pip of this environment
        command,
        # The user's settings of the index apply; the cache is make's, in this folder.
        env=os.environ | {"UV_CACHE_DIR": str(ROOT / ".local" / "uv-cache")},
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
