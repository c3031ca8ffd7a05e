"""The real CDK CLI, run against the local cloud."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nimble_local.cloud.errors import LocalCloudError
from nimble_local.cloud.servers import processes
from nimble_local.cloud.servers.environment import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nimble_local.cloud.access import Access
    from nimble_local.cloud.folder import Folder

LAST_LINES: Final = 20
CLI: Final = "aws-cdk@2"
"""The npm package of the CLI."""

# Options of `cdk deploy` that need a change set, or choose how stacks are changed.
_METHODS: Final = (
    "--method",
    "--change-set-name",
    "--execute",
    "--no-execute",
    "--import-existing-resources",
    "--revert-drift",
    "--hotswap",
)
_JSII_CACHE: Final = "JSII_RUNTIME_PACKAGE_CACHE_ROOT"
_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@dataclass(frozen=True)
class Result:
    """The result of a run of the CLI.

    Attributes
    ----------
    status
        Its exit status.
    output
        Its complete output.
    """

    status: int
    output: str

    @property
    def last_lines(self) -> str:
        """The end of the output, where the CLI reports errors."""
        return "\n".join(self.output.rstrip().splitlines()[-LAST_LINES:])

    @property
    def last_line(self) -> str:
        """The last non-empty line of the output."""
        return self.last_lines.rpartition("\n")[2].strip() or f"it ended with status {self.status}"


def find_cli(project: Path, path: str | None) -> str:
    """Return the CDK CLI of a project, from ``node_modules`` or from ``PATH``.

    Parameters
    ----------
    project
        The folder of the app.
    path
        The user's ``PATH``.

    Raises
    ------
    LocalCloudError
        Node.js or the CLI is missing; the message says which, and how to install it.
    """
    if shutil.which("node", path=path) is None:
        raise LocalCloudError(
            "Node.js is not installed, or not in PATH; the CDK CLI needs version 20 or newer: "
            "https://nodejs.org"
        )
    for folder in (project, *project.parents):
        found = folder / "node_modules" / ".bin" / "cdk"
        if found.exists():
            return str(found)
    installed = shutil.which("cdk", path=path)
    if installed is None:
        raise LocalCloudError(f"The CDK CLI is not installed: npm install {CLI}")
    return installed


def deploy_options(options: Sequence[str]) -> tuple[str, ...]:
    """Return the options of a deploy that needs no approval and creates no change set.

    Parameters
    ----------
    options
        The user's options. If one of them needs a change set, the CLI creates it.
    """
    direct = () if any(each.startswith(_METHODS) for each in options) else ("--method", "direct")
    return ("--require-approval", "never", "--progress", "events", *direct, *options)


def inherited(caller: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the CLI and the app inherit from the user's environment.

    An app may read any variable, except those that name an account, credentials, a region, an
    endpoint or a proxy: everything here talks to this machine only.
    """
    return {
        name: value
        for name, value in caller.items()
        if not name.startswith(("AWS_", "CDK_")) and name.lower() not in _PROXIES
    }


class CdkCli:
    """Runs ``cdk`` in a project's folder, without the user's AWS settings.

    Parameters
    ----------
    folder
        The cloud's folder.
    caller
        The user's environment.
    access
        The access to MiniStack; None for no access.

    Raises
    ------
    LocalCloudError
        The CLI is missing; see `find_cli`.
    """

    def __init__(self, folder: Folder, caller: Mapping[str, str], access: Access | None) -> None:
        self._folder = folder
        self._cli = find_cli(folder.project, caller.get("PATH"))
        # Version managers of Node and Python read their settings from HOME, and jsii can reuse the
        # user's cache.
        home = {name: caller[name] for name in ("HOME", _JSII_CACHE) if name in caller}
        self._environment = {
            "CDK_VALIDATION": "false",
            **inherited(caller),
            **child_environment(folder, caller, access),
            **home,
        }

    def run(
        self,
        command: str,
        *arguments: str,
        app: str | None = None,
        context: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> Result:
        """Run a command of the CLI; an exception ends it and all its children.

        Parameters
        ----------
        command, *arguments
            Such as ``deploy`` and ``--require-approval never``.
        app
            The command that synthesises, or the folder of an assembly. Default: that of
            ``cdk.json``.
        context
            Passed as ``-c name=value``.
        on_line
            Called with each line as it's printed.
        meanwhile
            Called once the CLI has been started, before its first line is read.
        """
        pairs = [text for pair in (context or {}).items() for text in ("-c", "=".join(pair))]
        where = ["--app", app] if app else []
        # An assembly isn't synthesised, so it needs no output folder.
        if app is None or not Path(app).is_dir():
            where += ["--output", str(self._folder.assembly)]
        line = [command, *arguments, *where, *pairs, "--no-notices", "--no-color"]
        lines = []
        with self._start(line) as child:
            try:
                if meanwhile is not None:
                    meanwhile()
                for text in child.stdout or ():
                    lines.append(text)
                    if on_line is not None:
                        on_line(text.rstrip("\n"))
            except BaseException:
                _end(child)
                raise
        return Result(child.returncode, "".join(lines))

    def _start(self, line: Sequence[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - the CLI of the project
            [self._cli, *line],
            cwd=self._folder.project,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )


def _end(child: subprocess.Popen[str]) -> None:
    identity = processes.identify(child.pid)
    if identity is not None:
        processes.end([identity])
    child.wait()
