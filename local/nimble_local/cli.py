"""The command line of the emulator."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from nimble_local.emulator.filestore import FileStore, StateFileError
from nimble_local.emulator.models import Backend
from nimble_local.emulator.seed import seed
from nimble_local.emulator.server import serve
from nimble_local.emulator.settings import Settings
from nimble_local.emulator.store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOPBACK = "127.0.0.1"
_DURATIONS = [field.name for field in fields(Settings) if field.name.endswith("_seconds")]
_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    options = _parser().parse_args(arguments)
    changes = {name: getattr(options, name) for name in _DURATIONS}
    try:
        settings = Settings().changed({k: v for k, v in changes.items() if v is not None})
        store = MemoryStore() if options.state is None else FileStore(options.state)
        backend = Backend(settings, store=store)
        seed(backend)
        backend.world.commit()
        try:
            asyncio.run(serve(backend, options.host, options.port, _announce))
        finally:
            backend.world.close()
    except (ValueError, StateFileError) as error:
        print(f"nimble-local: {error}", file=sys.stderr)  # noqa: T201 - a command line
        return _FAILED
    except OSError as error:
        where = f"{options.host}:{options.port}"
        why = f"can't listen at {where}: {error.strerror}. Name another one with --port"
        print(f"nimble-local: {why}, or 0 for any free one.", file=sys.stderr)  # noqa: T201
        return _FAILED
    return 0


def _announce(url: str) -> None:
    print(f"Nimble Studio is emulated at {url}", flush=True)  # noqa: T201 - a command line


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nimble-local",
        description="An emulator of the Amazon Nimble Studio API, for tests and laptops.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = commands.add_parser(
        "serve",
        help="emulate the API until Ctrl-C",
        description="Emulate the API until Ctrl-C. Point clients at the URL that is printed.",
    )
    serving.add_argument(
        "--host",
        default=LOOPBACK,
        help="address to listen at; any other than loopback lets everybody who reaches it change "
        "everything (default: %(default)s)",
    )
    serving.add_argument(
        "--port", type=int, default=4571, help="port to listen at; 0 for any free one"
    )
    serving.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="keep the state in this file, which survives the process (default: in memory)",
    )
    for name in _DURATIONS:
        serving.add_argument(
            f"--{name.replace('_', '-')}",
            type=float,
            metavar="N",
            help=f"default: {getattr(Settings(), name):g}",
        )
    return parser
