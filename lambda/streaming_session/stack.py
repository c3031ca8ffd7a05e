"""The stack around the request: what it says of it, and when it is worth asking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streaming_session import aws, log
from streaming_session.exceptions import ServiceError
from streaming_session.plan import Act, Do, Done, Fail, Rule
from streaming_session.request import RequestType

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from streaming_session.plan import Progress, Step
    from streaming_session.request import Request

_MOST_PAGES = 10


class Stack:
    """What the wait must know of the request's own stack before it acts.

    A request can outlive its purpose: CloudFormation rolls a stack back while a resource still
    waits, and its next request does not say so. Only the stack's status does.

    Parameters
    ----------
    request
        What CloudFormation asked for.
    client
        A botocore client of CloudFormation; made when it is first needed if not given.
    """

    def __init__(self, request: Request, client: BaseClient | None = None) -> None:
        self._request = request
        self._client = client
        self._asked = False

    def cancels(self, step: Step, progress: Progress) -> bool:
        """Tell whether the request is void, asking the stack only if ``step`` depends on it."""
        kind = self._request.type
        if kind is RequestType.CREATE:
            if not isinstance(step, Do) or (step.act is Act.START and progress.attempts == 0):
                return False
            return self.is_undone()
        if kind is RequestType.UPDATE and not isinstance(step, Done):
            if isinstance(step, Fail) and step.rule in (Rule.ABSENT, Rule.GONE):
                return False
            if self._asked and not isinstance(step, Do | Fail):
                return False
            return self.is_undone()
        return False

    def is_undone(self) -> bool:
        """Tell whether the stack rolls back or is being deleted.

        When the question fails, the answer is no: the request goes on as an ordinary one.
        """
        self._asked = True
        if self._request.type is RequestType.DELETE:
            return False
        try:
            answer = self._call(
                "DescribeStacks", "describe_stacks", StackName=self._request.stack_id
            )
            status = str(answer["Stacks"][0]["StackStatus"])
        except (ServiceError, LookupError, TypeError) as error:
            log.line("stack-not-read", error=str(error))
            return False
        return "ROLLBACK" in status or status.startswith("DELETE")

    def spares(self) -> bool:
        """Tell whether another resource of the stack holds the session, so that it is not stopped.

        That is so for the length of a deploy when a construct is renamed. A resource that is being
        deleted itself does not count. When the question fails, the answer is no.
        """
        try:
            return any(self._holds(resource) for resource in self._resources())
        except (ServiceError, LookupError, TypeError, AttributeError) as error:
            log.line("stack-not-read", error=str(error))
            return False

    def _holds(self, resource: dict[str, Any]) -> bool:
        return (
            resource["LogicalResourceId"] != self._request.logical_id
            and resource["ResourceType"] == self._request.resource_type
            and resource.get("PhysicalResourceId") == self._request.session_id
            and not resource["ResourceStatus"].startswith("DELETE")
        )

    def _resources(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            answer = self._call(
                "ListStackResources",
                "list_stack_resources",
                StackName=self._request.stack_id,
                **page,
            )
            found += answer["StackResourceSummaries"]
            if not answer.get("NextToken"):
                break
            page = {"NextToken": answer["NextToken"]}
        return found

    def _call(self, operation: str, method: str, **parameters: str) -> dict[str, Any]:
        if self._client is None:
            self._client = aws.client("cloudformation", aws.QUESTION_SECONDS)
        return aws.call(self._client, operation, method, **parameters)
