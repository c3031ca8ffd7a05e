"""``make deploy`` and ``make destroy``: ``python -m nimble_local.cloud deploy``."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Final

from nimble_local.cloud.deployment.commands import App, Commands
from nimble_local.cloud.deployment.report import Tool
from nimble_local.cloud.errors import LocalCloudError
from nimble_local.cloud.run import command
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

_USAGE: Final = 2


def app_of(variables: Mapping[str, str]) -> App:
    """Return the app with the context of make's variables.

    Raises
    ------
    LocalCloudError
        A variable doesn't apply to the local cloud; the message says which, and what to do.
    """
    if variables.get("ENDPOINT_URL"):
        raise LocalCloudError(
            "ENDPOINT_URL is for TARGET=aws: the local cloud has its own endpoint. Leave it "
            "out, or deploy to your account: make deploy TARGET=aws STUDIO_ID=... SESSION_ID=... "
            "ENDPOINT_URL=..."
        )
    if bool(variables.get("STUDIO_ID")) != bool(variables.get("SESSION_ID")):
        raise LocalCloudError(
            "STUDIO_ID and SESSION_ID go together: set both, or neither to use the local cloud's "
            "default session."
        )
    session_id = variables.get("SESSION_ID") or SESSION_ID
    context = {
        "studio_id": variables.get("STUDIO_ID") or STUDIO_ID,
        "session_id": session_id,
        "backup_id": variables.get("BACKUP_ID"),
        "triggers": variables.get("TRIGGERS"),
    }
    given = {name: value for name, value in context.items() if value}
    return App(given, session_id=session_id)


def main(arguments: list[str]) -> int:
    """Run a command and return its exit status."""
    if arguments not in (["deploy"], ["destroy"]):
        print("usage: python -m nimble_local.cloud deploy|destroy", file=sys.stderr)  # noqa: T201
        return _USAGE
    tool = Tool(
        deploy="make deploy",
        destroy="make destroy",
        start=f"make deploy TRIGGERS={time.strftime('%Y-%m-%dT%H:%M:%S')}",
        nimble_local=".venv/bin/nimble-local",
    )
    # aws-cdk-lib caches in HOME; here that's the cloud's folder, which is deleted with it.
    caller = {name: value for name, value in os.environ.items() if name != "HOME"}

    def run(commands: Commands) -> int:
        if arguments == ["deploy"]:
            return commands.deploy(app_of(os.environ))
        return commands.destroy(App({"studio_id": STUDIO_ID, "session_id": SESSION_ID}))

    return command(tool, run, caller=caller)


raise SystemExit(main(sys.argv[1:]))
