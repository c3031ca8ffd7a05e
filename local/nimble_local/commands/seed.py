"""``nimble-local seed``: adds a seed to a running emulator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nimble_local.commands import options
from nimble_local.commands.output import say, say_json
from nimble_local.control_client import Control, RefusedError
from nimble_local.emulator.seed import seed_file

if TYPE_CHECKING:
    import argparse

_ABOUT = """\
Each entry replaces the one with its id. If an entry is wrong, nothing is added. The
lists, and all members except the ids, are optional:

  studios:
    - studioId: us-west-2:stid-abc123
      displayName: Heron
  launchProfiles:
    - launchProfileId: artists
      studioId: us-west-2:stid-abc123       # default: the default studio
      streamConfiguration:                  # differences from the defaults
        automaticTerminationMode: ACTIVATED
        maxStoppedSessionLengthInMinutes: 60
  sessions:
    - sessionId: desk-12
      launchProfileId: artists              # default: the default launch profile
      state: READY                          # default: STOPPED
      tags: {Name: Comp 12}
  backups:
    - backupId: friday
      sessionId: desk-12

Examples:
  nimble-local seed studio.yaml
  nimble-local reset && nimble-local seed studio.json
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    summary = "add sessions, and the studios and profiles they need, from a YAML or JSON file"
    parser = options.add(commands, "seed", run, summary, _ABOUT)
    parser.add_argument("file", type=Path, help="the file")


def run(asked: argparse.Namespace) -> int:
    """Add a seed, and print the number of entries."""
    seed = seed_file.load(asked.file)
    try:
        added = Control(asked.url).seed(seed)
    except RefusedError as error:
        raise seed_file.SeedFileError(asked.file, str(error)) from error
    if asked.json:
        say_json(added)
    else:
        words = [f"{name} {count}" for name, count in added.items() if count]
        say(f"Added: {', '.join(words) or 'nothing'}.")
    return 0
