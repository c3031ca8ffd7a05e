"""The stores of the state: memory only, or a file as well.

The world itself is always in memory. A store gets all changes of a request at once, before the
request is answered.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager

Key = tuple[str, str]
"""The table of an entity and its id there."""


Row = tuple[str, str, dict[str, Any]]
"""Table, id and document of an entity."""


class NotKeptError(OSError):
    """The store couldn't keep the changes of a request; the message says what to do."""


class Store(Protocol):
    """Keeps the world's state."""

    def reading(self) -> AbstractContextManager[Iterable[Row]]:
        """Open everything kept, the oldest first; a ValueError in the block means it's damaged."""

    def commit(self, changes: Mapping[Key, dict[str, Any] | None]) -> None:
        """Keep all the changes or none; None in place of a document means removed.

        Raises
        ------
        OSError
            They couldn't be kept.
        """

    def close(self) -> None:
        """Release the store's resources."""


class MemoryStore:
    """Keeps nothing: the world in memory is the only copy."""

    def reading(self) -> AbstractContextManager[Iterable[Row]]:
        """Open nothing."""
        return nullcontext(())

    def commit(self, changes: Mapping[Key, dict[str, Any] | None]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
