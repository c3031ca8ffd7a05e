"""The only interface between the engine and a kind of resource."""

from collections.abc import Mapping
from typing import Any, Protocol

from fallback import properties
from waiter.exceptions import InvalidRequestError
from waiter.runtime import log
from waiter.wait.model import Lifecycle, RequestType

from .request import Request, parse_metadata


class Resource(Protocol):
    """A kind of resource; a module such as `streaming_session.resource` implements it."""

    NOUN: str
    """The resource's name in the log."""
    NAMESPACE: str
    """The namespace of its metrics."""
    HINTS: Mapping[str, str]
    """Advice for each failure, by its heading in docs/operations.md."""

    def read_properties(
        self, request: Request, new: Mapping[str, Any], old: Mapping[str, Any]
    ) -> Request:
        """Return the request with its goal; raise InvalidRequestError for invalid properties."""

    def lifecycle(self, request: Request) -> Lifecycle:
        """Return the lifecycle for the wait to read, start and stop."""

    def unread(self, request: Request) -> Mapping[str, str]:
        """Return the attributes of a resource that couldn't be read."""

    def stays_whole(self, name: str) -> bool:
        """Tell whether an attribute is useless if it's truncated."""


def parse(event: Mapping[str, Any], resource: Resource) -> Request:
    """Read a request of CloudFormation.

    Raises InvalidRequestError for an invalid property, except on Delete, which then does nothing.
    """
    bare = parse_metadata(event)
    try:
        return resource.read_properties(bare, properties(event), properties(event, "Old"))
    except InvalidRequestError as error:
        if bare.type is not RequestType.DELETE:
            raise
        log.line("defaults-taken", error=str(error))
        return bare
