"""Runs the soak: ``python -m soak --count 1000 --seed 7``, or one story with ``--story``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from nimble_local.cloud.deployment.bootstrap import bootstrap
from nimble_local.cloud.deployment.cdk import CdkCli
from nimble_local.cloud.errors import InterruptedByUserError
from nimble_local.cloud.folder import Folder
from nimble_local.cloud.interrupts import Interrupts
from nimble_local.cloud.servers.parts import EMULATOR, MINISTACK, Emulator
from nimble_local.cloud.servers.supervisor import Supervisor
from nimble_local.control_client import Control
from soak.checks import leaks
from soak.cloud.fixtures import RelayedMiniStack, Templates
from soak.cloud.relay import Relay
from soak.cloud.runs import Runs
from soak.driver import Player
from soak.runner import play_all
from soak.story import draw
from soak.table import Progress, table
from testkit.cloud.deployer import Deployer
from testkit.cloud.local_cloud import Cloud

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from soak.driver import Told
    from soak.story import Story

ROOT = Path(__file__).parents[2]
QUICK = ("--start-seconds", "1", "--stop-seconds", "1", "--create-seconds", "1")


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)  # noqa: T201 - a command line


def soak(folder: Folder, interrupts: Interrupts, options: argparse.Namespace) -> int:
    """Play the stories, print what came of them, and return the exit status."""
    stories = drawn(options)
    relay = Relay()
    # It holds addresses for answers, which no log may.
    runs = folder.state / "runs.jsonl"
    parts = (RelayedMiniStack(port=relay.port, runs=runs), Emulator(QUICK))
    supervisor = Supervisor(folder, parts, os.environ, interrupts)
    began = time.monotonic()
    say(f"Seed {options.seed}, {len(stories)} stories, {options.jobs} at a time")
    try:
        record = supervisor.ensure().record
        relay.ministack_url = record.url(MINISTACK)
        cdk = CdkCli(folder, os.environ, record.access)
        say("Bootstrapping the local account ...")
        bootstrap(record.access)
        control = Control(record.url(EMULATOR))
        deployer = Deployer(Cloud(folder, cdk, control, record))
        templates = Templates(folder.state / "soak", record.url(EMULATOR))
        deployer.upload(templates.assembly)
        player = Player(deployer, control, relay, templates, Runs(runs))
        played = time.monotonic()
        told = list(_told(player, stories, options))
        rest = [*leaks.in_the_cloud(deployer)]
        # The stories end what runs their functions; the cloud's own end ends whatever there is.
        rest += leaks.processes(folder, [part.identity for part in record.parts])
        urls = [relay.url, *(part.url for part in record.parts)]
    finally:
        supervisor.stop()
        relay.close()
    rest += [
        *leaks.processes(folder),
        *leaks.ports(urls),
        *leaks.secrets(folder, relay.paths()),
    ]
    now = time.monotonic()
    for line in table(options.seed, told, now - began, now - played):
        say(line)
    for line in rest:
        say(f"After all: {line}")
    return 1 if rest or any(each.violations for each in told) else 0


def drawn(options: argparse.Namespace) -> list[Story]:
    """Return the stories that are asked for."""
    numbers = range(options.count) if options.story is None else [options.story]
    return [draw(options.seed, number) for number in numbers]


def _told(player: Player, stories: list[Story], options: argparse.Namespace) -> Iterable[Told]:
    progress = Progress(len(stories), say)
    for told in play_all(player.play, stories, options.jobs):
        for what in told.violations:
            say(f"Story {told.story.number}: {what}")
        if told.violations:
            command = f"make soak SEED={options.seed} STORY={told.story.number}"
            say(f"  Play it again alone with: {command}")
        progress.one_more(failed=bool(told.violations))
        yield told


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the options, those of the command line unless others are given."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many stories")
    parser.add_argument("--seed", type=int, required=True, help="what they are drawn from")
    parser.add_argument("--story", type=int, help="play only the story with this number")
    parser.add_argument("--jobs", type=int, default=12, help="how many at a time")
    return parser.parse_args(arguments)


def main() -> int:
    """Read the options and run."""
    options = parse()
    interrupts = Interrupts()
    with TemporaryDirectory(prefix="nimble-soak-", ignore_cleanup_errors=True) as state:
        try:
            with interrupts.installed():
                return soak(Folder(ROOT, Path(state)), interrupts, options)
        except InterruptedByUserError as interrupt:
            say("Interrupted; everything that was started has been ended.")
            return 128 + interrupt.signal_number


if __name__ == "__main__":
    sys.exit(main())
