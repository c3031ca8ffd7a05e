"""One cold start in a separate process: ``python probe.py KIND FOLDER REQUEST``.

The kinds are the functions below. Runs as a script, with the function's folder first on the path
as in Lambda. It prints to standard error what everything from before the first import to after the
answer took.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any


class LambdaContext:
    """Lambda's context object, for an invocation with a time limit in seconds."""

    function_name = "Function"
    invoked_function_arn = "arn:aws:lambda:us-west-2:000000000000:function:Function"

    def __init__(self, seconds: float) -> None:
        self._end = time.time() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return int((self._end - time.time()) * 1000)


def handler(folder: str, request: dict[str, Any]) -> None:
    """Import the function and have it handle a request."""
    from importlib import import_module  # noqa: PLC0415 - part of what is measured

    module = import_module("index" if (Path(folder) / "index.py").exists() else "handler")
    module.handler(request["event"], LambdaContext(request["seconds"]))


def client(folder: str, request: dict[str, Any]) -> None:
    """Make a plain client of the runtime's boto3 and read the session with it."""
    os.environ["AWS_DATA_PATH"] = f"{folder}/models"
    import boto3  # noqa: PLC0415 - part of what is measured

    properties = request["event"]["ResourceProperties"]
    service: Any = "nimble"
    ids = {"studioId": properties["StudioId"], "sessionId": properties["SessionId"]}
    boto3.client(service).get_streaming_session(**ids)


def ec2_client(_folder: str, request: dict[str, Any]) -> None:
    """Make a plain client of the runtime's boto3 and read the instance with it."""
    import boto3  # noqa: PLC0415 - part of what is measured

    instance = request["event"]["ResourceProperties"]["Id"]
    boto3.client("ec2").describe_instances(InstanceIds=[instance])


def main() -> None:
    """Run one cold start, and print its figures."""
    kind, folder, text = sys.argv[1:]
    request = json.loads(text)
    sys.path.insert(0, folder)
    known, wall, cpu = set(sys.modules), time.perf_counter(), time.process_time()
    {"handler": handler, "client": client, "ec2_client": ec2_client}[kind](folder, request)
    taken, worked = time.perf_counter() - wall, time.process_time() - cpu
    # The peak of this process; the one of getrusage may include the parent's.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    found = {
        "wall_ms": round(taken * 1000, 1),
        "cpu_ms": round(worked * 1000, 1),
        "modules": len(set(sys.modules) - known),
        "peak_mib": round(int(status["VmHWM"].split()[0]) / 1024, 1),
    }
    print(json.dumps(found), file=sys.stderr)


if __name__ == "__main__":
    main()
