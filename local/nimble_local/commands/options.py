"""The options that subcommands share, and the types of their values."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from nimble_local.cloud.folder import Folder
from nimble_local.cloud.servers import record
from nimble_local.cloud.servers.definitions import EMULATOR
from nimble_local.cloud.servers.processes import is_running
from nimble_local.commands.output import DURATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LOOPBACK = "127.0.0.1"
PORT = 4571
URL_VARIABLE = "AWS_ENDPOINT_URL_NIMBLE"
"""The variable that the SDKs read the endpoint from, as does this command line."""

_DURATION = re.compile(r"(-?)(\d+(?:\.\d+)?)\s*(d|h|min|m|s|)")
_MAX_PORT = 65_535


class MalformedEndpointError(ValueError):
    """The environment variable for the emulator's URL doesn't contain a URL."""


def defaults() -> dict[str, Any]:
    """Return the defaults of the shared options."""
    return {"url": None, "json": False}


def endpoint(environment: Mapping[str, str], folder: Path) -> str:
    """Return the emulator's URL when ``--url`` isn't given.

    Parameters
    ----------
    environment
        `URL_VARIABLE` takes precedence.
    folder
        The local cloud that runs in it comes second, the default port on loopback last.

    Raises
    ------
    MalformedEndpointError
        The variable's value isn't a URL; the message names both.
    """
    given = environment.get(URL_VARIABLE)
    if given:
        try:
            return url(given)
        except argparse.ArgumentTypeError as error:
            raise MalformedEndpointError(f"{URL_VARIABLE}: {error}") from error
    return local_cloud(folder) or f"http://{LOOPBACK}:{PORT}"


def local_cloud(folder: Path) -> str | None:
    """Return the emulator's URL of the local cloud in a folder, None when none runs."""
    found = record.read(Folder.of(folder).record) or record.Record()
    return next(
        (p.url for p in found.servers if p.name == EMULATOR and p.url and is_running(p.identity)),
        None,
    )


def negatives(words: list[str]) -> list[str]:
    """Return the words of a command line, negative durations such as ``-5min`` marked as values.

    argparse takes a word that begins with a dash for an option unless it is a plain number, or
    holds a space; `duration` then says what is wrong.
    """
    return [f" {word}" if word[:1] == "-" and _DURATION.fullmatch(word) else word for word in words]


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
    about: str = "",
    *,
    remote: bool = True,
) -> argparse.ArgumentParser:
    """Add a subcommand.

    Parameters
    ----------
    commands
        The subcommands to add it to.
    name
        Its name on the command line.
    run
        Carries it out and returns the exit status.
    summary
        Its line in the list of subcommands.
    about
        The rest of its own help, examples last.
    remote
        True if it talks to a running emulator.
    """
    description = f"{summary[0].upper()}{summary[1:]}."
    parser = commands.add_parser(
        name,
        help=summary,
        description=f"{description}\n\n{about}" if about else description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    # SUPPRESS: a subcommand's default must not overwrite the value that its parent parsed.
    parser.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print JSON, for programs",
    )
    if remote:
        parser.add_argument(
            "--url",
            type=url,
            default=argparse.SUPPRESS,
            help=f"the emulator's URL (default: ${URL_VARIABLE}, then the local cloud in the "
            f"current folder, then http://{LOOPBACK}:{PORT})",
        )
    parser.set_defaults(run=run, remote=remote)
    return parser


def url(text: str) -> str:
    """Check that a text is an HTTP URL with a host, and return it unchanged."""
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an endpoint; use a URL such as http://{LOOPBACK}:{PORT}"
        )
    return text


def duration(text: str) -> float:
    """Parse a duration such as ``90``, ``90s``, ``15min``, ``11.5h`` or ``4d`` into seconds."""
    text = text.strip()
    found = _DURATION.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a duration; use seconds, or 90s, 15min, 11.5h, 4d"
        )
    if found[1]:
        raise argparse.ArgumentTypeError(
            f"{text!r} is negative; a duration is 0 or more, and the clock never goes back"
        )
    unit = {"": "s", "m": "min"}.get(found[3], found[3])
    return float(found[2]) * DURATIONS[unit]


def port(text: str) -> int:
    """Parse a port, from 0 to 65535."""
    if not (text.isascii() and text.isdecimal() and int(text) <= _MAX_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; use a number from 0 to 65535")
    return int(text)
