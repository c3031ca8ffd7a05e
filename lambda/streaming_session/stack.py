"""The stack around the request: what it says of it, and when it is worth asking."""

import random
import time
from collections.abc import Callable
from typing import Any

from . import aws, log
from .exceptions import Kind, ServiceError
from .plan import Act, Do, Done, Fail, Rule, Step
from .request import Request, RequestType

_MOST_PAGES = 10
_PASSING = {Kind.THROTTLED, Kind.TRANSIENT}
_LONGEST_DELAY_SECONDS = 8
"""Delays are below 1, 2, 4 and 8, at random: all sessions of a stack may ask at one moment."""


class Stack:
    """What the wait must know of the request's own stack before it acts.

    CloudFormation rolls a stack back while a resource still waits, and its next request does not
    say so: only the stack's status does. A question that finds CloudFormation busy or out of reach
    is asked again; one that fails changes nothing.
    """

    def __init__(
        self,
        request: Request,
        client: Any = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._request = request
        self._client = client
        self._sleep = sleep
        self._chance = chance
        self._asked = False
        self._longest = 1

    def cancels(self, step: Step, *, at_once: bool = False) -> bool:
        """Tell whether the request is void, asking the stack only if ``step`` depends on it.

        What a Create decides ``at_once``, from the first read of its first invocation, is as young
        as the request.
        """
        if self._request.type is RequestType.CREATE:
            asks = isinstance(step, Do) and not (step.act is Act.START and at_once)
        else:
            absent = isinstance(step, Fail) and step.rule in (Rule.ABSENT, Rule.GONE)
            acts = isinstance(step, Do | Fail) and not absent
            asks = acts or not (self._asked or isinstance(step, Done | Fail))
        return asks and self.is_undone()

    def is_undone(self) -> bool:
        """Tell whether the stack rolls back or is being deleted, or no longer waits for a Create.

        A Create that Lambda runs once more, after its answer, finds a stack that is complete.
        """
        self._asked, self._longest = True, 1
        if self._request.type is RequestType.DELETE:
            return False
        try:
            status = str(self._call("DescribeStacks")["Stacks"][0]["StackStatus"])
        except (ServiceError, LookupError, TypeError) as error:
            log.line("stack-not-read", error=str(error))
            return False
        undone = "ROLLBACK" in status or status.startswith("DELETE")
        over = "CLEANUP" in status or not status.endswith("_IN_PROGRESS")
        return undone or (over and self._request.type is RequestType.CREATE)

    def spares(self) -> bool:
        """Tell whether another resource of the stack holds the session: one renamed, mostly.

        Raises ServiceError, THROTTLED or TRANSIENT, when the question got no answer five times.
        """
        page: dict[str, str] = {}
        self._longest = 1
        try:
            for _ in range(_MOST_PAGES):
                answer = self._call("ListStackResources", **page)
                if any(self._holds(resource) for resource in answer["StackResourceSummaries"]):
                    return True
                if not answer.get("NextToken"):
                    break
                page = {"NextToken": answer["NextToken"]}
        except (ServiceError, LookupError, TypeError, AttributeError) as error:
            if isinstance(error, ServiceError) and error.kind in _PASSING:
                # The wait asks again: to stop what another resource holds does harm.
                raise
            log.line("stack-not-read", error=str(error))
        return False

    def _holds(self, resource: dict[str, Any]) -> bool:
        return (
            resource["LogicalResourceId"] != self._request.logical_id
            and resource["ResourceType"] == self._request.resource_type
            and resource.get("PhysicalResourceId") == self._request.session_id
            and not resource["ResourceStatus"].startswith("DELETE")
        )

    def _call(self, operation: str, **page: str) -> dict[str, Any]:
        self._client = self._client or aws.client("cloudformation", aws.QUESTION_SECONDS)
        while True:
            try:
                return aws.call(self._client, operation, StackName=self._request.stack_id, **page)
            except ServiceError as error:
                error.operation, error.topic = f"cloudformation:{operation}", "stack-not-read"
                if error.kind not in _PASSING or self._longest > _LONGEST_DELAY_SECONDS:
                    raise
            self._sleep(self._longest * self._chance())
            self._longest *= 2
