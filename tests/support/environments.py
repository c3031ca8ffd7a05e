"""Fresh environments of Python, as a user makes them, and the Pythons to make them with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")

_PYENV = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
_ASKED = "import sys; print(*sys.version_info[:2], sys.prefix)"


def newer_pythons() -> dict[str, str]:
    """Return the Pythons of this machine that are newer than this one, by their versions."""
    here = sys.version_info[:2]
    found: dict[tuple[int, int], str] = {}
    for minor in range(here[1] + 1, here[1] + 10):
        for path in _called(f"python3.{minor}"):
            # A name on the path may be a shim that leads nowhere.
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


def create(folder: Path, *requirements: str, python: str = sys.executable, **options: str) -> str:
    """Make an environment with packages; return its Python.

    Parameters
    ----------
    folder
        Where the environment is made.
    requirements
        What is installed: names with versions, or files.
    python
        The Python that it is made of.
    options
        Of ``uv pip install``, such as ``resolution="lowest-direct"``.
    """
    made = str(folder / "bin" / "python")
    named = [text for name, value in options.items() for text in (f"--{name}", value)]
    _uv("venv", "--python", python, str(folder))
    _uv("pip", "install", "--python", made, *named, *requirements)
    return made


def add_alone(python: str, file: str) -> None:
    """Install a file into an environment without what it depends on."""
    _uv("pip", "install", "--python", python, "--no-deps", file)


def _uv(*words: str) -> None:
    done = subprocess.run(  # noqa: S603 - the uv of this environment
        [UV, "--quiet", *words],
        # A person's settings of the index hold; the cache is make's, in this folder.
        env=os.environ | {"UV_CACHE_DIR": str(ROOT / ".local" / "uv-cache")},
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
