"""``nimble-local sessions``: lists sessions, or shows one."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from nimble_local.commands import options
from nimble_local.commands.output import pairs, printable, say, say_json, say_table, span
from nimble_local.control_client import Control, RefusedError
from nimble_local.emulator.service.model import values

if TYPE_CHECKING:
    import argparse

_ABOUT = """\
Without an id, lists all sessions, oldest first. With an id, shows the session with its
backups and history.

Examples:
  nimble-local sessions
  nimble-local sessions yeG7lDwNQEiwNTRT7DrV7Q
  nimble-local sessions --state READY --json
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = options.add(commands, "sessions", run, "show sessions", _ABOUT)
    parser.add_argument("session", nargs="?", metavar="ID", help="the id of one session")
    parser.add_argument(
        "--state",
        choices=values("StreamingSessionState"),
        metavar="NAME",
        help="only sessions in this state, such as READY",
    )


def run(asked: argparse.Namespace) -> int:
    """Show one session, or all."""
    control = Control(asked.url)
    if asked.session is not None:
        session = existing(control, asked.session)
        say_json(session) if asked.json else _describe(session)
        return 0
    world = control.world()
    found = [s for s in world["sessions"] if asked.state in (None, s["state"])]
    if asked.json:
        say_json(found)
    elif found:
        now = datetime.fromisoformat(world["now"])
        say_table(
            ("SESSION", "STATE", "FOR", "TYPE", "OWNER", "TAGS"), [_row(s, now) for s in found]
        )
    else:
        say("There are no matching sessions.")
    return 0


def existing(control: Control, session_id: str) -> dict[str, Any]:
    """Return a session.

    Raises
    ------
    RefusedError
        No session has this id; the message says how to list those that exist.
    """
    try:
        return control.session(session_id)
    except RefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        hint = "`nimble-local sessions` lists those that exist."
        raise RefusedError(f"{error} {hint}", error.status) from error


def _row(session: dict[str, Any], now: datetime) -> tuple[object, ...]:
    since = datetime.fromisoformat(session["history"][-1]["at"])
    return (
        *(session["sessionId"], session["state"], span((now - since).total_seconds())),
        *(session["ec2InstanceType"], session["ownedBy"], pairs(session["tags"])),
    )


def _describe(session: dict[str, Any]) -> None:
    plain = {name: value for name, value in session.items() if isinstance(value, str)}
    if session["tags"]:
        plain["tags"] = pairs(session["tags"])
    width = max(len(name) for name in plain)
    for name, value in plain.items():
        say(f"{name.ljust(width)}  {printable(value)}")
    if session["backups"]:
        taken = [(b["backupId"], b["state"], b["createdAt"]) for b in session["backups"]]
        say()
        say_table(("BACKUP", "STATE", "TAKEN"), taken)
    past = [(m["at"], m["state"], m["statusCode"], m["by"]) for m in session["history"]]
    say()
    say_table(("SINCE", "STATE", "STATUS CODE", "BY"), past)
