"""Reads the file that says what to put into the emulated world: YAML or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class SeedFileError(Exception):
    """A seed file can't be used; the message names it and says what is wrong.

    Parameters
    ----------
    path
        The file.
    why
        What is wrong with it.
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")


def load(path: Path) -> dict[str, Any]:
    """Return the document in a file; JSON when the name ends in ``.json``, else YAML.

    Raises
    ------
    SeedFileError
        The file can't be read, is neither JSON nor YAML, or holds no object.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SeedFileError(path, "it is not a text in UTF-8.") from error
    except OSError as error:
        raise SeedFileError(path, f"it can't be read: {error.strerror}.") from error
    try:
        document = json.loads(text) if path.suffix == ".json" else _yaml(text)
        # What YAML knows and JSON does not would be refused on its way to the emulator.
        document = json.loads(json.dumps(document))
    except json.JSONDecodeError as error:
        why = f"line {error.lineno} is not JSON: {error.msg}."
        raise SeedFileError(path, why) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise SeedFileError(path, f"{error}.") from error
    if not isinstance(document, dict):
        raise SeedFileError(path, "it holds no object with lists such as sessions.")
    return document


def _yaml(text: str) -> Any:
    import yaml  # noqa: PLC0415 - takes longer than the rest of a command

    class Loader(yaml.SafeLoader):
        """Takes a date for a text, as JSON does."""

    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    Loader.yaml_implicit_resolvers = {
        first: [(tag, rule) for tag, rule in rules if not tag.endswith(":timestamp")]
        for first, rules in resolvers.items()
    }
    try:
        return yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1} is not YAML: " if error.problem_mark else ""
        raise ValueError(f"{line}{error.problem}") from error
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
