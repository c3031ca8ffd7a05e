"""Where the function's code lies."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aws_cdk import aws_lambda

_PACKAGE: Final = Path(__file__).parent
_INSTALLED: Final = _PACKAGE / "_lambda"
_IN_THE_REPOSITORY: Final = _PACKAGE.parent.parent / "lambda"

# What Python writes beside the code on this machine is not code.
_EXCLUDED: Final = ["**/__pycache__", "**/*.pyc", "__pycache__", "*.pyc"]


def asset_folder() -> Path:
    """Return the folder that becomes the function's code.

    Raises
    ------
    FileNotFoundError
        When the package is incomplete.
    """
    for folder in (_INSTALLED, _IN_THE_REPOSITORY):
        if (folder / "handler.py").is_file():
            return folder
    raise FileNotFoundError(
        f"The code of the function is neither in {_INSTALLED} nor in {_IN_THE_REPOSITORY}. "
        "Install a whole release of cdk-nimble-streaming-session."
    )


def code() -> aws_lambda.Code:
    """Return the function's code as an asset: copied as it stands, without Docker and pip."""
    return aws_lambda.Code.from_asset(str(asset_folder()), exclude=_EXCLUDED)
