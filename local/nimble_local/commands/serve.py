"""``nimble-local serve``: runs the emulator until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import socket
from dataclasses import fields
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import get_args, get_type_hints

from nimble_local.commands import options
from nimble_local.commands.output import complain, say
from nimble_local.emulator.backend import Backend
from nimble_local.emulator.seed import seed_file
from nimble_local.emulator.state.file_store import FileStore
from nimble_local.emulator.state.settings import Settings
from nimble_local.emulator.state.store import MemoryStore, NotKeptError

_SETTINGS = [field.name for field in fields(Settings)]
_FAILED = 1
_ABOUT = """\
Point clients at the printed URL, and open it in a browser to see the page:

  nimble-local serve
  export AWS_ENDPOINT_URL_NIMBLE=http://127.0.0.1:4571

Examples:
  nimble-local serve --seed studio.yaml --state nimble.sqlite
  nimble-local serve --port 0 --start-seconds 60
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = options.add(
        commands, "serve", run, "emulate the API until Ctrl-C", _ABOUT, remote=False
    )
    parser.add_argument(
        "--host",
        type=_host,
        default=options.LOOPBACK,
        help="address to listen on; anyone who reaches it can change everything, so an address "
        "other than loopback opens the emulator to the network (default: %(default)s)",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        type=_host,
        default=[],
        metavar="NAME",
        help="answer under this host name, such as host.docker.internal; repeatable "
        "(always allowed: IP addresses, localhost, and names without a dot)",
    )
    parser.add_argument(
        "--port",
        type=options.port,
        default=options.PORT,
        help="port to listen on; 0 for any free one (default: %(default)s)",
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="keep the state in this file across restarts (default: in memory)",
    )
    parser.add_argument(
        "--seed",
        type=Path,
        metavar="FILE",
        help="add the contents of this YAML or JSON file to a new world; "
        "see nimble-local seed --help",
    )
    _add_settings(parser)


def _host(text: str) -> str:
    """Return a host that isn't empty: the empty one would mean all addresses of the machine."""
    if not text.strip():
        raise argparse.ArgumentTypeError(
            f"an address can't be empty; 0.0.0.0 means all of them, {options.LOOPBACK} this machine"
        )
    return text


def _add_settings(parser: argparse.ArgumentParser) -> None:
    durations = parser.add_argument_group(
        "durations", "in seconds of the emulated clock; docs/emulator.md gives the reasons"
    )
    choices = parser.add_argument_group(
        "inferred behaviour",
        "not defined by AWS's model or documentation; docs/emulator.md gives the reasons",
    )
    for name, kind in get_type_hints(Settings).items():
        flag, usual = f"--{name.replace('_', '-')}", getattr(Settings(), name)
        if kind is float:
            about = f"default: {usual:g}"
            durations.add_argument(flag, type=options.duration, metavar="N", help=about)
        elif kind is int:
            choices.add_argument(flag, type=int, metavar="N", help=f"default: {usual}")
        elif kind is bool:
            action = argparse.BooleanOptionalAction
            about = f"default: {'yes' if usual else 'no'}"
            choices.add_argument(flag, action=action, default=None, help=about)
        else:
            words = get_args(kind)
            about = f"one of {', '.join(words)}; default: {usual}"
            choices.add_argument(flag, choices=words, metavar="NAME", help=about)


def run(asked: argparse.Namespace) -> int:
    """Serve until a signal asks to end."""
    # Imported late: the other subcommands start faster without aiohttp.
    from nimble_local.emulator.server import serve  # noqa: PLC0415

    backend = _backend(asked)
    try:
        names = (asked.host, *asked.allow_host)
        asyncio.run(serve(backend, asked.host, asked.port, partial(_announce, asked), names))
    except OSError as error:
        complain(f"Can't listen at {asked.host}:{asked.port}: {_listening(error)}")
        return _FAILED
    finally:
        try:
            backend.world.close()
        except NotKeptError as error:
            complain(f"{error} The answered requests are in the file.")
    return 0


def _backend(asked: argparse.Namespace) -> Backend:
    """Return the emulated service with its settings, state and seed."""
    given = {name: getattr(asked, name) for name in _SETTINGS}
    settings = Settings().changed({k: v for k, v in given.items() if v is not None})
    seed = None if asked.seed is None else seed_file.load(asked.seed)
    store = MemoryStore() if asked.state is None else FileStore(asked.state)
    backend = Backend(settings, store=store)
    if seed is not None and len(backend.world.studios):
        complain(f"{asked.state} already holds a world, so {asked.seed} wasn't added.")
    if seed is not None:
        backend.seeds.append(seed)
    try:
        backend.seed()
    except ValueError as error:
        # Don't commit: that would save half of the seed.
        store.close()
        raise seed_file.SeedFileError(asked.seed, str(error)) from error
    try:
        backend.commit()
    except NotKeptError:
        store.close()
        raise
    return backend


def _announce(asked: argparse.Namespace, url: str) -> None:
    if asked.json:
        # One line, so that a program can read it while the command runs.
        say(json.dumps({"url": url}))
    else:
        say(f"Nimble Studio is emulated at {url}")
    if not _is_loopback(asked.host):
        complain(
            f"{asked.host} is not loopback: anyone on the network who reaches this port can see "
            "and change everything, because keys are not checked."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listening(error: OSError) -> str:
    """Return why it can't listen, and what to do."""
    # asyncio of Python 3.13 gives no number when this machine has none of a host's addresses.
    if isinstance(error, socket.gaierror) or error.errno in (errno.EADDRNOTAVAIL, None):
        return "this machine doesn't have this address. Use one of its own with --host."
    match error.errno:
        case errno.EADDRINUSE:
            why = "another program uses this port"
        case errno.EACCES:
            why = "only root may use this port"
        case _:
            why = error.strerror or str(error)
    return f"{why}. Choose another with --port, or 0 for any free one."
