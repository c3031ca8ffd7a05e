"""The commands deploy and destroy, as run by make and by nimble-local."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nimble_local.cloud.deployment import report
from nimble_local.cloud.deployment.cdk import CdkCli, deploy_options, find_cli
from nimble_local.cloud.deployment.stacks import Stacks, cloudformation
from nimble_local.cloud.deployment.wait import in_progress, wait_until_idle
from nimble_local.cloud.deployment.watch import watched
from nimble_local.cloud.errors import InterruptedByUserError, LocalCloudError
from nimble_local.cloud.servers.definitions import EMULATOR
from nimble_local.control_client import Control

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nimble_local.cloud.deployment.cdk import Result
    from nimble_local.cloud.deployment.report import Tool
    from nimble_local.cloud.folder import Folder
    from nimble_local.cloud.servers.record import Record
    from nimble_local.cloud.servers.supervisor import Supervisor

_FAILED: Final = 1
_STARTING: Final = "Starting the local cloud (MiniStack and the Nimble emulator) ..."


@dataclass(frozen=True)
class App:
    """The app to deploy, which ``cdk.json`` in the cloud's folder names.

    Attributes
    ----------
    context
        Passed as ``-c name=value``, together with ``endpoint_url``, the emulator's URL.
    stacks
        The stacks to deploy or destroy; all of the app's when empty.
    options
        More options for the CLI.
    session_id
        The session in the context; None if only the app knows its sessions.
    """

    context: Mapping[str, str] = field(default_factory=dict)
    stacks: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    session_id: str | None = None


class Progress:
    """Prints the CLI's lines up to the first failure, and keeps the rest.

    After a failure the CLI repeats it and prints the function's whole log, including that of
    earlier deploys. The report states the failure once; otherwise `release` prints the rest.

    Parameters
    ----------
    say
        Prints a line.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._kept: list[str] = []

    def line(self, text: str) -> None:
        """Print or keep a line."""
        if self._kept or text.startswith(("Failed resources:", "❌")):
            self._kept.append(text)
        else:
            self._say(text)

    def release(self) -> None:
        """Print the lines that were kept."""
        for text in self._kept:
            self._say(text)
        self._kept.clear()


@dataclass(frozen=True)
class Commands:
    """The commands and their dependencies.

    Attributes
    ----------
    folder, supervisor
        The local cloud.
    caller
        The user's environment.
    tool
        The user's commands, as advice names them.
    say
        Prints a line.
    sleep
        Sleeps for some seconds.
    """

    folder: Folder
    supervisor: Supervisor
    caller: Mapping[str, str]
    tool: Tool
    say: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep

    def start(self) -> int:
        """Start the local cloud unless it runs."""
        if self.supervisor.running() is None:
            self.say(_STARTING)
            try:
                self.supervisor.ensure()
            except BaseException:
                self.supervisor.stop()
                raise
        return 0

    def deploy(self, app: App, warn_if_running: str = "") -> int:
        """Start the local cloud unless it runs, deploy the app, and report its sessions.

        Parameters
        ----------
        app
            The app.
        warn_if_running
            Printed if the cloud already runs.

        Returns
        -------
        int
            0 when the deploy succeeded and all sessions of the stacks are READY at its end, else 1.
        """
        began = time.monotonic()
        running: Record | None = None
        starts = False
        try:
            find_cli(self.folder.project, self.caller.get("PATH"))
            running = self.supervisor.running()
            starts = running is None
            if starts:
                self.say(_STARTING)
            elif warn_if_running:
                self.say(warn_if_running)
            record = running or self.supervisor.begin().record
            status = self._deploy(record, app, starts=starts)
        except BaseException as error:
            if starts:
                self.supervisor.stop()
            if isinstance(error, InterruptedByUserError):
                if starts:
                    error.message = (
                        "Interrupted. Everything that this command started has been ended."
                    )
                elif running is not None:
                    error.message = self._interrupted(running)
            raise
        if status == 0:
            self.say(
                f"Done in {time.monotonic() - began:.0f} s. `{self.tool.destroy}` ends everything."
            )
        self.say(f"See the sessions, stop them, break them: {record.url(EMULATOR)}")
        return status

    def destroy(self, app: App) -> int:
        """Delete the stacks and, unless only some are named, end the local cloud."""
        try:
            record = self.supervisor.running()
            status = 0 if record is None else self._destroy(record, app)
            if app.stacks:
                return status
            ended = self.supervisor.stop()
        except InterruptedByUserError as error:
            error.message = (
                f"Interrupted. The local cloud may still run. `{self.tool.destroy}` ends it."
            )
            raise
        self.say("The local cloud has ended." if ended else "Nothing was running.")
        return status

    def _destroy(self, record: Record, app: App) -> int:
        statuses = _stacks(record).statuses()
        if not statuses:
            return 0
        going = in_progress(statuses)
        if going:
            self.say(f"Still being changed, so this may take a minute: {', '.join(going)}")
        self.say("Deleting the stacks ...")
        names = app.stacks or ("--all",)
        # The deployed assembly is known, and the app itself may be broken.
        assembly = self.folder.assembly
        known = (assembly / "manifest.json").exists() and not app.options
        result = self._cdk(record).run(
            "destroy",
            *names,
            "--force",
            *app.options,
            app=str(assembly) if known else None,
            context=_context(record, app),
        )
        if result.status:
            self.say(result.last_lines)
            return _FAILED
        return 0

    def _deploy(self, record: Record, app: App, *, starts: bool) -> int:
        control, stacks = Control(record.url(EMULATOR)), _stacks(record)
        tool = self._tool(record)
        if not starts:
            _check(app, control.sessions(), tool)
            statuses = wait_until_idle(stacks, control, self.say, self.sleep)
            broken = report.broken_lines(statuses, tool)
            if broken and not app.options:
                for line in broken:
                    self.say(line)
                return _FAILED
        began = datetime.now(UTC)
        self.say("Deploying with the cdk CLI ...")
        progress = Progress(self.say)
        with ExitStack() as watching:

            def wait() -> None:
                # The CLI synthesises first, and its requests wait until the cloud answers.
                if starts:
                    self.supervisor.wait()
                    _check(app, control.sessions(), tool)
                watching.enter_context(watched(control, self.say))

            result = self._run(record, app, progress, wait)
        # CloudFormation's times are in milliseconds.
        events = stacks.events(began - timedelta(milliseconds=1))
        if result.status:
            self.folder.cli_log.write_text(result.output, encoding="utf-8")
            if not report.causes(events):
                progress.release()
            lines = report.failure_lines(
                events, stacks.statuses(), control.faults(), result.last_line, tool
            )
            lines.append(f"The CLI's full output: {self.folder.cli_log}")
        else:
            resources, sessions = stacks.sessions(), control.sessions()
            lines = report.session_lines(resources, sessions, events, tool)
        for line in lines:
            self.say(line)
        if result.status:
            return _FAILED
        return 0 if all(report.is_ready(each, sessions) for each in resources) else _FAILED

    def _run(
        self, record: Record, app: App, progress: Progress, meanwhile: Callable[[], None]
    ) -> Result:
        names = app.stacks
        # The first option may be a stack's name.
        if not names and (not app.options or app.options[0].startswith("-")):
            names = ("--all",)
        return self._cdk(record).run(
            "deploy",
            *names,
            *deploy_options(app.options),
            context=_context(record, app),
            on_line=progress.line,
            meanwhile=meanwhile,
        )

    def _interrupted(self, record: Record) -> str:
        going = in_progress(_stacks(record).statuses())
        if not going:
            return "Interrupted. No stack is being changed, and the local cloud still runs."
        what = "the stack update" if "(UPDATE_" in going[0] else "the work on the stack"
        return (
            f"Interrupted, but {what} continues: {', '.join(going)}. "
            f"`{self.tool.deploy}` waits for it first; `{self.tool.destroy}` ends everything."
        )

    def _tool(self, record: Record) -> Tool:
        """Return the commands with the cloud's seed file, named from the project if it's in it."""
        seed = Path(record.seed)
        if record.seed and seed.is_relative_to(self.folder.project):
            seed = seed.relative_to(self.folder.project)
        return replace(self.tool, seed=str(seed) if record.seed else "")

    def _cdk(self, record: Record) -> CdkCli:
        return CdkCli(self.folder, self.caller, record.access)


def _stacks(record: Record) -> Stacks:
    return Stacks(cloudformation(record.access))


def _context(record: Record, app: App) -> dict[str, str]:
    return {"endpoint_url": record.url(EMULATOR), **app.context}


def _check(app: App, sessions: Mapping[str, Any], tool: Tool) -> None:
    if app.session_id is None or not report.is_gone(sessions.get(app.session_id)):
        return
    problem = (
        f"Session {app.session_id} has been deleted. The local cloud still has"
        if app.session_id in sessions
        else f"The local cloud has no session {app.session_id}. It has"
    )
    others = [name for name, session in sessions.items() if not report.is_gone(session)]
    raise LocalCloudError(
        f"{problem}: {', '.join(others) or 'none'}. Deploy one of these, or create one with "
        f"`{tool.nimble_local} create`. {tool.start_over}"
    )
