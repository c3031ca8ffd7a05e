"""``nimble-local seed``: puts things into a running world."""

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
Everything in the file is put in, each thing in place of one with its id, or
nothing is. All lists are optional, and so is all but the ids:

  studios:
    - studioId: us-west-2:stid-abc123
      displayName: Heron
  launchProfiles:
    - launchProfileId: artists
      studioId: us-west-2:stid-abc123       # else the studio that is always there
      streamConfiguration:                  # what differs from the usual rules
        automaticTerminationMode: ACTIVATED
        maxStoppedSessionLengthInMinutes: 60
  sessions:
    - sessionId: desk-12
      launchProfileId: artists              # else the one that is always there
      state: READY                          # else STOPPED
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
    summary = "put sessions, and what they need, into the world from a YAML or JSON file"
    parser = options.add(commands, "seed", run, summary, _ABOUT)
    parser.add_argument("file", type=Path, help="the file")


def run(asked: argparse.Namespace) -> int:
    """Seed, and say what was put in."""
    seed = seed_file.load(asked.file)
    try:
        added = Control(asked.url).seed(seed)
    except RefusedError as error:
        raise seed_file.SeedFileError(asked.file, str(error)) from error
    if asked.json:
        say_json(added)
    else:
        words = [f"{name} {count}" for name, count in added.items() if count]
        say(f"Put in: {', '.join(words) or 'nothing'}.")
    return 0
