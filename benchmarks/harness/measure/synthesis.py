"""The growth of synthesis: ``python -m harness.measure.synthesis STACKS SESSIONS [vpc]``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from cdk_nimble_streaming_session import StreamingSession, StreamingSessionProvider
from harness.places import BENCHMARKS, ROOT, WORK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.progress import Progress

VPC: Final = "vpc"
_PATH: Final = os.pathsep.join([str(BENCHMARKS), str(ROOT / "constructs")])


def run(
    sessions: Sequence[int], stacks: Sequence[int], rounds: int, progress: Progress
) -> dict[str, Any]:
    """Synthesise one stack with many sessions, and many stacks with a session in a VPC each.

    Returns
    -------
    dict
        ``runs``: for each app its stacks, the sessions in each, and the processor time in seconds
        that Python and Node took for it, in the shortest of several rounds, since other work on the
        machine only adds to it.
    """
    each_app = [(1, each, False) for each in sessions] + [(each, 1, True) for each in stacks]
    apps = each_app * rounds
    used: dict[tuple[int, int, bool], list[float]] = {app: [] for app in apps}
    for number, (count, each, vpc) in enumerate(apps, 1):
        used[count, each, vpc].append(_measured(count, each, vpc=vpc))
        progress.step(number / len(apps))
    return {
        "runs": [
            {"stacks": count, "sessions": each, "vpc": vpc, "cpu_seconds": round(min(seconds), 2)}
            for (count, each, vpc), seconds in used.items()
        ]
    }


def _measured(stacks: int, sessions: int, *, vpc: bool) -> float:
    command = [sys.executable, "-m", "harness.measure.synthesis", str(stacks), str(sessions)]
    with (WORK / "synthesis.log").open("w") as log:
        child = subprocess.Popen(  # noqa: S603 - this Python
            command + [VPC] * vpc,
            # The CDK's own check of templates takes three quarters of a synthesis.
            env=os.environ | {"PYTHONPATH": _PATH, "CDK_VALIDATION": "false"},
            stdout=log,
            stderr=log,
        )
        # Includes the processes that it has waited for: Node.
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: see {log.name}")
    return usage.ru_utime + usage.ru_stime


def synthesise(stacks: int, sessions: int, *, vpc: bool) -> None:
    """Synthesise some stacks with some sessions each."""
    with tempfile.TemporaryDirectory() as out:
        app = cdk.App(outdir=out)
        for number in range(stacks):
            stack = cdk.Stack(app, f"Studio{number}")
            provider = StreamingSessionProvider(
                stack,
                "Provider",
                endpoint_url="https://nimble.example.com",
                vpc=_vpc(stack) if vpc else None,
            )
            for seat in range(sessions):
                StreamingSession(
                    stack,
                    f"Seat{seat}",
                    studio_id="us-west-2:stid-abc123",
                    session_id=f"seat-{number}-{seat}",
                    provider=provider,
                )
        app.synth()


def _vpc(stack: cdk.Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-west-2a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
    )


if __name__ == "__main__":
    synthesise(int(sys.argv[1]), int(sys.argv[2]), vpc=VPC in sys.argv[3:])
