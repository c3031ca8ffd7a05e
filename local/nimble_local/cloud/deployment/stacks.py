"""Reads the stacks of a local cloud from its CloudFormation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nimble_local.cloud.gate.bootstrap import TOOLKIT

if TYPE_CHECKING:
    from datetime import datetime

    from nimble_local.cloud.access import Access

SESSION_TYPE: Final = "Custom::NimbleStreamingSession"


@dataclass(frozen=True)
class StackEvent:
    """An event of a stack.

    Attributes
    ----------
    at
        The time of the event, in UTC.
    stack
        The stack's name.
    resource
        The logical id of the resource; the stack's name for an event of the stack.
    kind
        The resource's type, such as ``AWS::Lambda::Function``.
    status
        Such as ``CREATE_FAILED``.
    reason
        The full reason; empty if CloudFormation gives none.
    """

    at: datetime
    stack: str
    resource: str
    kind: str
    status: str
    reason: str = ""

    @property
    def is_of_the_stack(self) -> bool:
        """True if the event is about the stack itself."""
        return self.kind == "AWS::CloudFormation::Stack" and self.resource == self.stack


@dataclass(frozen=True)
class SessionResource:
    """A streaming session in a stack.

    Attributes
    ----------
    stack
        The stack's name.
    resource
        The logical id of its resource.
    session_id
        The session.
    """

    stack: str
    resource: str
    session_id: str


def cloudformation(access: Access) -> Any:
    """Return a boto3 client of a local cloud's CloudFormation."""
    import boto3  # noqa: PLC0415 - takes longer to import than the rest of a command
    from botocore.config import Config  # noqa: PLC0415

    make: Any = boto3.client
    config = Config(retries={"total_max_attempts": 3}, proxies={}, read_timeout=20)
    return make("cloudformation", config=config, **access.client_arguments())


class Stacks:
    """The stacks of a local cloud, except the CDK's own.

    Parameters
    ----------
    client
        A boto3 client of CloudFormation.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def statuses(self) -> dict[str, str]:
        """Return the status of each stack by its name, the newest stack first."""
        pages = self._client.get_paginator("describe_stacks").paginate()
        found = [stack for page in pages for stack in page["Stacks"]]
        found.sort(key=lambda stack: stack["CreationTime"], reverse=True)
        return {
            stack["StackName"]: stack["StackStatus"]
            for stack in found
            if stack["StackName"] != TOOLKIT and stack["StackStatus"] != "DELETE_COMPLETE"
        }

    def events(self, since: datetime) -> list[StackEvent]:
        """Return the events of all stacks since a moment, the oldest first."""
        found = [event for stack in self.statuses() for event in self._events(stack)]
        # Events of the same time stay in the order in which their stack reports them.
        return sorted((event for event in found if event.at >= since), key=lambda event: event.at)

    def sessions(self) -> list[SessionResource]:
        """Return the sessions of the stacks, sorted by stack and logical id."""
        found = []
        pages = self._client.get_paginator("list_stack_resources")
        for stack in self.statuses():
            for page in pages.paginate(StackName=stack):
                for each in page["StackResourceSummaries"]:
                    if each["ResourceType"] == SESSION_TYPE:
                        session_id = str(each.get("PhysicalResourceId") or "")
                        name = str(each["LogicalResourceId"])
                        found.append(SessionResource(stack, name, session_id))
        return sorted(found, key=lambda session: (session.stack, session.resource))

    def outputs(self) -> dict[str, dict[str, str]]:
        """Return the outputs of each stack."""
        pages = self._client.get_paginator("describe_stacks").paginate()
        found = [stack for page in pages for stack in page["Stacks"]]
        return {
            stack["StackName"]: {
                each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())
            }
            for stack in found
            if stack["StackName"] != TOOLKIT and stack["StackStatus"] != "DELETE_COMPLETE"
        }

    def _events(self, stack: str) -> list[StackEvent]:
        pages = self._client.get_paginator("describe_stack_events").paginate(StackName=stack)
        newest_first = [event for page in pages for event in page["StackEvents"]]
        return [
            StackEvent(
                at=each["Timestamp"],
                stack=stack,
                resource=each["LogicalResourceId"],
                kind=each["ResourceType"],
                status=each["ResourceStatus"],
                reason=each.get("ResourceStatusReason", ""),
            )
            for each in reversed(newest_first)
        ]
