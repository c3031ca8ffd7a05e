"""The server for all calls of a benchmarked function except those to the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from testkit.answer_endpoint import AnswerEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

_STACK: Final = (
    b'<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
    b"<DescribeStacksResult><Stacks><member><StackName>Bench</StackName>"
    b"<CreationTime>2026-11-25T00:00:00Z</CreationTime>"
    b"<StackStatus>UPDATE_IN_PROGRESS</StackStatus>"
    b"</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
)


class FunctionEndpoint(AnswerEndpoint):
    """CloudFormation, which takes answers and describes the stack, and Lambda's Invoke.

    Attributes
    ----------
    handed_over
        The bodies of all invocations.
    """

    keep_alive: ClassVar[bool] = True

    def __init__(self) -> None:
        self.handed_over: list[bytes] = []
        super().__init__()

    @property
    def answers(self) -> list[bytes]:
        """The bodies of all answers."""
        return [body for _, body in self.puts]

    def ask(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:  # noqa: ARG002
        """Take an invocation, or describe the stack."""
        if path.endswith("/invocations"):
            self.handed_over.append(body)
            return 202, b""
        return 200, _STACK
