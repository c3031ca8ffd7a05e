"""The local cloud of a run: MiniStack with the benchmark's corrections, and the emulator."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3

from harness.places import BENCHMARKS, NODE_PATH, ROOT, WORK
from nimble_local.cloud.deployment.cdk import CdkCli
from nimble_local.cloud.folder import Folder
from nimble_local.cloud.interrupts import Interrupts
from nimble_local.cloud.servers.definitions import EMULATOR, Emulator, Launch, MiniStack
from nimble_local.cloud.servers.supervisor import Supervisor
from nimble_local.control_client import Control

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nimble_local.cloud.servers.record import Record


@dataclass(frozen=True)
class BenchMiniStack(MiniStack):
    """MiniStack as `harness.environment.ministack` corrects it, with Lambda's Node runtime."""

    app: str = "harness.environment.ministack:app"

    def launch(self) -> Launch:
        """Return what one start needs."""
        launch = super().launch()
        more = {
            "PYTHONPATH": str(BENCHMARKS),
            "NODE_PATH": str(NODE_PATH),
            # The waits and retries of a state machine take their real time.
            "SFN_WAIT_SCALE": "1",
        }
        return replace(launch, variables={**launch.variables, **more})


@dataclass(frozen=True)
class BenchCloud:
    """The local cloud while it runs."""

    folder: Folder
    record: Record
    cdk: CdkCli
    control: Control

    @property
    def emulator(self) -> str:
        """The URL of the emulator."""
        return self.record.url(EMULATOR)

    def client(self, service: Any) -> Any:
        """Return a boto3 client of MiniStack."""
        arguments: dict[str, Any] = {**self.record.access.client_arguments()}
        return boto3.client(service, **arguments)


def app_command() -> str:
    """Return the app command for the CDK CLI; the context names the peer."""
    return f"env PYTHONPATH={BENCHMARKS} {sys.executable} -m peers.app"


@contextmanager
def running(start_seconds: float) -> Iterator[BenchCloud]:
    """Start a local cloud, and end it.

    Parameters
    ----------
    start_seconds
        The length of a start.
    """
    folder = Folder(ROOT, WORK / "cloud")
    emulator = Emulator(("--start-seconds", str(start_seconds), "--stop-seconds", "1"))
    interrupts = Interrupts()
    supervisor = Supervisor(folder, (BenchMiniStack(), emulator), os.environ, interrupts)
    with interrupts.installed():
        try:
            record = supervisor.ensure().record
            # As in a deployment to AWS, the CDK checks the templates.
            cdk = CdkCli(folder, {**os.environ, "CDK_VALIDATION": "true"}, record.access)
            yield BenchCloud(folder, record, cdk, Control(record.url(EMULATOR)))
        finally:
            supervisor.stop()
