"""MiniStack with two differences from AWS corrected, both in favour of the peers.

Hypercorn serves it in place of the gated MiniStack of ``nimble_local.cloud``, behind the same gate.
The version of MiniStack is pinned; a release without these internals fails at once.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from ministack.core import lambda_runtime  # type: ignore[import-untyped]
from ministack.services import eventbridge  # type: ignore[import-untyped]

from nimble_local.cloud.gate.gated_ministack import app

if TYPE_CHECKING:
    import subprocess

__all__ = ["app"]

# Functions inherit the environment, but must not import from this folder.
os.environ.pop("PYTHONPATH", None)

# EventBridge fires a rule on time; MiniStack checks only every ten seconds.
if not hasattr(eventbridge, "_SCHEDULER_TICK_INTERVAL"):
    raise ImportError("MiniStack has no _SCHEDULER_TICK_INTERVAL: adapt this module.")
eventbridge._SCHEDULER_TICK_INTERVAL = 1  # noqa: SLF001 - there is no setting for it

# A handler that raises leaves Lambda's environment as it is, and the provider framework raises
# whenever a resource is not complete. MiniStack ends the process then, and each poll would be a
# cold start.
_held = threading.local()
_invoke, _signal, _collect = (
    lambda_runtime.Worker.invoke,
    lambda_runtime._signal,  # noqa: SLF001
    lambda_runtime._collect,  # noqa: SLF001
)


def _kept(worker: Any, *arguments: Any, **more: Any) -> dict[str, Any]:
    """Invoke, and keep a worker whose handler raised."""
    _held.process = []
    try:
        result: dict[str, Any] = _invoke(worker, *arguments, **more)
        held, _held.process = _held.process, None
    finally:
        _held.process = None
    for process in held:
        # A trace shows that the handler raised; a process that hangs or has ended is useless.
        if "trace" in result and process.poll() is None:
            worker._proc = process  # noqa: SLF001
        else:
            _signal(process)
            _collect(process, 0)
    return result


def _hold(process: subprocess.Popen[str] | None) -> None:
    held = getattr(_held, "process", None)
    if held is None or process is None:
        _signal(process)
    else:
        held.append(process)


def _hold_back(process: subprocess.Popen[str] | None, deadline: float) -> None:
    if getattr(_held, "process", None) is None:
        _collect(process, deadline)


lambda_runtime.Worker.invoke = _kept
lambda_runtime._signal = _hold  # noqa: SLF001
lambda_runtime._collect = _hold_back  # noqa: SLF001
