"""A local cloud as the tests see it: apps are deployed to it, and read back."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from nimble_local.cloud.servers.parts import EMULATOR
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID

if TYPE_CHECKING:
    from nimble_local.cloud.deployment.cdk import CdkCli, Result
    from nimble_local.cloud.folder import Folder
    from nimble_local.cloud.servers.record import Record
    from nimble_local.control_client import Control

APPS = Path(__file__).parents[3] / "e2e" / "apps"


@dataclass(frozen=True)
class Cloud:
    """What a test deploys to."""

    folder: Folder
    cdk: CdkCli
    control: Control
    record: Record

    def context(self, **more: str) -> dict[str, str]:
        """Return the context of an app."""
        ids = {"studio_id": STUDIO_ID, "session_id": SESSION_ID}
        return {**ids, "endpoint_url": self.record.url(EMULATOR), **more}

    def deploy(
        self, app: str, *options: str, **context: str
    ) -> tuple[Result, dict[str, dict[str, str]]]:
        """Deploy all stacks of an app; return what the CLI came to, and the outputs."""
        outputs = self.folder.state / "outputs.json"
        outputs.unlink(missing_ok=True)
        result = self.cdk.run(
            "deploy",
            "--all",
            *("--require-approval", "never", "--progress", "events"),
            *("--outputs-file", str(outputs)),
            *options,
            app=f"{sys.executable} {APPS / app}",
            context=self.context(**context),
        )
        return result, json.loads(outputs.read_text()) if outputs.exists() else {}

    def diff(self, app: str, **context: str) -> str:
        """Return what the CLI says of the difference to what is deployed."""
        command = f"{sys.executable} {APPS / app}"
        return self.cdk.run("diff", app=command, context=self.context(**context)).output

    def destroy(self, app: str, **context: str) -> Result:
        """Destroy all stacks of an app."""
        command = f"{sys.executable} {APPS / app}"
        return self.cdk.run(
            "destroy", "--all", "--force", app=command, context=self.context(**context)
        )

    def client(self, service: Any) -> Any:
        """Return a boto3 client of MiniStack."""
        arguments: dict[str, Any] = {**self.record.access.client_arguments()}
        return boto3.client(service, **arguments)

    def parameter(self, name: str) -> str:
        """Return the value of an SSM parameter."""
        return str(self.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])

    def stacks(self) -> set[str]:
        """Return the names of the stacks that exist, without the bootstrap stack."""
        found = self.client("cloudformation").describe_stacks()["Stacks"]
        return {s["StackName"] for s in found if s["StackStatus"] != "DELETE_COMPLETE"} - {
            "CDKToolkit"
        }

    def states(self, session_id: str = SESSION_ID) -> list[str]:
        """Return the states that a session went through."""
        return [m["state"] for m in self.control.sessions()[session_id]["history"]]
