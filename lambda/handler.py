"""Entry point of the function: whatever goes wrong behind it, CloudFormation hears of it."""

import json
import traceback
from collections.abc import Mapping
from typing import Any

from streaming_session.put import put_once


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Handle one request of CloudFormation, or go on with a wait that was handed over.

    Raises only when no answer could be delivered: Lambda then runs the event again.
    """
    try:
        from streaming_session import main  # noqa: PLC0415 - an import error is answered too
    except Exception as error:  # noqa: BLE001 - the last guard; it answers with the error
        _answer_without_the_rest(event, error)
    else:
        main.handle(event, context)


def _answer_without_the_rest(event: Mapping[str, Any], error: Exception) -> None:
    last = traceback.extract_tb(error.__traceback__)[-1]
    path, line = last.filename, last.lineno
    if isinstance(error, SyntaxError):
        # Its traceback ends at the import of the file that can't be read.
        path, line = error.filename or path, error.lineno or line
    reason = (
        f"The function can't be loaded: {type(error).__name__} in line {line} of "
        f"{path.rpartition('/')[2]}. "
        "Nothing was done to the session. Deploy a whole release of cdk-nimble-streaming-session. "
        "See docs/operations.md#function-broken"
    )
    print(json.dumps({"event": "broken", "reason": reason}))  # noqa: T201 - the function's log
    properties = event.get("ResourceProperties")
    session = properties.get("SessionId") if isinstance(properties, dict) else None
    document = {
        # A Delete must not hold up the stack for a fault that CloudFormation can't mend.
        "Status": "SUCCESS" if event.get("RequestType") == "Delete" else "FAILED",
        "Reason": reason,
        "PhysicalResourceId": event.get("PhysicalResourceId") or f"{session}:not-started",
        **{key: event.get(key) for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    put_once(event["ResponseURL"], json.dumps(document).encode())
