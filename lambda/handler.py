"""Entry point of the function: whatever goes wrong behind it, CloudFormation hears of it.

It imports nothing of its own but in its guard, so that no fault there can keep it from answering.
"""

import http.client
import json
import time
import traceback
from collections.abc import Mapping
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit, urlunsplit

PUT_SECONDS = 10.0
_TRIES = 6


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Handle one request of CloudFormation, or go on with a wait that was handed over.

    Raises only when no answer could be delivered: Lambda then runs the event again.
    """
    try:
        from streaming_session import main  # noqa: PLC0415 - an import error is answered too
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the last guard; it answers with it
        _answer_without_the_rest(event, error)
    else:
        main.handle(event, context, main.Edges(put_once))


def put_once(url: str, body: bytes, seconds: float) -> int:
    """PUT ``body`` and return the status. Redirects are not followed, certificates are checked."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    with closing(connect(parts.netloc, timeout=seconds)) as connection:
        # The URL is signed for an empty content type.
        target = urlunsplit(("", "", parts.path, parts.query, ""))
        connection.request("PUT", target, body, {"Content-Type": ""})
        return connection.getresponse().status


def _answer_without_the_rest(event: Mapping[str, Any], error: BaseException) -> None:
    last = traceback.extract_tb(error.__traceback__)[-1]
    path, line = last.filename, last.lineno
    if isinstance(error, SyntaxError):
        # Its traceback ends at the import of the file that can't be read.
        path, line = error.filename or path, error.lineno or line
    deletes, goes_on = event.get("RequestType") == "Delete", "Continuation" in event
    reason = (
        f"The function can't be loaded: {type(error).__name__} in line {line} of "
        f"{path.rpartition('/')[2]}. {'' if goes_on else 'Nothing was done to the session. '}"
        "Deploy a whole release of cdk-nimble-streaming-session. "
        "See docs/operations.md#function-broken"
    )
    print(json.dumps({"event": "broken", "reason": reason}))  # noqa: T201 - the function's log
    given = event.get("ResourceProperties")
    properties = given if isinstance(given, dict) else {}
    session = str(properties.get("SessionId"))[:128]
    physical_id = event.get("PhysicalResourceId") or f"{session}:not-started"
    if goes_on and not deletes:
        # What was begun may have started the session: it must not be forgotten.
        physical_id = session
    # A Delete that has to stop nothing must not hold up the stack.
    stops = properties.get("OnDelete") == "STOP" and not physical_id.endswith(":not-started")
    document = {
        "Status": "SUCCESS" if deletes and not stops else "FAILED",
        "Reason": reason,
        "PhysicalResourceId": physical_id,
        **{key: event.get(key) for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    _deliver(event["ResponseURL"], json.dumps(document).encode())


def _deliver(url: str, body: bytes) -> None:
    fault = ""
    for attempt in range(_TRIES):
        time.sleep(attempt)
        try:
            status = put_once(url, body, PUT_SECONDS)
        except (OSError, http.client.HTTPException, ValueError) as error:
            # The text of such an error may hold the URL, which is a credential.
            fault = type(error).__name__
        else:
            # 403: it was answered before, or the URL has expired.
            if status // 100 == 2 or status == 403:  # noqa: PLR2004 - statuses of HTTP
                return
            fault = f"HTTP status {status}"
    raise RuntimeError(f"CloudFormation did not take the answer: {fault}")
