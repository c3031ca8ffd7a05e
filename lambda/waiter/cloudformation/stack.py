"""The stack around a request: what its status means, and which steps need to know."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import Any, TypeVar

from waiter.exceptions import Kind, ServiceError, unreadable
from waiter.runtime import clients
from waiter.wait.model import Act, BackOff, Do, Wait

from .request import Request, RequestType

NOT_READ = "stack-not-read"
SETTLED_SECONDS = 60.0
"""From this age of a request on, a finished status is its own stack's, not an old read."""
AGREE_SECONDS = 5.0
"""The time between two answers that must agree."""
_PAGES_AT_ONCE = 10
_Answer = TypeVar("_Answer")


class Verdict(StrEnum):
    """What the stack says about a request; the last four are about the stop of a Delete."""

    GO = "go"
    VOID = "void"
    UNSURE = "unsure"
    UNLESS_HELD = "unless-held"
    IF_STARTED = "if-started"
    IF_STARTED_UNLESS_HELD = "if-started-unless-held"
    LEAVE = "leave"


class Need(Enum):
    """How much must be known of the stack before a step."""

    # None, one answer in the whole wait, an answer for this step, two that agree.
    NOTHING, ONCE, ANSWER, TWO = range(4)


@dataclass(frozen=True)
class Standing:
    """An answer of DescribeStacks.

    ``changed_at`` is the later of CreationTime and LastUpdatedTime, in seconds since the epoch;
    ``root`` the status of the root stack, where this one is nested and being deleted.
    """

    status: str
    changed_at: float = float("inf")
    root: str = ""


NO_STANDING = Standing("", 0.0)

_DELETES = {
    "DELETE_IN_PROGRESS": Verdict.GO,
    "ROLLBACK_IN_PROGRESS": Verdict.IF_STARTED,
    # No Delete belongs to this status: it is an old read.
    "CREATE_IN_PROGRESS": Verdict.IF_STARTED,
}


def judge(kind: RequestType, standing: Standing, age: float) -> Verdict:
    """Say what a stack's standing means for a request that is ``age`` seconds old.

    A stack rolls back, or finishes, while a request still waits, and only its status tells.
    """
    status, deletes = standing.status, kind is RequestType.DELETE
    if not status.endswith("_IN_PROGRESS") or ("CLEANUP" in status and not deletes):
        return Verdict.VOID if age >= SETTLED_SECONDS else Verdict.UNSURE
    if not deletes:
        undone = "ROLLBACK" in status or status.startswith("DELETE")
        return Verdict.VOID if undone else Verdict.GO
    if standing.root:
        # The parent may have failed, or the session may have moved to another nested stack.
        return _DELETES.get(standing.root, Verdict.LEAVE)
    reverts = Verdict.IF_STARTED_UNLESS_HELD if "ROLLBACK" in status else Verdict.UNLESS_HELD
    return _DELETES.get(status, reverts)


def need(kind: RequestType, step: Do | BackOff | Wait, *, at_once: bool) -> Need:
    """Say what must be known of the stack before a step.

    A start that a Create decides ``at_once``, by its first read, is as young as the request.
    """
    if isinstance(step, Do):
        if step.act is Act.STOP or step.backup:
            return Need.TWO
        return Need.NOTHING if at_once and kind is RequestType.CREATE else Need.ANSWER
    return Need.ONCE if kind is RequestType.UPDATE else Need.NOTHING


class Stack:
    """Asks CloudFormation about the stack of a request.

    Every question raises ServiceError when it gets no answer that can be read.
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

    def is_held(self) -> bool:
        """Tell whether another resource of the stack holds the session: a renamed one, mostly.

        A list whose page was refused is continued at that page.
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
            and resource.get("PhysicalResourceId") == self._request.session_id
            and not resource["ResourceStatus"].startswith("DELETE")
            for resource in answer["StackResourceSummaries"]
        )
        return held, answer.get("NextToken", "")

    def _ask(
        self, operation: str, read: Callable[[dict[str, Any]], _Answer], **more: str
    ) -> _Answer:
        called, asked = f"cloudformation:{operation}", {"StackName": self._request.stack_id, **more}
        try:
            self._client = self._client or clients.client(
                "cloudformation", clients.QUESTION_SECONDS
            )
            return read(clients.call(self._client, operation, **asked))
        except ServiceError as error:
            error.operation, error.topic = called, NOT_READ
            if error.kind is Kind.DENIED:
                error.operation += f" on {asked['StackName']}"
            if error.kind is Kind.REFUSED:
                # The page may have expired.
                self._page = {}
            raise
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise unreadable(called, type(error).__name__, NOT_READ) from error


def _read_stack(answer: dict[str, Any]) -> tuple[Standing, str]:
    (stack,) = answer["Stacks"]
    times = [stack[name] for name in ("CreationTime", "LastUpdatedTime") if stack.get(name)]
    changed_at = max((time.timestamp() for time in times), default=float("inf"))
    return Standing(str(stack["StackStatus"]), changed_at), stack.get("RootId", "")
