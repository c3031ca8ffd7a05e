"""Queries to CloudFormation about a request's stack."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from waiter.exceptions import Kind, ServiceError, unreadable
from waiter.runtime import clients
from waiter.wait.model import RequestType
from waiter.wait.permission import NOT_READ, Standing

from .request import Request

_PAGES_AT_ONCE = 10
_Answer = TypeVar("_Answer")


class Stack:
    """Queries CloudFormation about a request's stack.

    Each query raises ServiceError if it gets no readable answer.
    """

    def __init__(self, request: Request, client: Any = None) -> None:
        self._request = request
        self._client = client
        self._page: dict[str, str] = {}

    def read(self) -> Standing:
        """Return the stack's standing."""
        standing, root = self._ask("DescribeStacks", _read_stack)
        nested = root and standing.status == "DELETE_IN_PROGRESS"
        if not nested or self._request.type is not RequestType.DELETE:
            return standing
        above, _ = self._ask("DescribeStacks", _read_stack, StackName=root)
        return replace(standing, root=above.status)

    def is_held_elsewhere(self) -> bool:
        """Tell whether another resource of the stack holds the session, usually a renamed one.

        If a page of the list fails, the next call continues at that page.
        """
        for _ in range(_PAGES_AT_ONCE):
            held, following = self._ask("ListStackResources", self._read_page, **self._page)
            self._page = {"NextToken": following} if following and not held else {}
            if held or not following:
                return held
        raise unreadable("cloudformation:ListStackResources", "a list without an end", NOT_READ)

    def _read_page(self, answer: dict[str, Any]) -> tuple[bool, str]:
        held = any(
            resource["LogicalResourceId"] != self._request.logical_id
            and resource["ResourceType"] == self._request.resource_type
            and resource.get("PhysicalResourceId") == self._request.resource_id
            and not resource["ResourceStatus"].startswith("DELETE")
            for resource in answer["StackResourceSummaries"]
        )
        return held, answer.get("NextToken", "")

    def _ask(
        self, operation: str, read: Callable[[dict[str, Any]], _Answer], **more: str
    ) -> _Answer:
        called, asked = f"cloudformation:{operation}", {"StackName": self._request.stack_id, **more}
        try:
            self._client = self._client or clients.client("cloudformation", clients.QUERY_SECONDS)
            return read(clients.call(self._client, operation, **asked))
        except ServiceError as error:
            error.operation, error.topic = called, NOT_READ
            if error.kind is Kind.DENIED:
                error.operation += f" on {asked['StackName']}"
            if error.kind is Kind.REFUSED and more:
                # The page may have expired, so the list is read from its beginning.
                self._page, error.kind = {}, Kind.UNAVAILABLE
            raise
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise unreadable(called, type(error).__name__, NOT_READ) from error


def _read_stack(answer: dict[str, Any]) -> tuple[Standing, str]:
    (stack,) = answer["Stacks"]
    times = [stack[name] for name in ("CreationTime", "LastUpdatedTime") if stack.get(name)]
    changed_at = max((time.timestamp() for time in times), default=float("inf"))
    return Standing(str(stack["StackStatus"]), changed_at), stack.get("RootId", "")
