"""A local cloud for tests of CDK apps; the pytest fixture ``nimble_cloud`` is one."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from nimble_local.cloud.deployment import report
from nimble_local.cloud.deployment.cdk import CdkCli, deploy_options
from nimble_local.cloud.deployment.stacks import StackEvent, Stacks, cloudformation
from nimble_local.cloud.errors import LocalCloudError
from nimble_local.cloud.folder import Folder
from nimble_local.cloud.interrupts import Interrupts
from nimble_local.cloud.servers.definitions import EMULATOR, default_servers
from nimble_local.cloud.servers.supervisor import Supervisor
from nimble_local.control_client import Control
from nimble_local.fixture import Nimble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nimble_local.cloud.servers.record import Record

__all__ = ["DeployFailedError", "Deployment", "LocalCloud", "StackEvent", "local_cloud"]

_LOOK_EVERY_SECONDS: Final = 0.2
_DELETE_LIMIT_SECONDS: Final = 600.0


class Assembly(Protocol):
    """A synthesised app."""

    @property
    def directory(self) -> str:
        """The folder of its cloud assembly."""


class SynthesizableApp(Protocol):
    """An app of the CDK, ``aws_cdk.App``."""

    def synth(self) -> Assembly:
        """Synthesise it."""


@dataclass(frozen=True)
class Deployment:
    """A successful deploy, and the state after it.

    Attributes
    ----------
    outputs
        The outputs of each stack, by its name.
    sessions
        The streaming sessions of the stacks by their ids, as the emulator reports them: with
        ``state``, ``backups`` and ``history``.
    events
        The events of the stacks during the deploy, oldest first.
    journal
        The requests to the emulator during the deploy, oldest first.
    log
        The output of the CDK CLI.
    """

    outputs: Mapping[str, Mapping[str, str]]
    sessions: Mapping[str, Mapping[str, Any]]
    events: Sequence[StackEvent]
    journal: Sequence[Mapping[str, Any]]
    log: str


class DeployFailedError(Exception):
    """A deploy failed; the message contains the full reason.

    Attributes
    ----------
    events
        The events of the stacks during the deploy, oldest first.
    log
        The output of the CDK CLI.
    """

    def __init__(self, message: str, events: Sequence[StackEvent], log: str) -> None:
        super().__init__(message)
        self.events = events
        self.log = log


class LocalCloud:
    """A local cloud for tests; `local_cloud` creates it.

    Attributes
    ----------
    nimble
        The emulator: its endpoint, clock, faults and journal, as in the fixture ``nimble``.
    environment
        Variables that point AWS SDKs and CLIs at this cloud.
    """

    def __init__(self, folder: Folder, caller: Mapping[str, str], record: Record) -> None:
        self._folder = folder
        self._caller = caller
        self._record = record
        self._control = Control(record.url(EMULATOR))
        self._cloudformation = cloudformation(record.access)
        self._stacks = Stacks(self._cloudformation)
        self.nimble = Nimble(record.url(EMULATOR))
        self.environment = {
            **record.access.variables(),
            "AWS_ENDPOINT_URL_NIMBLE": record.url(EMULATOR),
        }

    def client(self, service: str) -> Any:
        """Return a boto3 client of this cloud's CloudFormation, Lambda, SSM, S3, ..."""
        import boto3  # noqa: PLC0415 - see cloudformation

        make: Any = boto3.client
        return make(service, **self._record.access.client_arguments())

    def deploy(
        self,
        app: SynthesizableApp | str | Path,
        *,
        context: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> Deployment:
        """Deploy all stacks of an app with the CDK CLI.

        Functions use the emulator unless the app names another endpoint.

        Parameters
        ----------
        app
            An ``aws_cdk.App``, which is synthesised, or a folder with a ``cdk.json``.
        context
            Context values, for an app in a folder.
        options
            Options of ``cdk deploy``.

        Raises
        ------
        DeployFailedError
            The deploy failed; the message says why.
        """
        if isinstance(app, str | Path):
            cdk, where = self._cdk(Path(app).absolute()), None
        else:
            cdk, where = self._cdk(self._folder.project), app.synth().directory
        known = [int(entry["number"]) for entry in self._control.journal(limit="1")]
        began = datetime.now(UTC) - timedelta(milliseconds=1)
        result = cdk.run(
            "deploy",
            "--all",
            *deploy_options(options),
            app=where,
            context=context,
        )
        events = self._stacks.events(began)
        if result.status:
            found = report.causes(events)
            why = "\n".join(report.cause(event) for event in found) or result.last_lines
            raise DeployFailedError(why, events, result.output)
        held = {each.session_id for each in self._stacks.sessions()}
        return Deployment(
            outputs=self._stacks.outputs(),
            sessions={k: v for k, v in self._control.sessions().items() if k in held},
            events=events,
            journal=self._control.journal(after=str(known[0] if known else 0)),
            log=result.output,
        )

    def destroy(self) -> None:
        """Delete all stacks, newest first, and wait until they're gone.

        Raises
        ------
        LocalCloudError
            A stack can't be deleted; the message says why.
        """
        for name in self._stacks.statuses():
            began = datetime.now(UTC) - timedelta(milliseconds=1)
            self._cloudformation.delete_stack(StackName=name)
            if self._settled(name) is not None:
                why = [report.cause(event) for event in report.causes(self._stacks.events(began))]
                raise LocalCloudError(f"Stack {name} can't be deleted: {'; '.join(why)}")

    def reset(self) -> None:
        """Delete all stacks, by force if necessary, and restore the emulator's initial state."""
        self.nimble.faults.clear()
        self.nimble.clock.run()
        for name in self._stacks.statuses():
            self._cloudformation.delete_stack(StackName=name)
            if self._settled(name) is not None:
                self._cloudformation.delete_stack(StackName=name, DeletionMode="FORCE_DELETE_STACK")
                self._settled(name)
        self.nimble.reset()

    def close(self) -> None:
        """Close the connections."""
        self.nimble.close()
        self._cloudformation.close()

    def _cdk(self, project: Path) -> CdkCli:
        return CdkCli(Folder(project, self._folder.state), self._caller, self._record.access)

    def _settled(self, name: str) -> str | None:
        """Wait while a stack is in progress; return its final status, None if it's gone."""
        deadline = time.monotonic() + _DELETE_LIMIT_SECONDS
        while (status := self._stacks.statuses().get(name)) and status.endswith("_IN_PROGRESS"):
            if time.monotonic() > deadline:
                break
            time.sleep(_LOOK_EVERY_SECONDS)
        return status


@contextmanager
def local_cloud(
    project: str | Path = ".",
    *,
    seed: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    state: Path | None = None,
) -> Iterator[LocalCloud]:
    """Run a local cloud, MiniStack and the emulator, while the block runs.

    It starts within seconds, and leaves nothing behind.

    Parameters
    ----------
    project
        A folder; the CDK CLI comes from its ``node_modules``, one above it, or ``PATH``.
    seed
        A seed for the emulator; see docs/emulator.md.
    settings
        Settings of the emulator in snake case, such as ``start_seconds``: see "What is inferred".
    state
        An empty folder for the cloud's files. Default: a temporary one.

    Raises
    ------
    LocalCloudError
        Node.js or the CLI is missing, or the cloud didn't start; the message says what to do.
    ValueError
        Something in the seed is missing, unknown or wrong.
    """
    # So that `python` in cdk.json is the Python of the tests.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    caller = {**os.environ, "PATH": path}
    with ExitStack() as stack:
        if state is None:
            state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nimble-local-")))
        folder = Folder(Path(project).absolute(), state)
        supervisor = Supervisor(
            folder, default_servers(_flags(settings or {})), caller, Interrupts()
        )
        # Checks for the CLI before anything starts.
        CdkCli(folder, caller, None)
        stack.callback(supervisor.stop)
        record = supervisor.ensure().record
        cloud = LocalCloud(folder, caller, record)
        stack.callback(cloud.close)
        cloud.nimble.seed(seed or {})
        yield cloud


def _flags(settings: Mapping[str, Any]) -> list[str]:
    flags: list[str] = []
    for name, value in settings.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            flags.append(f"--{'' if value else 'no-'}{flag}")
        else:
            flags += [f"--{flag}", str(value)]
    return flags
