"""The gate in front of MiniStack, which lets only signed requests in, and none from web pages.

MiniStack runs code, and by itself it answers every page and process that finds its port.
"""

from __future__ import annotations

import asyncio
import json
import re
from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from nimble_local.cloud.gate import signature
from nimble_local.cloud.gate.signature import Request
from nimble_local.cloud.servers.definitions import HEALTH

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping
    from datetime import datetime

    Scope = Mapping[str, Any]
    Message = Mapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

HOW_TO_SIGN: Final = "`nimble-local env` prints this cloud's credentials."

# These names always mean this machine, and no outsider controls them. S3 and API Gateway use names
# below localhost.
_LOOPBACK: Final = re.compile(
    r"(?:(?:[a-z0-9_-]+\.)*localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?",
    re.IGNORECASE,
)


def refusal(request: Request) -> str | None:
    """Return why a request is refused before its signature is checked, None if it isn't.

    Browsers add ``Origin`` and ``Sec-Fetch-Site`` to a page's requests, and the page can't
    prevent it. SDKs and command lines send neither.

    Parameters
    ----------
    request
        The request.
    """
    host = request.headers.get("host", "")
    if _LOOPBACK.fullmatch(host) is None:
        return f"The local cloud answers only to the host names of loopback, not to {host!a}."
    if "origin" in request.headers:
        return "The local cloud refuses requests from web pages."
    if request.headers.get("sec-fetch-site", "none") != "none":
        return "The local cloud refuses requests from web pages."
    return None


def read_request(scope: Scope) -> Request:
    """Return the parts of an ASGI scope that the gate checks."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), _decode(raw_value)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Request(
        method=scope.get("method", "GET"),
        path=scope["raw_path"].decode("latin-1").partition("?")[0],
        query=parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True),
        headers=headers,
    )


def _decode(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


class Gate:
    """An ASGI application that passes on allowed requests.

    Parameters
    ----------
    app
        MiniStack.
    secret_of
        Returns the secret of a valid access key id, None for any other.
    prepare
        Runs when the server starts, and ends before the first request gets in.
    now
        The time in UTC.
    """

    def __init__(
        self,
        app: App,
        secret_of: Callable[[str], str | None],
        prepare: Callable[[], Coroutine[Any, Any, None]],
        now: Callable[[], datetime] = signature.utc_now,
    ) -> None:
        self._app = app
        self._secret_of = secret_of
        self._prepare = prepare
        self._now = now
        self._prepared: asyncio.Future[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            self._preparation()
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = read_request(scope)
        why = refusal(request)
        if why is None and not _asks_for_health(request):
            await self._preparation()
            body, receive = await _read_body(request, receive)
            why = self._bad_signature(request, body)
        if why is None:
            await self._app(scope, receive, send)
        else:
            await _refuse(request, why, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = read_request(scope)
        await self._preparation()
        if refusal(request) is None and self._bad_signature(request, b"") is None:
            await self._app(scope, receive, send)
        else:
            await receive()
            # Before the handshake, this becomes a 403.
            await send({"type": "websocket.close", "code": 1008})

    def _bad_signature(self, request: Request, body: bytes) -> str | None:
        why = signature.refusal(request, body, self._secret_of, self._now())
        return why and f"{why} {HOW_TO_SIGN}"

    def _preparation(self) -> asyncio.Future[None]:
        if self._prepared is None:
            self._prepared = asyncio.ensure_future(self._prepare())
        return self._prepared


def _asks_for_health(request: Request) -> bool:
    return request.method == "GET" and request.path == HEALTH and not request.query


async def _read_body(request: Request, receive: Receive) -> tuple[bytes, Receive]:
    """Read the body if the signature covers it; return it, and a callable that replays it."""
    if not request.is_signed_with_body:
        return b"", receive
    message = await whole_body(receive)
    return message.get("body", b""), replayed(message, receive)


async def whole_body(receive: Receive) -> Message:
    """Return one message with the body of a request, or the message that came in its place."""
    chunks: list[bytes] = []
    message: Message = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        if message["type"] != "http.request":
            return message
        chunks.append(message.get("body", b""))
    return {"type": "http.request", "body": b"".join(chunks), "more_body": False}


def replayed(first: Message, receive: Receive) -> Receive:
    """Return a callable that returns a message that was received, and then receives the others."""
    waiting = [first]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def _speaks_xml(request: Request) -> bool:
    form = "x-www-form-urlencoded" in request.headers.get("content-type", "")
    return form or "/s3/aws4_request" in request.headers.get("authorization", "")


async def _refuse(request: Request, why: str, send: Send) -> None:
    if _speaks_xml(request):
        kind = "text/xml"
        error = f"<Code>AccessDenied</Code><Message>{escape(why, quote=False)}</Message>"
        text = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
    else:
        kind, text = "application/json", json.dumps({"__type": "AccessDenied", "message": why})
    body = text.encode()
    headers = {
        b"content-type": kind.encode(),
        b"content-length": str(len(body)).encode(),
        b"x-amzn-errortype": b"AccessDenied",
        b"connection": b"close",
    }
    await send({"type": "http.response.start", "status": 403, "headers": [*headers.items()]})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})
