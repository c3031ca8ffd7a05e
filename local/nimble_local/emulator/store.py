"""Where the state of the world is kept: in memory only, or in a file as well.

The world itself is always in memory; a store hears of every change, all changes of one request at
once, before the request is answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Key = tuple[str, str]
"""The table of an entity and its id there."""


class Store(Protocol):
    """What the world needs of a store."""

    def load(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield table, id and document of everything kept, the oldest first."""

    def commit(self, changes: Mapping[Key, dict[str, Any] | None]) -> None:
        """Keep all the changes or none; None in place of a document means removed.

        Raises
        ------
        OSError
            They could not be kept.
        """

    def close(self) -> None:
        """Let go of what the store holds."""


class MemoryStore:
    """Keeps nothing beyond the world itself."""

    def load(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield nothing."""
        return iter(())

    def commit(self, changes: Mapping[Key, dict[str, Any] | None]) -> None:
        """Do nothing: the world has it."""

    def close(self) -> None:
        """Do nothing."""
