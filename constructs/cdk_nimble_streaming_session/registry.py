"""What the sessions of one stack have to agree on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from aws_cdk import Stack, Token

from cdk_nimble_streaming_session.provider import StreamingSessionProvider
from cdk_nimble_streaming_session.resource_lists import digest

if TYPE_CHECKING:
    from constructs import Construct

_ID: Final = "NimbleStreamingSessionProvider"


class _Registry:
    """The sessions of a stack by their literal ids, and the first user of each provider."""

    def __init__(self) -> None:
        self.sessions: dict[str, str] = {}
        self.providers: dict[str, tuple[StreamingSessionProvider, str]] = {}
        self.made_here: list[StreamingSessionProvider] = []


_REGISTRIES: Final[WeakKeyDictionary[Stack, _Registry]] = WeakKeyDictionary()


def register(
    session: Construct,
    session_id: str,
    endpoint_url: str | None,
    given: StreamingSessionProvider | None,
) -> StreamingSessionProvider:
    """Enter a session into its stack's registry, and return the provider that it uses.

    Raises
    ------
    ValueError
        When another session of the stack has the same literal id, or uses another provider for
        the same endpoint, or when ``given`` is another stack's or another endpoint's.
    """
    stack = Stack.of(session)
    registry = _REGISTRIES.setdefault(stack, _Registry())
    path = session.node.path
    if session_id in registry.sessions:
        raise ValueError(
            f"session_id is {session_id!r}, for {path} and for {registry.sessions[session_id]}: "
            "a session must be named once in a stack, or deleting one resource would stop the "
            "other's session"
        )
    if given is not None:
        _check_provider(session, given, endpoint_url)
        endpoint_url = given.endpoint_url
    key = _key(stack, endpoint_url)
    if key in registry.providers:
        provider, first = registry.providers[key]
        if given is not None and given is not provider:
            raise ValueError(
                f"provider is {given.node.path} for {path}, but {provider.node.path} for {first}: "
                "the sessions of a stack share one function and its settings; give both the same "
                "provider"
            )
        if given is None and provider not in registry.made_here:
            raise ValueError(
                f"provider is missing for {path}, but it is {provider.node.path} for {first}: the "
                "sessions of a stack share one function and its settings; give both the same "
                "provider"
            )
    else:
        provider = given or _made(registry, stack, key, endpoint_url)
        registry.providers[key] = provider, path
    if not Token.is_unresolved(session_id):
        registry.sessions[session_id] = path
    return provider


def _check_provider(
    session: Construct, given: StreamingSessionProvider, endpoint_url: str | None
) -> None:
    where = f"provider is {given.node.path} for {session.node.path}"
    if Stack.of(given) is not Stack.of(session):
        raise ValueError(
            f"{where}: it must be in the same stack, since its function may only read that "
            "stack's state; make a StreamingSessionProvider in each stack"
        )
    if endpoint_url not in (None, given.endpoint_url):
        raise ValueError(
            f"{where} with endpoint_url {given.endpoint_url!r}, but the session's endpoint_url is "
            f"{endpoint_url!r}: give it to the provider only"
        )


def _made(
    registry: _Registry, stack: Stack, key: str, endpoint_url: str | None
) -> StreamingSessionProvider:
    # CloudFormation never gives a resource another function. So the id of the first has nothing of
    # the endpoint in it, and another endpoint is only another environment.
    name = _ID if stack.node.try_find_child(_ID) is None else _ID + key
    made = StreamingSessionProvider(stack, name, endpoint_url=endpoint_url)
    registry.made_here.append(made)
    return made


def _key(stack: Stack, endpoint_url: str | None) -> str:
    # An endpoint can't be an empty text: that stands for the service's own.
    return digest(stack, endpoint_url or "")
