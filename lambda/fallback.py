"""The answer to a request that can't be carried out, with or without a working engine.

It imports only `outbound` and the standard library, so that `handler` can always answer.
"""

import json
import sys
import time
import traceback
from collections.abc import Mapping
from typing import Any

from outbound import deliver, put_once

NOT_STARTED = ":not-started"
"""Suffix of the PhysicalResourceId of a Create that started nothing."""
_MAX_ID_LENGTH = 128
_MAX_ID_BYTES = 999
_OLDEST_PYTHON = 3, 11


def properties(event: Mapping[str, Any], age: str = "") -> Mapping[str, Any]:
    """Return the event's properties, or its ``Old`` ones; empty unless they're a mapping."""
    given = event.get(f"{age}ResourceProperties")
    return given if isinstance(given, dict) else {}


def named(event: Mapping[str, Any]) -> str:
    """Return the id of the event's run, or in its properties, valid or not, as printable text."""
    given = properties(event)
    found = given.get("Id") or str(given.get("SessionId", ""))[:_MAX_ID_LENGTH]
    # CloudFormation's limit is 1 KB. A hand-over adds the id of a run to the event.
    text = "".join(filter(str.isprintable, str(event.get("Run") or found)))
    return text.encode()[:_MAX_ID_BYTES].decode(errors="ignore")


def document(
    event: Mapping[str, Any], status: str, reason: str, physical_id: str
) -> dict[str, Any]:
    """Return an answer as CloudFormation expects it."""
    ids = {key: event.get(key, "") for key in ("StackId", "RequestId", "LogicalResourceId")}
    return {"Status": status, "Reason": reason, "PhysicalResourceId": physical_id, **ids}


def failed(event: Mapping[str, Any], reason: str, *, started: bool) -> dict[str, Any]:
    """Return the answer to a request that can't be carried out.

    ``started`` is true if the request may have started its resource. The id then stays, so that its
    Delete can stop it. Otherwise the Delete of a new id mustn't do any harm. If the id of a new run
    isn't known, an Update keeps that of the run before. A Delete fails only if it had to stop
    something; any other one mustn't hold up the stack.
    """
    deletes = event.get("RequestType") == "Delete"
    given = event.get("PhysicalResourceId")
    physical_id = str(given or named(event) + NOT_STARTED)
    unknown = given and properties(event).get("Kind") == "Run" and "Run" not in event
    if started and not deletes and not unknown:
        physical_id = named(event)
    acts = properties(event).get("OnDelete") in ("STOP", "CANCEL")
    stops = acts and not physical_id.endswith(NOT_STARTED)
    status = "SUCCESS" if deletes and not stops else "FAILED"
    return document(event, status, reason, physical_id)


def placed(error: BaseException) -> str:
    """Return an error's name and place. Its text is left out: it may contain a credential."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    path, line = last.filename, last.lineno
    if isinstance(error, SyntaxError):
        # Its traceback ends at the import of the file that can't be read.
        path, line = error.filename or path, error.lineno or line
    return f"{type(error).__name__} in line {line} of {path.rpartition('/')[2]}"


def answer(event: Mapping[str, Any], context: Any, error: BaseException) -> None:
    """Answer a request when ``error`` keeps the function from loading.

    Raises UndeliverableError if CloudFormation doesn't take the answer.
    """
    goes_on, noun = "Continuation" in event, properties(event).get("Noun", "session")
    advice = "Deploy a whole release of cdk-nimble-streaming-session."
    if sys.version_info < _OLDEST_PYTHON:
        version, oldest = (".".join(map(str, v[:2])) for v in (sys.version_info, _OLDEST_PYTHON))
        advice = f"It runs on Python {version}: set its runtime to Python {oldest} or newer."
    reason = (
        f"The function can't be loaded: {placed(error)}. "
        f"{'' if goes_on else f'Nothing was done to the {noun}. '}{advice} "
        "See docs/operations.md#function-broken"
    )
    _log("broken", reason=reason)
    if url := event.get("ResponseURL"):
        body = json.dumps(failed(event, reason, started=goes_on)).encode()
        deliver(
            url,
            body,
            put_once,
            time.sleep,
            lambda: context.get_remaining_time_in_millis() / 1e3,
            _log,
        )


def _log(event: str, **values: str) -> None:
    print(json.dumps({"event": event, **values}))  # noqa: T201 - the function's log
