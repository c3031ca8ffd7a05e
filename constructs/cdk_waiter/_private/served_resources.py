"""The resources that a function serves, except those removed from the app again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsii
from aws_cdk import IStableStringProducer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs import Construct, IConstruct


@jsii.implements(IStableStringProducer)
class ServedResources:
    """Constructs in the order of their creation.

    ``node.try_remove_child`` removes a construct from the tree, alone or together with a scope
    around it, without notification. So synthesis compares this list with the tree; until then every
    construct counts.

    Attributes
    ----------
    version
        Changes whenever the list may have changed.
    """

    def __init__(self) -> None:
        self._created: list[Construct] = []
        self._stopped: list[Construct] = []
        self._removed: set[Construct] = set()
        self.version = 0

    def add(self, resource: Construct, *, stops: bool) -> None:
        """Add a construct.

        Parameters
        ----------
        resource
            The construct.
        stops
            True if deleting its custom resource stops the resource itself.
        """
        self._created.append(resource)
        if stops:
            self._stopped.append(resource)
        self.version += 1

    def refresh(self) -> None:
        """Find out which constructs are still in the tree."""
        self.version += 1
        scopes: dict[str, list[Construct]] = {}
        for each in self._created:
            path = each.node.path
            scopes.setdefault(path.rpartition("/")[0], []).append(each)
        self._removed = set()
        for together in scopes.values():
            # One query per scope: a stack may have hundreds of resources.
            present = _children(together[0].node.scopes[:-1])
            self._removed |= {each for each in together if each not in present}

    def all(self) -> list[Construct]:
        """Return the constructs that are in the app."""
        return [each for each in self._created if each not in self._removed]

    def any_stops(self) -> bool:
        """Tell whether deleting one of the custom resources stops something."""
        return self.has_any(self._stopped)

    def has_any(self, users: Iterable[Construct]) -> bool:
        """Tell whether any of the given constructs is in the app."""
        return any(each not in self._removed for each in users)

    def produce(self) -> str:
        """Return the number of constructs in the app; part of ``IStableStringProducer``."""
        return str(len(self.all()))


def _children(scopes: list[IConstruct]) -> set[IConstruct]:
    """Return the children of the last nested scope; none if the first no longer leads to it."""
    # Compared by id: jsii doesn't always return the same object for a scope.
    found: IConstruct | None = scopes[0]
    for scope in scopes[1:]:
        if found is not None:
            found = found.node.try_find_child(scope.node.id)
    return set() if found is None else set(found.node.children)
