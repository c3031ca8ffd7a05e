"""The sessions that a function serves, without those that were taken out of the app again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs import Construct, IConstruct


class ServedSessions:
    """Sessions in the order in which they were made.

    ``node.try_remove_child`` takes a session out of the tree, alone or with what is around it, and
    tells nobody. So the tree is compared with the list when the app is synthesised; until then all
    that were made count.

    Attributes
    ----------
    version
        Differs whenever the sessions may differ.
    """

    def __init__(self) -> None:
        self._made: list[Construct] = []
        self._stopped: list[Construct] = []
        self._removed: set[Construct] = set()
        self.version = 0

    def add(self, session: Construct, *, stops: bool) -> None:
        """Add a session, and whether deleting its resource stops it."""
        self._made.append(session)
        if stops:
            self._stopped.append(session)
        self.version += 1

    def refresh(self) -> None:
        """Find out which sessions are still in the tree."""
        self.version += 1
        scopes: dict[str, list[Construct]] = {}
        for each in self._made:
            path = each.node.path
            scopes.setdefault(path[: -len(each.node.id)], []).append(each)
        self._removed = set()
        for together in scopes.values():
            # One question for all in a scope: a stack may have hundreds.
            present = _children(together[0].node.scopes[:-1])
            self._removed |= {each for each in together if each not in present}

    def all(self) -> list[Construct]:
        """Return the sessions."""
        return [each for each in self._made if each not in self._removed]

    def any_stops(self) -> bool:
        """Tell whether deleting the resource of one of the sessions stops it."""
        return self.has_any(self._stopped)

    def has_any(self, users: Iterable[Construct]) -> bool:
        """Tell whether one of some sessions is in the app."""
        return any(each not in self._removed for each in users)


def _children(scopes: list[IConstruct]) -> set[IConstruct]:
    """Return the children of the last of nested scopes, if the first one leads to it."""
    # By their ids: an object that jsii returns for a scope isn't always the same one.
    found: IConstruct | None = scopes[0]
    for scope in scopes[1:]:
        if found is not None:
            found = found.node.try_find_child(scope.node.id)
    return set() if found is None else set(found.node.children)
