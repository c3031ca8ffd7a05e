"""Seed files, in YAML or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.rules.context import Context
from nimble_local.emulator.seed import default_seed
from nimble_local.emulator.seed.apply import apply_seed
from nimble_local.emulator.seed.schema import parse_json

if TYPE_CHECKING:
    from pathlib import Path


class SeedFileError(Exception):
    """A seed file can't be used; the message names it and says what is wrong.

    Parameters
    ----------
    path
        The file.
    why
        The problem.
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")


def load(path: Path) -> dict[str, Any]:
    """Return the seed in a file; JSON when the name ends in ``.json``, else YAML.

    Raises
    ------
    SeedFileError
        The file can't be read, is neither JSON nor YAML, holds no object, has a key twice, or is
        much larger once its aliases are replaced.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SeedFileError(path, "it is not a text in UTF-8.") from error
    except OSError as error:
        raise SeedFileError(path, f"it can't be read: {error.strerror}.") from error
    try:
        # Values that JSON can't express would be refused by the emulator.
        seed = parse_json(text if path.suffix == ".json" else json.dumps(_yaml(text)))
    except json.JSONDecodeError as error:
        why = f"line {error.lineno} is not JSON: {error.msg}."
        raise SeedFileError(path, why) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise SeedFileError(path, f"{error}.") from error
    if not isinstance(seed, dict):
        raise SeedFileError(path, "it isn't an object with lists such as sessions.")
    return seed


def check(path: Path) -> None:
    """Try a seed file on a world that is then thrown away.

    Raises
    ------
    SeedFileError
        The file can't be used; the message says where and why.
    """
    context = Context.create()
    default_seed.apply(context)
    seed = load(path)
    try:
        apply_seed(context, seed)
    except ValueError as error:
        raise SeedFileError(path, str(error)) from error


def _yaml(text: str) -> Any:
    # Importing YAML takes longer than the rest of a command.
    from nimble_local.emulator.seed import yaml_subset  # noqa: PLC0415

    return yaml_subset.load(text)
