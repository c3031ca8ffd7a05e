"""The function's code as an asset."""

from __future__ import annotations

import atexit
from functools import cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_nimble_streaming_session.prose import without_prose

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from aws_cdk import aws_lambda
    from constructs import Construct

_INSTALLED: Final = "_lambda"
_IN_THE_REPOSITORY: Final = Path(__file__).parent.parent.parent / "lambda"
# What Python writes beside the code on this machine is not code.
_NOT_CODE: Final = "__pycache__"
# What the CLI's ``--no-staging`` sets.
_NO_STAGING: Final = "aws:cdk:disable-asset-staging"
# Lambda runs the code as another user than the one who owns its files.
_FILE: Final = 0o644
_FOLDER: Final = 0o755


def code(scope: Construct) -> aws_lambda.Code:
    """Return the function's code as an asset, made without Docker, pip and a network.

    Raises
    ------
    FileNotFoundError
        When the package is incomplete.
    """
    source = _source()
    # The assembly then holds no copy but the folder's path, which has to outlast this process. A
    # package that is imported from a zip has no such folder.
    if scope.node.try_get_context(_NO_STAGING) and isinstance(source, Path):
        return cdk.aws_lambda.Code.from_asset(str(source), exclude=[_NOT_CODE])
    return cdk.aws_lambda.Code.from_asset(str(asset_folder()))


@cache
def asset_folder() -> Path:
    """Return the folder that becomes the function's code; it is deleted when Python ends.

    Raises
    ------
    FileNotFoundError
        When the package is incomplete.
    """
    folder = TemporaryDirectory(prefix="nimble-streaming-session-")
    atexit.register(folder.cleanup)
    _copy(_source(), Path(folder.name))
    return Path(folder.name)


def _source() -> Traversable:
    installed = resources.files(__package__) / _INSTALLED
    for folder in (installed, _IN_THE_REPOSITORY):
        if (folder / "handler.py").is_file():
            return folder
    raise FileNotFoundError(
        f"The code of the function is neither in {installed} nor in {_IN_THE_REPOSITORY}. "
        "Install a whole release of cdk-nimble-streaming-session."
    )


def _copy(source: Traversable, target: Path) -> None:
    # The modes go into the zip, and the umask of whoever deploys may keep others from reading.
    target.chmod(_FOLDER)
    for item in source.iterdir():
        if item.is_dir():
            if item.name != _NOT_CODE:
                (target / item.name).mkdir()
                _copy(item, target / item.name)
        elif item.name.endswith(".py"):
            bare = without_prose(item.read_text(encoding="utf-8"))
            _write(target / item.name, bare.encode())
        else:
            _write(target / item.name, item.read_bytes())


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(_FILE)
