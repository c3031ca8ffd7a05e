"""The function's code as an asset."""

from __future__ import annotations

import atexit
from functools import cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_waiter._private.function.strip_docs import strip_docs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from aws_cdk import aws_lambda
    from constructs import Construct

_INSTALLED: Final = "_lambda"
_IN_THE_REPOSITORY: Final = Path(__file__).parents[4] / "lambda"
_HANDLER: Final = "handler.py"
# Python writes these next to the code; they aren't part of it.
_NOT_CODE: Final = "__pycache__"
# Set by the CLI's ``--no-staging``.
_NO_STAGING: Final = "aws:cdk:disable-asset-staging"
# Lambda runs the code as a different user from the files' owner.
_FILE: Final = 0o644
_FOLDER: Final = 0o755


def code(scope: Construct, folders: tuple[str, ...]) -> aws_lambda.Code:
    """Return the function's code as an asset, created without Docker, pip or a network.

    Parameters
    ----------
    scope
        The provider.
    folders
        The folders of ``lambda/`` that the function needs, besides its top-level modules.

    Raises
    ------
    FileNotFoundError
        When the package is incomplete.
    """
    source = _source()
    # Without staging, the assembly contains only the folder's path, so the folder must outlast this
    # process. A package imported from a zip has no such folder.
    if scope.node.try_get_context(_NO_STAGING) and isinstance(source, Path):
        others = {each.name for each in source.iterdir() if each.is_dir()} - {*folders}
        return cdk.aws_lambda.Code.from_asset(
            str(source), exclude=[_NOT_CODE, *sorted(others - {_NOT_CODE})]
        )
    return cdk.aws_lambda.Code.from_asset(str(asset_folder(folders)))


def asset_folder(folders: tuple[str, ...]) -> Path:
    """Return the folder that becomes the function's code; it is deleted when Python exits.

    Parameters
    ----------
    folders
        As for `code`.

    Raises
    ------
    FileNotFoundError
        When the package is incomplete.
    """
    folder = _folder(folders)
    # Something may clean up temporary files long before Python exits. Another app in this process
    # would then be deployed without code, or not at all.
    if _content(folder) != _code(folders):
        _folder.cache_clear()
        folder = _folder(folders)
    return folder


@cache
def _folder(folders: tuple[str, ...]) -> Path:
    created = TemporaryDirectory(prefix="cdk-waiter-")
    atexit.register(created.cleanup)
    folder = Path(created.name)
    # The zip keeps the modes, and the deploying user's umask may deny access to others.
    folder.chmod(_FOLDER)
    for name, content in _code(folders).items():
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
        if (folder / _HANDLER).is_file():
            return folder
    raise FileNotFoundError(
        f"The code of the function is neither in {installed} nor in {_IN_THE_REPOSITORY}. "
        "Install a whole release of cdk-nimble-streaming-session."
    )


@cache
def _code(folders: tuple[str, ...]) -> dict[str, bytes]:
    """Return the files of the code by their path in the asset."""
    source = _source()
    found = {name: file for each in folders for name, file in _files(source / each, f"{each}/")}
    # The top level has the handler, and what it needs to answer if the folders are broken.
    own = [each for each in source.iterdir() if each.name.endswith(".py")]
    texts = {each.name: each.read_text(encoding="utf-8") for each in own}
    return {**{name: strip_docs(text).encode() for name, text in texts.items()}, **found}


def _files(source: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for item in source.iterdir():
        name = prefix + item.name
        if item.is_dir():
            if item.name != _NOT_CODE:
                yield from _files(item, f"{name}/")
        elif item.name.endswith(".py"):
            package = prefix.rstrip("/").replace("/", ".")
            yield name, strip_docs(item.read_text(encoding="utf-8"), package).encode()
        else:
            yield name, item.read_bytes()
