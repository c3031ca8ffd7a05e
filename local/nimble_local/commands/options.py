"""The options that subcommands share, and the types of their values."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from nimble_local.cloud.folder import Folder
from nimble_local.cloud.servers import record
from nimble_local.cloud.servers.parts import EMULATOR
from nimble_local.cloud.servers.processes import is_running
from nimble_local.commands.output import DURATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LOOPBACK = "127.0.0.1"
PORT = 4571
URL_VARIABLE = "AWS_ENDPOINT_URL_NIMBLE"
"""Where the SDKs look for the endpoint, and so do we."""

_DURATION = re.compile(r"(-?)(\d+(?:\.\d+)?)\s*(d|h|min|m|s|)")
_MAX_PORT = 65_535


class MalformedEndpointError(ValueError):
    """The variable that names the emulator's URL holds something else."""


def defaults() -> dict[str, Any]:
    """Return the values of the shared options when they are not given."""
    return {"url": None, "json": False}


def endpoint(environment: Mapping[str, str], folder: Path) -> str:
    """Return where the emulator answers when no ``--url`` says so.

    Parameters
    ----------
    environment
        Its `URL_VARIABLE` comes first.
    folder
        The local cloud that runs in it comes second; then the usual port of loopback.

    Raises
    ------
    MalformedEndpointError
        The variable's value is no URL; the message names both.
    """
    given = environment.get(URL_VARIABLE)
    if given:
        try:
            return url(given)
        except argparse.ArgumentTypeError as error:
            raise MalformedEndpointError(f"{URL_VARIABLE}: {error}") from error
    return local_cloud(folder) or f"http://{LOOPBACK}:{PORT}"


def local_cloud(folder: Path) -> str | None:
    """Return where the emulator of the local cloud answers that runs in a folder, if one does."""
    found = record.read(Folder.of(folder).record) or record.Record()
    return next(
        (p.url for p in found.parts if p.name == EMULATOR and p.url and is_running(p.identity)),
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
        What it is added to.
    name
        What people type.
    run
        Carries it out and returns the exit status.
    summary
        What it does, in a line of the list of all.
    about
        What its own help says beyond that, examples last.
    remote
        Whether it speaks to a running emulator.
    """
    description = f"{summary[0].upper()}{summary[1:]}."
    parser = commands.add_parser(
        name,
        help=summary,
        description=f"{description}\n\n{about}" if about else description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    # Given once anywhere: what a subcommand does not hear must not undo what its parent heard.
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
            help=f"where the emulator answers (default: ${URL_VARIABLE}, else the local cloud that "
            f"runs in the current folder, else http://{LOOPBACK}:{PORT})",
        )
    parser.set_defaults(run=run, remote=remote)
    return parser


def url(text: str) -> str:
    """Return a URL of HTTP with a host, as it was given."""
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an endpoint; write a URL such as http://{LOOPBACK}:{PORT}"
        )
    return text


def duration(text: str) -> float:
    """Return the seconds that ``90``, ``90s``, ``15min``, ``11.5h`` or ``4d`` mean."""
    text = text.strip()
    found = _DURATION.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no duration; write seconds, or 90s, 15min, 11.5h, 4d"
        )
    if found[1]:
        raise argparse.ArgumentTypeError(
            f"{text!r} is negative; a duration is 0 or more, and the clock never goes back"
        )
    unit = {"": "s", "m": "min"}.get(found[3], found[3])
    return float(found[2]) * DURATIONS[unit]


def port(text: str) -> int:
    """Return the port that a text means, from 0 to 65535."""
    if not (text.isascii() and text.isdecimal() and int(text) <= _MAX_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a port is a number from 0 to 65535")
    return int(text)
