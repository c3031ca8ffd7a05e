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

_INSTANCE: Final = (
    b'<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
    b"<reservationSet><item><instancesSet><item><instanceId>i-0123456789abcdef0</instanceId>"
    b"<instanceState><code>16</code><name>running</name></instanceState>"
    b"<privateIpAddress>10.0.0.7</privateIpAddress>"
    b"</item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
)


class FunctionEndpoint(AnswerEndpoint):
    """CloudFormation, which takes answers and describes the stack, EC2, and Lambda's Invoke.

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
        """Take an invocation, or describe the stack or an instance that is running."""
        if path.endswith("/invocations"):
            self.handed_over.append(body)
            return 202, b""
        return 200, _INSTANCE if b"Action=DescribeInstances" in body else _STACK
