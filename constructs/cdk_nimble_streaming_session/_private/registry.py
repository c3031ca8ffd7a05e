"""Rules that the sessions of one stack must follow together."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from aws_cdk import Stack

from cdk_nimble_streaming_session.provider import StreamingSessionProvider
from cdk_waiter._private.permissions.arn_budget import digest
from cdk_waiter._private.validation import is_literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Construct, IConstruct

_ID: Final = "NimbleStreamingSessionProvider"


class _Registry:
    """The sessions of a stack by their literal ids, and the first user of each provider."""

    def __init__(self) -> None:
        self.sessions: dict[str, Construct] = {}
        self.providers: dict[str, tuple[StreamingSessionProvider, str]] = {}
        self.created_here: list[StreamingSessionProvider] = []


_REGISTRIES: Final[WeakKeyDictionary[Stack, _Registry]] = WeakKeyDictionary()


def find(
    stack: Stack,
    path: Callable[[], str],
    session_id: str,
    endpoint_url: str | None,
    given: StreamingSessionProvider | None,
) -> StreamingSessionProvider | None:
    """Return the provider for a new session; None if it has yet to be created.

    Raises
    ------
    ValueError
        When another session of the stack has the same literal id, or uses another provider for
        the same endpoint, or when ``given`` is another stack's or another endpoint's.
    """
    registry = _REGISTRIES.setdefault(stack, _Registry())
    default = stack.node.try_find_child(_ID)
    if session_id in registry.sessions and _is_in_the_tree(registry.sessions[session_id]):
        raise ValueError(
            f"session_id is {session_id!r}, for {path()} and for "
            f"{registry.sessions[session_id].node.path}: a stack may contain a session only once, "
            "since deleting one resource could stop the other's session"
        )
    if given is not None:
        _check_provider(stack, path, given, endpoint_url)
        endpoint_url = given.endpoint_url
    if given is None:
        given = _own(registry, default, endpoint_url)
        endpoint_url = given.endpoint_url if given else endpoint_url
    known = registry.providers.get(_key(stack, endpoint_url))
    if known is None or given is known[0]:
        return given
    # The default provider was just found in the tree; looking again takes ten calls of jsii.
    if known[0] is not default and not _is_in_the_tree(known[0]):
        return given
    provider, first = known
    if given is not None:
        raise ValueError(
            f"provider is {given.node.path} for {path()}, but {provider.node.path} for {first}: "
            "the sessions of a stack share one function and its settings; give both the same "
            "provider"
        )
    if provider not in registry.created_here:
        raise ValueError(
            f"provider is missing for {path()}, but it is {provider.node.path} for {first}: the "
            "sessions of a stack share one function and its settings; give both the same "
            "provider"
        )
    return provider


def register(
    stack: Stack,
    session: Construct,
    session_id: str,
    endpoint_url: str | None,
    found: StreamingSessionProvider | None,
) -> StreamingSessionProvider:
    """Enter a session into its stack's registry, and return its provider.

    Parameters
    ----------
    stack, session, session_id, endpoint_url
        The session.
    found
        The result of `find` for it.
    """
    registry = _REGISTRIES[stack]
    key = _key(stack, found.endpoint_url if found else endpoint_url)
    provider = found or _create(registry, stack, key, endpoint_url)
    known = registry.providers.get(key)
    if known is None or known[0] is not provider:
        registry.providers[key] = provider, session.node.path
    if is_literal(session_id):
        registry.sessions[session_id] = session
    return provider


def _own(
    registry: _Registry, found: IConstruct | None, endpoint_url: str | None
) -> StreamingSessionProvider | None:
    """Return the child with the id of the stack's default provider if the app itself created it."""
    if not isinstance(found, StreamingSessionProvider) or found in registry.created_here:
        return None
    return found if endpoint_url in (None, found.endpoint_url) else None


def _is_in_the_tree(construct: IConstruct) -> bool:
    """Tell whether a construct is still in the tree; ``try_remove_child`` also removes scopes."""
    scopes = construct.node.scopes
    return all(
        outer.node.try_find_child(inner.node.id) is inner
        for outer, inner in itertools.pairwise(scopes)
    )


def _check_provider(
    stack: Stack, path: Callable[[], str], given: StreamingSessionProvider, endpoint_url: str | None
) -> None:
    if Stack.of(given) is not stack:
        raise ValueError(
            f"provider is {given.node.path} for {path()}: it must be in the same stack, since its "
            "function may only read that stack's state; make a StreamingSessionProvider in each "
            "stack"
        )
    if endpoint_url not in (None, given.endpoint_url):
        raise ValueError(
            f"provider is {given.node.path} for {path()} with endpoint_url "
            f"{given.endpoint_url!r}, but the session's endpoint_url is {endpoint_url!r}: give it "
            "to the provider only"
        )


def _create(
    registry: _Registry, stack: Stack, key: str, endpoint_url: str | None
) -> StreamingSessionProvider:
    # CloudFormation can't change the function of a custom resource. So the first provider's id
    # doesn't depend on the endpoint, and a new endpoint changes only the environment.
    name = _ID if stack.node.try_find_child(_ID) is None else _ID + key
    created = StreamingSessionProvider(stack, name, endpoint_url=endpoint_url)
    registry.created_here.append(created)
    return created


def _key(stack: Stack, endpoint_url: str | None) -> str:
    # An endpoint is never an empty string, so that stands for the service's default endpoint.
    return digest(stack, endpoint_url or "")
