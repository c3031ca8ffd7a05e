"""Entry point of the function: whatever goes wrong behind it, CloudFormation hears of it.

The rest of the code is imported inside the guard, so that an error in it, even a broken import, is
answered instead of leaving the stack to wait for ``ServiceTimeout``.
"""

from __future__ import annotations

import http.client
import json
import traceback
from urllib.parse import urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_ANSWER_SECONDS = 10


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Handle one request of CloudFormation, or go on with a wait that was handed over.

    Parameters
    ----------
    event
        CloudFormation's request, with one more key, ``Continuation``, after a hand-over.
    context
        Lambda's context object.

    Raises
    ------
    Exception
        Only when no answer could be delivered: Lambda then runs the event again.
    """
    try:
        from streaming_session import main  # noqa: PLC0415 - an import error is answered too
    except Exception as error:  # noqa: BLE001 - the last guard; it answers with the error
        _answer_without_the_rest(event, error)
        return
    main.handle(event, context)


def _answer_without_the_rest(event: Mapping[str, Any], error: Exception) -> None:
    """Answer FAILED with nothing but the standard library, since our own code can't be loaded."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    reason = (
        f"The function's own code could not be loaded ({type(error).__name__} in line "
        f"{last.lineno} of {last.filename.rsplit('/', 1)[-1]}); nothing was done to the session. "
        "Deploy a whole release of cdk-nimble-streaming-session. "
        "See docs/operations.md#function-broken"
    )
    print(json.dumps({"event": "broken", "reason": reason}))  # noqa: T201 - the function's log
    properties = event.get("ResourceProperties")
    session = properties.get("SessionId") if isinstance(properties, dict) else None
    # A Delete must not hold up the stack for a fault that CloudFormation can't mend.
    is_delete = event.get("RequestType") == "Delete"
    document = {
        "Status": "SUCCESS" if is_delete else "FAILED",
        "Reason": reason,
        "PhysicalResourceId": event.get("PhysicalResourceId") or f"{session}:not-started",
        "StackId": event.get("StackId"),
        "RequestId": event.get("RequestId"),
        "LogicalResourceId": event.get("LogicalResourceId"),
    }
    url = urlsplit(event["ResponseURL"])
    secure = url.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(url.netloc, timeout=_ANSWER_SECONDS)
    try:
        path = f"{url.path}?{url.query}" if url.query else url.path
        connection.request("PUT", path, json.dumps(document).encode(), {"Content-Type": ""})
        connection.getresponse().read()
    finally:
        connection.close()
