"""The options that subcommands share, and the types of their values."""

from __future__ import annotations

import argparse
import os
import re
from typing import TYPE_CHECKING, Any

from nimble_local.commands.output import DURATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

LOOPBACK = "127.0.0.1"
PORT = 4571
URL_VARIABLE = "AWS_ENDPOINT_URL_NIMBLE"
"""Where the SDKs look for the endpoint, and so do we."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|min|m|s|)")
_MAX_PORT = 65_535


def defaults() -> dict[str, Any]:
    """Return the values of the shared options when they are not given."""
    url = os.environ.get(URL_VARIABLE) or f"http://{LOOPBACK}:{PORT}"
    return {"url": url, "json": False}


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
            default=argparse.SUPPRESS,
            help=f"where the emulator answers (default: ${URL_VARIABLE}, "
            f"else http://{LOOPBACK}:{PORT})",
        )
    parser.set_defaults(run=run)
    return parser


def duration(text: str) -> float:
    """Return the seconds that ``90``, ``90s``, ``15min``, ``11.5h`` or ``4d`` mean."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no duration; write seconds, or 90s, 15min, 11.5h, 4d"
        )
    unit = {"": "s", "m": "min"}.get(found[2], found[2])
    return float(found[1]) * DURATIONS[unit]


def port(text: str) -> int:
    """Return the port that a text means, from 0 to 65535."""
    if not (text.isascii() and text.isdecimal() and int(text) <= _MAX_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a port is a number from 0 to 65535")
    return int(text)
