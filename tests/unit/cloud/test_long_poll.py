"""The answers that the gate holds back until a stack is done."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from nimble_local.cloud.gate.long_poll import HELD_SECONDS, LongPoll

CLI = "aws-sdk-js/3.900.0 os/linux lang/js api/cloudformation#3.900.0 aws-cdk/2.1129.0"
ABOUT_ONE = b"Action=DescribeStacks&Version=2010-05-15&StackName=Studio"


@dataclass
class Ministack:
    """Shows one status after another, the last one forever."""

    statuses: list[str]
    asked: list[bytes] = field(default_factory=list)

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message.get("more_body", False)
        self.asked.append(body)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        shown = f"<StackStatus>{status}</StackStatus>".encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": shown})


@dataclass
class Client:
    """A client that stays until it has an answer, or leaves after some time."""

    user_agent: str = CLI
    leaves_after: float = float("inf")
    waited: float = 0.0

    def ask(self, ministack: Ministack, *parts: bytes) -> str:
        """Return the status that it's shown in the end."""
        return asyncio.run(self._ask(ministack, list(parts)))

    async def _ask(self, ministack: Ministack, parts: list[bytes]) -> str:
        sent: list[bytes] = []
        left = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if parts:
                body = parts.pop(0)
                return {"type": "http.request", "body": body, "more_body": bool(parts)}
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message.get("body", b""))

        async def sleep(seconds: float) -> None:
            self.waited += seconds
            if self.waited >= self.leaves_after:
                left.set()
            # Lets the task that receives run.
            await asyncio.sleep(0)

        form = b"application/x-www-form-urlencoded"
        headers = [(b"user-agent", self.user_agent.encode()), (b"content-type", form)]
        scope = {"type": "http", "headers": headers}
        await LongPoll(ministack, sleep)(scope, receive, send)
        return b"".join(sent).decode().split(">")[1].split("<")[0]


@pytest.mark.parametrize(
    ("statuses", "looks"),
    [
        (["CREATE_COMPLETE"], 1),
        (["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"], 3),
        (["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"], 3),
        (["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"], 3),
        (["DELETE_IN_PROGRESS", "DELETE_FAILED"], 2),
    ],
)
def test_the_cli_is_answered_once_the_stack_is_done(statuses: list[str], looks: int) -> None:
    ministack, last = Ministack(statuses), statuses[-1]
    assert Client().ask(ministack, ABOUT_ONE) == last
    assert ministack.asked == [ABOUT_ONE] * looks


@pytest.mark.parametrize(
    ("user_agent", "question", "status"),
    [
        pytest.param(CLI, ABOUT_ONE, "REVIEW_IN_PROGRESS", id="its-change-set-is-not-executed"),
        pytest.param(CLI, b"Action=DescribeStacks", "UPDATE_IN_PROGRESS", id="about-all-stacks"),
        pytest.param(
            CLI,
            b"Action=DescribeStackEvents&StackName=Studio",
            "UPDATE_IN_PROGRESS",
            id="about-its-events",
        ),
        pytest.param("Boto3/1.43", ABOUT_ONE, "UPDATE_IN_PROGRESS", id="by-another-client"),
    ],
)
def test_other_questions_are_answered_at_once(
    user_agent: str, question: bytes, status: str
) -> None:
    client, ministack = Client(user_agent), Ministack([status])
    assert client.ask(ministack, question) == status
    assert ministack.asked == [question]
    assert client.waited == 0


def test_a_long_change_is_answered_before_the_client_gives_up() -> None:
    client = Client()
    assert client.ask(Ministack(["UPDATE_IN_PROGRESS"]), ABOUT_ONE) == "UPDATE_IN_PROGRESS"
    assert client.waited == pytest.approx(HELD_SECONDS)


def test_nothing_is_asked_for_a_client_that_has_left() -> None:
    client, ministack = Client(leaves_after=1.0), Ministack(["UPDATE_IN_PROGRESS"])
    client.ask(ministack, ABOUT_ONE)
    assert client.waited < HELD_SECONDS / 2


@pytest.mark.parametrize("question", [ABOUT_ONE, b"Action=ListStacks&Version=2010-05-15"])
def test_a_question_that_comes_in_parts_passes_whole(question: bytes) -> None:
    ministack = Ministack(["CREATE_COMPLETE"])
    Client().ask(ministack, question[:9], question[9:], b"")
    assert ministack.asked == [question]
