"""MiniStack that records each invocation of a function: its event, start, end and log.

It can also date a stack's requests back, as if they had waited in Lambda's queue.

hypercorn serves it in place of ``nimble_local.cloud.gate.gated_ministack``, behind the same gate. A
log group is deleted with its stack, so the logs of a rollback or a deletion can't be read there.
The version of MiniStack is pinned; a release that has moved a wrapped function fails at once.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from threading import Lock, local
from typing import Any
from uuid import uuid4

from ministack.services import lambda_svc  # type: ignore[import-untyped]
from ministack.services.cloudformation import (  # type: ignore[import-untyped]
    custom_resource,
)

from nimble_local.cloud.gate import corrections
from nimble_local.cloud.gate.gated_ministack import app
from nimble_local.cloud.gate.signature import utc_now
from soak.cloud.invocations import age, moment

__all__ = ["app"]

# Functions inherit the environment, but must not get these variables.
os.environ.pop("PYTHONPATH", None)
_file = Path(os.environ.pop("SOAK_INVOCATIONS"))
_lock = Lock()
_made = local()
_dispatch = lambda_svc._execute_function_dispatch


def _note(**values: Any) -> None:
    with _lock, _file.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": moment(), **values}) + "\n")


def _noted(func: Any, config: Any, event: Any, *more: Any) -> dict[str, Any]:
    number = str(uuid4())
    _note(
        number=number,
        function=config["FunctionName"],
        stack=event["StackId"].split("/")[1],
        request=event["RequestId"],
        kind=event["RequestType"],
        resource=event["LogicalResourceId"],
        session=event["ResourceProperties"].get("SessionId", ""),
        physical=event.get("PhysicalResourceId", ""),
        onward="Continuation" in event,
        event=event,
    )
    result: dict[str, Any] = {"error": True}
    try:
        result = _dispatch(func, config, event, *more)
    finally:
        body = result.get("body") if result.get("error") else None
        error = body.get("errorMessage", "failed") if isinstance(body, dict) else ""
        _note(number=number, error=error, log=result.get("log", ""))
    return result


_request = custom_resource.invoke_custom_resource


def _dated(
    kind: str, logical_id: str, properties: Any, stack: str, *more: Any, **named: Any
) -> Any:
    _made.before = age(_file, stack)
    try:
        return _request(kind, logical_id, properties, stack, *more, **named)
    finally:
        _made.before = 0.0


lambda_svc._execute_function_dispatch = _noted
custom_resource.invoke_custom_resource = _dated
# The date that signs the ResponseURL.
vars(corrections)["utc_now"] = lambda: utc_now() - timedelta(seconds=getattr(_made, "before", 0.0))
