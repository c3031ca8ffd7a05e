"""Runs the soak: ``python -m soak --count 1000 --seed 7``, or one story with ``--story``.

Two of three stories are about sessions, and have numbers. The others are about declared resources,
and have a ``d`` before their numbers.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from nimble_local.cloud.errors import InterruptedByUserError
from nimble_local.cloud.folder import Folder
from nimble_local.cloud.interrupts import Interrupts
from nimble_local.cloud.servers.definitions import EMULATOR, MINISTACK, Emulator
from nimble_local.cloud.servers.supervisor import Supervisor
from nimble_local.control_client import Control
from nimble_local.testing import LocalCloud
from soak.checks import leaks
from soak.cloud.invocations import Invocations
from soak.cloud.ministack import RelayedMiniStack
from soak.cloud.relay import Relay
from soak.declared import story as declared_story
from soak.declared import templates as declared_templates
from soak.declared.driver import DeclaredDriver
from soak.declared.services import Services
from soak.declared.story import DeclaredStory
from soak.runner import run_all
from soak.sessions import story as session_story
from soak.sessions.driver import SessionDriver
from soak.sessions.story import SessionStory
from soak.sessions.templates import Templates
from soak.table import Progress, table
from testkit.cloud.deployer import Deployer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from soak.story import Story
    from soak.story_driver import StoryResult

ROOT = Path(__file__).parents[2]
QUICK = ("--start-seconds", "1", "--stop-seconds", "1", "--create-seconds", "1")


def say(line: str) -> None:
    """Print a line without buffering, even into a pipe."""
    print(line, flush=True)  # noqa: T201 - a command line


def soak(folder: Folder, interrupts: Interrupts, options: argparse.Namespace) -> int:
    """Run the stories, print the results, and return the exit status."""
    stories = drawn(options)
    relay, services = Relay(), Services()
    # It holds ResponseURLs, which no log may hold.
    invocations = folder.state / "invocations.jsonl"
    servers = (RelayedMiniStack(port=relay.port, invocations=invocations), Emulator(QUICK))
    supervisor = Supervisor(folder, servers, os.environ, interrupts)
    began = time.monotonic()
    say(f"Seed {options.seed}, {len(stories)} stories, {options.jobs} at a time")
    with ExitStack() as stack:
        stack.callback(relay.close)
        stack.callback(services.close)
        stack.callback(supervisor.stop)
        record = supervisor.ensure().record
        relay.ministack_url = services.ministack_url = record.url(MINISTACK)
        control = Control(record.url(EMULATOR))
        cloud = stack.enter_context(closing(LocalCloud(folder, os.environ, record)))
        deployer = Deployer(cloud)
        recorded = Invocations(invocations)
        sessions = Templates(folder.state / "sessions", record.url(EMULATOR))
        declared = declared_templates.Templates(folder.state / "declared", services.url)
        for templates in (sessions, declared):
            deployer.upload(templates.assembly)
        session_driver = SessionDriver(deployer, control, relay, sessions, recorded)
        declared_driver = DeclaredDriver(deployer, cloud, services, relay, declared, recorded)

        def run(story: Story) -> StoryResult:
            if isinstance(story, DeclaredStory):
                return declared_driver.run(story)
            assert isinstance(story, SessionStory)
            return session_driver.run(story)

        started = time.monotonic()
        results = list(_results(run, stories, options))
        rest = [*leaks.in_the_cloud(deployer)]
        # The stories end the workers of their functions. Check now, because the end of the cloud
        # ends every process.
        rest += leaks.processes(folder, [server.identity for server in record.servers])
        urls = [relay.url, services.url, *(server.url for server in record.servers)]
    rest += [
        *leaks.processes(folder),
        *leaks.ports(urls),
        *leaks.secrets(folder, relay.paths()),
    ]
    now = time.monotonic()
    for line in table(options.seed, results, now - began, now - started):
        say(line)
    for line in rest:
        say(f"Left behind: {line}")
    return 1 if rest or any(each.violations for each in results) else 0


def drawn(options: argparse.Namespace) -> list[Story]:
    """Return the requested stories."""
    if options.story is not None:
        return [_story(options.seed, options.story)]
    if options.only:
        prefix = DeclaredStory.prefix if options.only == "declared" else ""
        return [_story(options.seed, f"{prefix}{number}") for number in range(options.count)]
    # Two stories of sessions, then one of a declared resource.
    thirds = [divmod(number, 3) for number in range(options.count)]
    names = [f"d{row}" if place == 2 else str(2 * row + place) for row, place in thirds]
    return [_story(options.seed, name) for name in names]


def _story(seed: int, name: str) -> Story:
    if name.startswith(DeclaredStory.prefix):
        return declared_story.draw(seed, int(name.removeprefix(DeclaredStory.prefix)))
    return session_story.draw(seed, int(name))


def _results(
    run: Callable[[Story], StoryResult], stories: list[Story], options: argparse.Namespace
) -> Iterable[StoryResult]:
    progress = Progress(len(stories), say)
    for result in run_all(run, stories, options.jobs):
        for what in result.violations:
            say(f"Story {result.story.name}: {what}")
        if result.violations:
            command = f"make soak SEED={options.seed} STORY={result.story.name}"
            say(f"  Run it again alone with: {command}")
        progress.one_more(failed=bool(result.violations))
        yield result


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the options from the given words, by default those of the command line."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="number of stories")
    parser.add_argument("--seed", type=int, required=True, help="seed of the random stories")
    parser.add_argument("--story", help="run only this story, such as 12 or d12")
    only = ("sessions", "declared")
    parser.add_argument("--only", choices=only, help="run only stories of this kind")
    parser.add_argument("--jobs", type=int, default=12, help="number of stories at a time")
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
