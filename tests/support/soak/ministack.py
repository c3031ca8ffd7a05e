"""MiniStack that notes each run of a function: what it was for, when it began and ended, its log.

It is what hypercorn serves in place of ``nimble_local.cloud.gated_ministack``, and that gate is
before it as well. A log group goes with its stack, so what was said while a stack was undone or
deleted could not be read there. The version of MiniStack is pinned; a release that moves what is
wrapped here fails at once.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from ministack.services import lambda_svc  # type: ignore[import-untyped]

from nimble_local.cloud.gated_ministack import app
from soak.runs import moment

__all__ = ["app"]

# Functions inherit the environment, and none of this is theirs.
os.environ.pop("PYTHONPATH", None)
_file = Path(os.environ.pop("SOAK_RUNS"))
_lock = Lock()
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
    )
    result: dict[str, Any] = {"error": True}
    try:
        result = _dispatch(func, config, event, *more)
    finally:
        body = result.get("body") if result.get("error") else None
        error = body.get("errorMessage", "failed") if isinstance(body, dict) else ""
        _note(number=number, error=error, log=result.get("log", ""))
    return result


lambda_svc._execute_function_dispatch = _noted
