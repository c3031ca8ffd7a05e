"""Runs the soak: ``python -m soak --count 1000 --seed 7``, or one story with ``--story``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from deployer import Deployer
from local_cloud import Cloud
from nimble_local.cloud.cdk import CdkCli
from nimble_local.cloud.control import Control
from nimble_local.cloud.environment import MARK
from nimble_local.cloud.errors import InterruptedByUserError
from nimble_local.cloud.folder import Folder
from nimble_local.cloud.interrupts import Interrupts
from nimble_local.cloud.parts import EMULATOR, MINISTACK, Emulator
from nimble_local.cloud.ports import answers
from nimble_local.cloud.processes import marked
from nimble_local.cloud.supervisor import Supervisor
from soak.ground import RelayedMiniStack, Templates
from soak.play import Player, Told
from soak.relay import Relay
from soak.story import draw
from soak.table import Progress, table

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[3]
QUICK = ("--start-seconds", "1", "--stop-seconds", "1", "--create-seconds", "1")


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)  # noqa: T201 - a command line


def soak(folder: Folder, interrupts: Interrupts, options: argparse.Namespace) -> int:
    """Play the stories, print what came of them, and return the exit status."""
    numbers = range(options.count) if options.story is None else [options.story]
    relay = Relay()
    parts = (RelayedMiniStack(port=relay.port), Emulator(QUICK))
    supervisor = Supervisor(folder, parts, os.environ, interrupts)
    began = time.monotonic()
    try:
        record = supervisor.ensure().record
        relay.url = record.url(MINISTACK)
        cdk = CdkCli(folder, os.environ, record.url(MINISTACK))
        say("Bootstrapping the local account ...")
        cdk.bootstrap()
        control = Control(record.url(EMULATOR))
        deployer = Deployer(Cloud(folder, cdk, control, record))
        templates = Templates(folder.state / "soak", record.url(EMULATOR))
        deployer.upload(templates.assembly)
        player = Player(deployer, control, relay, templates)
        told = list(_play_all(player, numbers, options))
        leftovers = _leftovers(deployer, folder, relay)
        urls = [part.url for part in record.parts]
    finally:
        supervisor.stop()
        relay.close()
    leftovers += [f"{url} still answers" for url in urls if answers(url)]
    rest = list(marked(MARK, str(folder.state)))
    leftovers += [f"process {process.pid} is left" for process in rest]
    for line in table(told, time.monotonic() - began):
        say(line)
    for line in leftovers:
        say(f"After all: {line}")
    return 1 if leftovers or any(each.violations for each in told) else 0


def _play_all(
    player: Player, numbers: Iterable[int], options: argparse.Namespace
) -> Iterable[Told]:
    stories = [draw(options.seed, number) for number in numbers]
    progress = Progress(len(stories), say)
    pool = ThreadPoolExecutor(max_workers=options.jobs)
    try:
        for future in as_completed([pool.submit(player.play, story) for story in stories]):
            told = future.result()
            for what in told.violations:
                say(f"Story {told.story.number}: {what}")
            if told.violations:
                command = f"make soak SEED={options.seed} STORY={told.story.number}"
                say(f"  Play it again alone with: {command}")
            progress.one_more(failed=bool(told.violations))
            yield told
    finally:
        # After an interrupt nobody waits for the players: their cloud ends.
        pool.shutdown(wait=False, cancel_futures=True)


def _leftovers(deployer: Deployer, folder: Folder, relay: Relay) -> list[str]:
    found = [f"function {name} is left" for name in deployer.functions("")]
    found += [f"log group {name} is left" for name in deployer.log_groups("")]
    found += [f"stack {name} is left" for name in deployer.stacks() - {"CDKToolkit"}]
    for log in folder.logs.iterdir():
        text = log.read_text(encoding="utf-8", errors="replace")
        if any(secret in text for secret in relay.secrets):
            found.append(f"a secret is in {log.name}")
    return found


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many stories")
    parser.add_argument("--seed", type=int, required=True, help="what they are drawn from")
    parser.add_argument("--story", type=int, help="play only the story with this number")
    parser.add_argument("--jobs", type=int, default=12, help="how many at a time")
    options = parser.parse_args()
    interrupts = Interrupts()
    with TemporaryDirectory(prefix="nimble-soak-", ignore_cleanup_errors=True) as state:
        try:
            with interrupts.installed():
                return soak(Folder(ROOT, Path(state)), interrupts, options)
        except InterruptedByUserError as interrupt:
            say("Interrupted; everything that was started has been ended.")
            status = 128 + interrupt.signal_number
    # Players of the cloud that is gone would still wait for it.
    os._exit(status)


sys.exit(main())
