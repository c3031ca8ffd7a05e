"""Rules that the declared resources of one stack must follow together."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from aws_cdk import Stack

from cdk_waiter._private.validation import is_literal
from cdk_waiter.waiter_provider import WaiterProvider

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Construct, IConstruct

_ID: Final = "CdkWaiterProvider"
_STARTED: Final[WeakKeyDictionary[Stack, dict[tuple[str, ...], Construct]]] = WeakKeyDictionary()


def find_provider(
    stack: Stack, path: Callable[[], str], given: WaiterProvider | None
) -> WaiterProvider | None:
    """Return the provider for a new resource; None if it has yet to be created.

    Raises
    ------
    ValueError
        When ``given`` is another stack's.
    """
    if given is None:
        found = stack.node.try_find_child(_ID)
        return found if isinstance(found, WaiterProvider) else None
    if Stack.of(given) is not stack:
        raise ValueError(
            f"provider is {given.node.path} for {path()}: it must be in the same stack, since its "
            "function may only read that stack's state; make a WaiterProvider in each stack"
        )
    return given


def create_provider(stack: Stack) -> WaiterProvider:
    """Return a new provider for the resources of a stack that name none."""
    return WaiterProvider(stack, _ID)


def check_started(stack: Stack, path: Callable[[], str], key: tuple[str, ...]) -> None:
    """Refuse a second resource of a stack that starts the same thing.

    Parameters
    ----------
    stack
        The stack of the new resource.
    path
        Returns its path.
    key
        Its type, what else tells things with the same id apart, and the id.

    Raises
    ------
    ValueError
        When the stack has one with the same literal id.
    """
    first = _STARTED.get(stack, {}).get(key)
    if first is not None and _is_in_the_tree(first):
        raise ValueError(
            f"{key[-1]!r} is the id for {path()} and for {first.node.path}: a stack may start a "
            "thing only once, since deleting one resource could stop it for the other"
        )


def register_started(stack: Stack, resource: Construct, key: tuple[str, ...]) -> None:
    """Enter a resource that starts something into its stack's registry."""
    if is_literal(key[-1]):
        _STARTED.setdefault(stack, {})[key] = resource


def _is_in_the_tree(construct: IConstruct) -> bool:
    """Tell whether a construct is still in the tree; ``try_remove_child`` also removes scopes."""
    return all(
        outer.node.try_find_child(inner.node.id) is inner
        for outer, inner in itertools.pairwise(construct.node.scopes)
    )
