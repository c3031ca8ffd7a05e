"""The local cloud of the tests: the public handle, and access to the cloud's internals."""

from __future__ import annotations

import json
import runpy
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest

from nimble_local.cloud.deployment.cdk import deploy_options
from nimble_local.cloud.servers.definitions import EMULATOR
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID
from nimble_local.testing import LocalCloud

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nimble_local.cloud.deployment.cdk import Result
    from nimble_local.cloud.folder import Folder
    from nimble_local.cloud.servers.record import Record

APPS = Path(__file__).parents[3] / "e2e" / "apps"


def _synthesise(app: str, context: Mapping[str, str], folder: Path) -> None:
    """Run an app of `APPS` in this process, with a context and a folder for its assembly."""
    made = partial(cdk.App, context=context, outdir=str(folder), analytics_reporting=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cdk, "App", made)
        runpy.run_path(str(APPS / app))


class Cloud(LocalCloud):
    """A running local cloud that deploys the apps of `tests/e2e/apps`.

    Attributes
    ----------
    folder, record
        The cloud's files, and the addresses and credentials of its servers.
    control
        The emulator's control interface.
    cdk
        The CDK CLI of this repository.
    """

    def __init__(self, folder: Folder, caller: Mapping[str, str], record: Record) -> None:
        super().__init__(folder, caller, record)
        self.folder = folder
        self.record = record
        self.control = self._control
        self.cdk = self._cdk(folder.project)
        self._synthesised: dict[tuple[str, ...], str] = {}

    def context(self, **more: str) -> dict[str, str]:
        """Return the context of an app."""
        ids = {"studio_id": STUDIO_ID, "session_id": SESSION_ID}
        return {**ids, "endpoint_url": self.record.url(EMULATOR), **more}

    def cdk_deploy(
        self, app: str, *options: str, **context: str
    ) -> tuple[Result, dict[str, dict[str, str]]]:
        """Deploy all stacks of an app; return the CLI's result, and the outputs."""
        outputs = self.folder.state / "outputs.json"
        outputs.unlink(missing_ok=True)
        words = ("--all", *deploy_options(options), "--outputs-file", str(outputs))
        result = self._run("deploy", words, app, context)
        return result, json.loads(outputs.read_text()) if outputs.exists() else {}

    def cdk_diff(self, app: str, **context: str) -> str:
        """Return the CLI's description of the difference to the deployed stacks."""
        return self._run("diff", (), app, context).output

    def cdk_destroy(self, app: str, **context: str) -> Result:
        """Destroy all stacks of an app."""
        return self._run("destroy", ("--all", "--force"), app, context)

    def _run(
        self, command: str, options: Sequence[str], app: str, context: Mapping[str, str]
    ) -> Result:
        """Run the CLI, which runs an app itself only for the app's first context.

        For the others, the app runs in this process, in a tenth of the time. Each context's
        assembly serves all commands.
        """
        context = self.context(**context)
        key = (app, *(f"{name}={value}" for name, value in sorted(context.items())))
        kept = self.folder.state / f"assembly-{len(self._synthesised)}"
        if app not in {known for known, *_ in self._synthesised}:
            program = f"{sys.executable} {APPS / app}"
            result = self.cdk.run(command, *options, app=program, context=context)
            shutil.copytree(self.folder.assembly, kept)
            self._synthesised[key] = str(kept)
            return result
        if key not in self._synthesised:
            _synthesise(app, context, kept)
            self._synthesised[key] = str(kept)
        return self.cdk.run(command, *options, app=self._synthesised[key])

    def parameter(self, name: str) -> str:
        """Return the value of an SSM parameter."""
        return str(self.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])

    def stacks(self) -> set[str]:
        """Return the names of the stacks that exist, without the bootstrap stack."""
        return set(self._stacks.statuses())

    def states(self, session_id: str = SESSION_ID) -> list[str]:
        """Return the states that a session went through."""
        return [m["state"] for m in self.control.sessions()[session_id]["history"]]
