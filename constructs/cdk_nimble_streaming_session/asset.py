"""Where the function's code lies."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from aws_cdk import aws_lambda

_INSTALLED: Final = "_lambda"
_IN_THE_REPOSITORY: Final = Path(__file__).parent.parent.parent / "lambda"

# What Python writes beside the code on this machine is not code.
_EXCLUDED: Final = ["**/__pycache__", "**/*.pyc", "__pycache__", "*.pyc"]


def asset_folder() -> Path:
    """Return the folder that becomes the function's code.

    Raises
    ------
    FileNotFoundError
        When the package is incomplete.
    """
    installed = resources.files(__package__) / _INSTALLED
    for folder in (installed, _IN_THE_REPOSITORY):
        if (folder / "handler.py").is_file():
            return folder if isinstance(folder, Path) else Path(_unpacked().name)
    raise FileNotFoundError(
        f"The code of the function is neither in {installed} nor in {_IN_THE_REPOSITORY}. "
        "Install a whole release of cdk-nimble-streaming-session."
    )


def code() -> aws_lambda.Code:
    """Return the function's code as an asset: copied as it stands, without Docker and pip."""
    return cdk.aws_lambda.Code.from_asset(str(asset_folder()), exclude=_EXCLUDED)


@cache
def _unpacked() -> TemporaryDirectory[str]:
    """Copy the code out of a zip that Python imports from; it is deleted when Python ends."""
    folder = TemporaryDirectory(prefix="nimble-streaming-session-")
    _copy(resources.files(__package__) / _INSTALLED, Path(folder.name))
    return folder


def _copy(source: Traversable, target: Path) -> None:
    for item in source.iterdir():
        if item.is_dir():
            (target / item.name).mkdir()
            _copy(item, target / item.name)
        else:
            (target / item.name).write_bytes(item.read_bytes())
