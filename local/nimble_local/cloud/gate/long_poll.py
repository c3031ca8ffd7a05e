"""Long polling for the CDK CLI: a request for a stack's status waits until the stack is done.

The CLI polls every 5 s, so it would report a stack that is done after 6 s only after 10.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from nimble_local.cloud.gate.gate import replayed, whole_body

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from nimble_local.cloud.gate.gate import App, Message, Receive, Scope, Send

HELD_SECONDS: Final = 30.0
"""The longest time for which an answer is held back."""
LOOK_EVERY_SECONDS: Final = 0.1

_CLI: Final = b"aws-cdk/"
_FORM: Final = b"x-www-form-urlencoded"
# A stack in review isn't being changed: the CLI executes its change set after this answer.
_IN_PROGRESS: Final = re.compile(rb"<StackStatus>(?!REVIEW_)\w+_IN_PROGRESS</StackStatus>")


class LongPoll:
    """An ASGI application that holds the CDK CLI's requests for the status of a stack in progress.

    Other clients are answered at once: they may want to see the progress.

    Parameters
    ----------
    app
        MiniStack.
    sleep
        A coroutine function that sleeps for some seconds.
    """

    def __init__(
        self, app: App, sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep
    ) -> None:
        self._app = app
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; repeat the CLI's for a stack's status until the stack is done."""
        if scope["type"] != "http" or not _is_form_of_cli(scope):
            await self._app(scope, receive, send)
            return
        question = await whole_body(receive)
        if not _asks_for_a_stack(question):
            await self._app(scope, replayed(question, receive), send)
            return
        left = asyncio.ensure_future(receive())
        looks = round(HELD_SECONDS / LOOK_EVERY_SECONDS)
        try:
            answer = await self._ask(scope, question)
            while looks and not left.done() and _IN_PROGRESS.search(_body(answer)):
                looks -= 1
                await self._sleep(LOOK_EVERY_SECONDS)
                answer = await self._ask(scope, question)
        finally:
            left.cancel()
        for message in answer:
            await send(message)

    async def _ask(self, scope: Scope, question: Message) -> list[Message]:
        answer: list[Message] = []

        async def receive() -> Message:
            return question

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, keep)
        return answer


def _is_form_of_cli(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return _CLI in headers.get(b"user-agent", b"") and _FORM in headers.get(b"content-type", b"")


def _asks_for_a_stack(question: Message) -> bool:
    form = parse_qs(question.get("body", b""))
    return form.get(b"Action") == [b"DescribeStacks"] and b"StackName" in form


def _body(answer: list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in answer)
