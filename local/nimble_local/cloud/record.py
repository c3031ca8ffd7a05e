"""The record of what runs, so that the next command finds it again."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from nimble_local.cloud.processes import Identity

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Part:
    """One process of the local cloud.

    Attributes
    ----------
    name
        What people call it.
    identity
        Its process.
    url
        Where it answers; empty until that is known.
    health
        The URL that says that it is well.
    """

    name: str
    identity: Identity
    url: str = ""
    health: str = ""


@dataclass(frozen=True)
class Record:
    """What runs in a folder.

    Attributes
    ----------
    parts
        The processes, in the order in which they were started.
    bootstrapped
        Whether the local account holds the CDK's bootstrap stack.
    """

    parts: tuple[Part, ...] = ()
    bootstrapped: bool = False

    def url(self, name: str) -> str:
        """Return where the part of that name answers."""
        return next(part.url for part in self.parts if part.name == name)


def write(path: Path, record: Record) -> None:
    """Write the record in one piece: a reader sees the old one or the new one."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    os.replace(draft, path)  # noqa: PTH105 - atomic, and says so by its name


def read(path: Path) -> Record | None:
    """Read the record; None when there is none, or none that this version understands."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        parts = tuple(
            Part(
                name=part["name"],
                identity=Identity(**part["identity"]),
                url=part["url"],
                health=part["health"],
            )
            for part in raw["parts"]
        )
        return Record(parts=parts, bootstrapped=raw["bootstrapped"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
