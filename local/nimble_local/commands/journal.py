"""``nimble-local journal``: the requests, and their outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.commands import options
from nimble_local.commands.output import say, say_json, say_table
from nimble_local.control_client import Control
from nimble_local.emulator.service.model import service_model

if TYPE_CHECKING:
    import argparse

_ABOUT = """\
Oldest first. The journal keeps the newest 10,000 requests.

Examples:
  nimble-local journal
  nimble-local journal --operation StartStreamingSession --limit 5
  nimble-local journal --after 120 --json
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = options.add(commands, "journal", run, "list the requests", _ABOUT)
    parser.add_argument(
        "--operation",
        metavar="NAME",
        choices=service_model().operation_names,
        help="only requests of this operation",
    )
    parser.add_argument("--session-id", metavar="ID", help="only requests about this session")
    parser.add_argument("--after", metavar="N", type=int, help="only requests after number N")
    parser.add_argument(
        "--limit",
        metavar="N",
        type=int,
        default=50,
        help="at most N, the newest (default: %(default)s)",
    )


def run(asked: argparse.Namespace) -> int:
    """Show the journal."""
    query = {
        "operation": asked.operation,
        "sessionId": asked.session_id,
        "after": asked.after,
        "limit": asked.limit,
    }
    given = {name: str(value) for name, value in query.items() if value is not None}
    found = Control(asked.url).journal(**given)
    if asked.json:
        say_json(found)
    elif found:
        head = "NUMBER AT OPERATION SESSION CALLER STATUS OUTCOME FAULTS REQUEST"
        say_table(head.split(), [_row(request) for request in found])
    else:
        say("There are no matching requests.")
    return 0


def _row(request: dict[str, Any]) -> tuple[object, ...]:
    outcome = f"{request['outcome']} (replayed)" if request["replayed"] else request["outcome"]
    return (
        *(request["number"], request["at"], request["operation"] or "-"),
        *(request["sessionId"] or "-", request["caller"] or "-", request["status"] or "-"),
        *(outcome, " ".join(request["faults"]) or "-", request["requestId"] or "-"),
    )
