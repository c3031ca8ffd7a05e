"""The answer's way to CloudFormation. Only this module knows the ResponseURL."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from streaming_session import log
from streaming_session.exceptions import UndeliverableError
from streaming_session.text import cut_to_bytes, json_size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streaming_session.answer import Answer

MAX_BYTES: Final = 4096
"""CloudFormation's limit for the whole document."""

PUT_SECONDS: Final = 10
_FIRST_DELAY_SECONDS: Final = 0.5
_LONGEST_DELAY_SECONDS: Final = 15.0
_OK: Final = 200
_NOT_OK: Final = 300
_FORBIDDEN: Final = 403
_AGAIN: Final = frozenset({408, 429})
_SERVER_ERROR: Final = 500

_KEPT: Final = frozenset({"Arn", "State", "StatusCode"})


def document(event: Mapping[str, Any], answer: Answer) -> bytes:
    """Return the answer as CloudFormation wants it, in at most 4,096 bytes.

    What does not fit is cut, and the cut logged: the tags first, then the status message, then
    the reason, then what else is long. The ARN, ids, state and status code stay whole.
    """
    values: dict[str, Any] = {
        "Status": "SUCCESS" if answer.success else "FAILED",
        "Reason": answer.reason,
        "PhysicalResourceId": answer.physical_id,
        "StackId": event.get("StackId", ""),
        "RequestId": event.get("RequestId", ""),
        "LogicalResourceId": event.get("LogicalResourceId", ""),
        "Data": dict(answer.data),
    }
    whole = _encode(values)
    if len(whole) <= MAX_BYTES:
        return whole
    data, cut = values["Data"], []
    if data.get("Tags"):
        # Half a JSON text is none: they go as a whole.
        data["Tags"] = ""
        cut.append("Tags")
    others = sorted((n for n in data if _may_be_cut(n)), key=lambda n: -len(data[n]))
    for holder, name in ((data, "StatusMessage"), (values, "Reason"), *((data, n) for n in others)):
        excess = len(_encode(values)) - MAX_BYTES
        if excess <= 0:
            break
        text = holder.get(name, "")
        if text:
            holder[name] = cut_to_bytes(text, max(0, json_size(text) - excess))
            cut.append(name)
    log.line("cut", fields=cut, bytes=len(whole))
    return _encode(values)


def deliver(
    event: Mapping[str, Any],
    answer: Answer,
    put: Callable[[str, bytes], int],
    sleep: Callable[[float], None],
    time_left: Callable[[], float],
) -> None:
    """Send the answer, again and again until CloudFormation takes it.

    Parameters
    ----------
    event
        CloudFormation's request.
    answer
        What to tell it.
    put
        Sends a document to a URL and returns the HTTP status, such as `put_once`.
    sleep, time_left
        Waits for some seconds; tells how many this invocation has.

    Raises
    ------
    UndeliverableError
        When time is up first. A refusal is none: a URL that was used or has expired takes no
        answer, however often it is sent.
    """
    body = document(event, answer)
    delay = _FIRST_DELAY_SECONDS
    while True:
        fault = _try(event["ResponseURL"], body, put)
        if fault is None:
            return
        log.line("answer-not-taken", fault=fault)
        if time_left() < delay + PUT_SECONDS:
            raise UndeliverableError(f"CloudFormation did not take the answer: {fault}") from None
        sleep(delay)
        delay = min(_LONGEST_DELAY_SECONDS, delay * 2)


def put_once(url: str, body: bytes) -> int:
    """PUT ``body`` and return the status. Redirects are not followed, certificates are checked."""
    parts = urlsplit(url)
    connection = (
        http.client.HTTPSConnection(
            parts.netloc, timeout=PUT_SECONDS, context=ssl.create_default_context()
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.netloc, timeout=PUT_SECONDS)
    )
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        # The URL is signed for an empty content type.
        connection.request("PUT", target, body, {"Content-Type": ""})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _try(url: str, body: bytes, put: Callable[[str, bytes], int]) -> str | None:
    try:
        status = put(url, body)
    except (OSError, http.client.HTTPException, ValueError) as error:
        # The text of such an error may hold the URL, which is a credential.
        return type(error).__name__
    if _OK <= status < _NOT_OK:
        return None
    if status >= _SERVER_ERROR or status in _AGAIN:
        return f"HTTP status {status}"
    # 403: answered before, or expired; the others would stay what they are.
    log.line("answer-refused", status=status, answered_before=status == _FORBIDDEN)
    return None


def _may_be_cut(name: str) -> bool:
    return name not in _KEPT and not name.endswith("Id")


def _encode(values: Mapping[str, Any]) -> bytes:
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", errors="replace")
