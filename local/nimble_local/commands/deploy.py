"""``nimble-local deploy``, ``destroy`` and ``env``: a local cloud for the app in this folder."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from nimble_local.cloud.deployment.commands import App, Commands
from nimble_local.cloud.deployment.report import Tool
from nimble_local.cloud.deployment.stacks import Stacks, cloudformation
from nimble_local.cloud.errors import LocalCloudError
from nimble_local.cloud.folder import Folder
from nimble_local.cloud.run import command
from nimble_local.cloud.servers import record
from nimble_local.cloud.servers.definitions import EMULATOR
from nimble_local.commands import options
from nimble_local.commands.output import complain, say, say_aside, say_json
from nimble_local.control_client import Control
from nimble_local.emulator.seed import seed_file

if TYPE_CHECKING:
    import argparse

_UNREACHABLE = 3
_TOOL = Tool(
    deploy="nimble-local deploy",
    destroy="nimble-local destroy",
    start="deploy with another value of its `triggers`, or run nimble-local start ID",
)
_DEPLOY = """\
Starts a local cloud (MiniStack and the emulator, on loopback) unless one runs in
this folder. It keeps everything in .local and runs until you destroy it. The
emulator's URL is in the context as endpoint_url; functions without an endpoint use
it as well. The exit status is 0 when all sessions of the stacks are READY. The CDK
CLI comes from node_modules or PATH; options after -- are passed to it.

Examples:
  nimble-local deploy
  nimble-local deploy --seed studio.yaml
  nimble-local deploy Studio -- -c day=2026-11-24 --verbose
"""
_DESTROY = """\
Deletes the stacks with the CDK CLI, and ends the local cloud. If you name stacks, it
deletes only these, and the cloud keeps running.

Examples:
  nimble-local destroy
  nimble-local destroy Portal -- -c day=2026-11-24
"""
_ENV = """\
Prints shell commands that point the AWS CLI, boto3, `cdk diff` and nimble-local at
the local cloud of this folder. They contain its credentials, which work nowhere else.
With --start, a cloud that doesn't run yet is started, without any stack.

Examples:
  eval "$(nimble-local env)"
  eval "$(nimble-local env --start)"
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommands."""
    summary = "deploy the CDK app in this folder to a local cloud"
    deploying = options.add(commands, "deploy", _deploy, summary, _DEPLOY, remote=False)
    deploying.add_argument(
        "--seed",
        type=Path,
        metavar="FILE",
        help="add the contents of this YAML or JSON file to the emulator of a new cloud; "
        "see nimble-local seed --help",
    )
    summary = "delete the stacks of the CDK app in this folder, and end its local cloud"
    destroying = options.add(commands, "destroy", _destroy, summary, _DESTROY, remote=False)
    for parser in (deploying, destroying):
        parser.add_argument(
            "stacks",
            nargs="*",
            metavar="STACK",
            help="only these stacks (default: all stacks of the app)",
        )
    summary = "print the variables that point AWS SDKs and CLIs at the local cloud of this folder"
    printing = options.add(commands, "env", _env, summary, _ENV, remote=False)
    printing.add_argument(
        "--start", action="store_true", help="start a local cloud in this folder unless one runs"
    )


def _app(asked: argparse.Namespace) -> App:
    if not Path("cdk.json").exists():
        raise LocalCloudError(
            "There is no cdk.json in this folder. Go to the folder of a CDK app, or create one: "
            "cdk init app --language python"
        )
    return App(stacks=tuple(asked.stacks), options=tuple(asked.options))


def _deploy(asked: argparse.Namespace) -> int:
    app = _app(asked)
    seed = ""
    warning = ""
    if asked.seed is not None:
        file = asked.seed.absolute()
        seed_file.check(file)
        seed = str(file)
        warning = (
            f"The local cloud already runs, so {asked.seed} wasn't added. To add it: "
            f"nimble-local seed {shlex.quote(str(asked.seed))}"
        )

    def run(commands: Commands) -> int:
        return commands.deploy(app, warning)

    if not asked.json:
        return command(_TOOL, run, seed)
    status = command(_TOOL, run, seed, say_aside)
    running = _running()
    if running is not None:
        url = running.url(EMULATOR)
        outputs = Stacks(cloudformation(running.access)).outputs()
        say_json({"outputs": outputs, "sessions": Control(url).world()["sessions"], "url": url})
    return status


def _destroy(asked: argparse.Namespace) -> int:
    app = _app(asked)
    if not asked.json:
        return command(_TOOL, lambda commands: commands.destroy(app))
    status = command(_TOOL, lambda commands: commands.destroy(app), say=say_aside)
    say_json({"destroyed": status == 0})
    return status


def _env(asked: argparse.Namespace) -> int:
    if asked.start:
        status = command(_TOOL, lambda commands: commands.start(), say=say_aside)
        if status:
            return status
    running = _running()
    if running is None:
        complain(
            "No local cloud runs in this folder. Start one: nimble-local deploy, or nimble-local "
            "env --start"
        )
        return _UNREACHABLE
    variables = {**running.access.variables(), options.URL_VARIABLE: running.url(EMULATOR)}
    if asked.json:
        say_json(variables)
        return 0
    # The user's own profile would take precedence, and the token would be sent along.
    say("unset AWS_PROFILE AWS_SESSION_TOKEN")
    for name, value in variables.items():
        say(f"export {name}={shlex.quote(value)}")
    return 0


def _running() -> record.Record | None:
    folder = Path.cwd()
    return None if options.local_cloud(folder) is None else record.read(Folder.of(folder).record)
