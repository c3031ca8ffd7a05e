"""Cold starts and memory of functions, each in a fresh process, interleaved."""

from __future__ import annotations

import compileall
import json
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness.environment.functions import Surroundings, surroundings
from harness.places import FUNCTIONS
from nimble_local.emulator.seed.default_seed import SESSION_ID

if TYPE_CHECKING:
    from random import Random

    from harness.progress import Progress

_PROBE: Final = Path(__file__).with_name("probe.py")

KINDS: Final = {
    "ours": ("handler", "ours"),
    "on_boto3": ("handler", "on_boto3"),
    "plain_client": ("client", "waiter"),
    "declared": ("handler", "declared"),
    "ec2_client": ("ec2_client", "waiter"),
}
"""This project's function, the same on a bundled boto3, and a boto3 client of the runtime; this
project's function for declared resources with an instance of EC2, whose model is the largest, and
a boto3 client of that."""

INSTANCE: Final = {
    "Kind": "Started",
    "Noun": "instance",
    "Id": "i-0123456789abcdef0",
    **{
        name: {
            "Service": "ec2",
            "Operation": operation,
            "Parameters": {"InstanceIds": ["i-0123456789abcdef0"]},
        }
        for name, operation in (("Read", "DescribeInstances"), ("Start", "StartInstances"))
    },
    "State": "Reservations[0].Instances[0].State.Name",
    "Phases": {"Ready": ["running"], "Stopped": ["stopped"], "Starting": ["pending"]},
    "Attributes": {"PrivateIpAddress": "Reservations[0].Instances[0].PrivateIpAddress"},
}
"""The properties of an instance that is started."""

RUNTIME: Final = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "urllib3")
"""The packages of Lambda's Python runtime, which are already compiled."""

_INVOCATION_SECONDS: Final = 900.0
_TOO_SHORT_SECONDS: Final = 1.5
_HANGING_SECONDS: Final = 180.0
"""A function that can't read the session would wait until the deadline of its request."""

SITUATIONS: Final = ("start", "update", "handed_over")
"""A start with a wait; one in an update, which also reads the stack; one that is handed over."""


def measured(around: Surroundings, kind: str, state: str, situation: str) -> dict[str, Any]:
    """Run one function cold on a session in a state; return the figures that it reports."""
    around.put_session(SESSION_ID, state)
    how, folder = KINDS[kind]
    event = around.event(update=situation == "update")
    if folder == "declared" or how == "ec2_client":
        event["ResourceProperties"] = dict(INSTANCE)
    event["ResourceProperties"]["PollIntervalSeconds"] = "1"
    seconds = _TOO_SHORT_SECONDS if situation == "handed_over" else _INVOCATION_SECONDS
    request = json.dumps({"event": event, "seconds": seconds})
    command = [sys.executable, str(_PROBE), how, str(FUNCTIONS / folder), request]
    handed_over = len(around.endpoint.handed_over)
    done = subprocess.run(  # noqa: S603 - this Python
        command,
        env=around.variables() | ({"RESOURCES": folder} if folder == "declared" else {}),
        capture_output=True,
        text=True,
        check=True,
        timeout=_HANGING_SECONDS,
    )
    if (situation == "handed_over") != (len(around.endpoint.handed_over) > handed_over):
        raise RuntimeError(f"{kind} didn't behave as in {situation}:\n{done.stdout}")
    found: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
    return found


def run(times: int, random: Random, progress: Progress) -> dict[str, Any]:
    """Measure all cold starts, in rounds of random order, and then the memory.

    Returns
    -------
    dict
        ``cold``: records by kind; ``memory``: the highest peak in MiB, by kind and situation.
    """
    cold: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    memory: dict[str, dict[str, float]] = {}
    for package in RUNTIME:
        with resources.as_file(resources.files(package)) as folder:
            compileall.compile_dir(folder, quiet=2)
    with surroundings(1.0) as around:
        for number in range(times):
            for kind in random.sample(list(KINDS), len(KINDS)):
                cold[kind].append(measured(around, kind, "READY", "start"))
            progress.step((number + 1) / (times + 1))
    with surroundings(2.0) as around:
        for kind in ("ours", "on_boto3"):
            memory[kind] = {
                each: max(
                    measured(around, kind, "STOPPED", each)["peak_mib"]
                    for _ in range(max(1, times // 10))
                )
                for each in SITUATIONS
            }
    return {"cold": cold, "memory": memory}
