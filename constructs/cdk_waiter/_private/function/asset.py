"""The function's code as an asset."""

from __future__ import annotations

import atexit
from functools import cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_waiter._private.function.strip_docs import without_prose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from aws_cdk import aws_lambda
    from constructs import Construct

_INSTALLED: Final = "_lambda"
_IN_THE_REPOSITORY: Final = Path(__file__).parents[4] / "lambda"
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


def asset_folder() -> Path:
    """Return the folder that becomes the function's code; it is deleted when Python ends.

    Raises
    ------
    FileNotFoundError
        When the package is incomplete.
    """
    folder = _folder()
    # Long before Python ends, a cleaner of temporary files may have emptied it. Another app of the
    # process would be deployed without code, or not at all.
    if _content(folder) != _code():
        _folder.cache_clear()
        folder = _folder()
    return folder


@cache
def _folder() -> Path:
    made = TemporaryDirectory(prefix="nimble-streaming-session-")
    atexit.register(made.cleanup)
    folder = Path(made.name)
    # The modes go into the zip, and the umask of whoever deploys may keep others from reading.
    folder.chmod(_FOLDER)
    for name, content in _code().items():
        path = folder / name
        for parent in reversed(path.relative_to(folder).parents[:-1]):
            (folder / parent).mkdir(exist_ok=True)
            (folder / parent).chmod(_FOLDER)
        path.write_bytes(content)
        path.chmod(_FILE)
    return folder


def _content(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _source() -> Traversable:
    installed = resources.files("cdk_waiter") / _INSTALLED
    for folder in (installed, _IN_THE_REPOSITORY):
        if (folder / "handler.py").is_file():
            return folder
    raise FileNotFoundError(
        f"The code of the function is neither in {installed} nor in {_IN_THE_REPOSITORY}. "
        "Install a whole release of cdk-nimble-streaming-session."
    )


@cache
def _code() -> dict[str, bytes]:
    """Return the files of the code by their path in the asset."""
    return dict(_files(_source(), ""))


def _files(source: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for item in source.iterdir():
        name = prefix + item.name
        if item.is_dir():
            if item.name != _NOT_CODE:
                yield from _files(item, f"{name}/")
        elif item.name.endswith(".py"):
            yield name, without_prose(item.read_text(encoding="utf-8")).encode()
        else:
            yield name, item.read_bytes()
