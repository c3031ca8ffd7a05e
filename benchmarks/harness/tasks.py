"""The two tasks that the benchmark compares beyond sessions, and the ways to do them."""

from __future__ import annotations

from typing import Final

from harness.peers import CALL, FRAMEWORK, OURS
from harness.places import BENCHMARKS

FOLDER: Final = BENCHMARKS / "tasks"

TASKS: Final = {
    "instance": "start an instance and use its address",
    "run": "run a state machine and use its result",
}
"""The tasks, by the names of their folders."""

WAYS: Final = {
    OURS.name: "cdk_waiter (this project)",
    FRAMEWORK.name: "provider framework",
    CALL.name: "AwsCustomResource, no wait",
}
"""The ways to do them, by the names of their modules."""

WAITS: Final = (OURS.name, FRAMEWORK.name)
"""The ways that wait until the task is done."""

REQUESTS_WITHOUT_A_WAIT: Final = 2
"""The other one makes a call that starts the task, and one that reads what it is then."""
