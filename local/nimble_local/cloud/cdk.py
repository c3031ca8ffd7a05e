"""The real CDK CLI, run against the local cloud."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nimble_local.cloud import processes
from nimble_local.cloud.environment import ACCOUNT, REGION, child_environment
from nimble_local.cloud.errors import LocalCloudError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nimble_local.cloud.access import Access
    from nimble_local.cloud.folder import Folder

LAST_LINES: Final = 20


@dataclass(frozen=True)
class Result:
    """What a run of the CLI came to.

    Attributes
    ----------
    status
        Its exit status.
    output
        Everything that it printed.
    """

    status: int
    output: str

    @property
    def last_lines(self) -> str:
        """The end of the output, which is where the CLI says what went wrong."""
        return "\n".join(self.output.rstrip().splitlines()[-LAST_LINES:])


class CdkCli:
    """Runs ``cdk`` in the project's folder, with nothing of the caller's AWS settings.

    Parameters
    ----------
    folder
        The cloud's folder.
    caller
        The environment of the person who called.
    access
        How to call MiniStack.
    """

    def __init__(self, folder: Folder, caller: Mapping[str, str], access: Access) -> None:
        self._folder = folder
        self._environment = child_environment(folder, caller, access)

    def bootstrap(self) -> None:
        """Make the bootstrap stack, without which nothing can be deployed.

        Raises
        ------
        LocalCloudError
            When the CLI fails; the text ends with the last lines it wrote.
        """
        result = self.run("bootstrap", f"aws://{ACCOUNT}/{REGION}")
        if result.status:
            raise LocalCloudError(f"cdk bootstrap failed:\n{result.last_lines}")

    def run(
        self,
        command: str,
        *arguments: str,
        app: str | None = None,
        context: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Result:
        """Run a command of the CLI to its end; an exception ends it and all its children.

        Parameters
        ----------
        command, *arguments
            Such as ``deploy`` and ``--require-approval never``.
        app
            What the CLI runs to synthesise. Default: what ``cdk.json`` says.
        context
            Becomes ``-c name=value``.
        on_line
            Is given each line when it is printed.
        """
        pairs = [text for pair in (context or {}).items() for text in ("-c", "=".join(pair))]
        where = ["--app", app] if app else []
        line = [command, *arguments, *where, *pairs, "--no-notices", "--no-color"]
        lines = []
        with self._start(line) as child:
            try:
                for text in child.stdout or ():
                    lines.append(text)
                    if on_line is not None:
                        on_line(text.rstrip("\n"))
            except BaseException:
                _end(child)
                raise
        return Result(child.returncode, "".join(lines))

    def _start(self, line: Sequence[str]) -> subprocess.Popen[str]:
        # To bootstrap an account no app is needed, but the CLI runs one where it finds cdk.json.
        bootstraps = line[0] == "bootstrap"
        output = [] if bootstraps else ["--output", str(self._folder.assembly)]
        return subprocess.Popen(  # noqa: S603 - the pinned CLI
            [str(self._folder.cdk), *line, *output],
            cwd=self._folder.state if bootstraps else self._folder.project,
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
