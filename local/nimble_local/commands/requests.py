"""``nimble-local create``, ``start``, ``stop`` and ``delete``: requests of the emulated API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.commands import options
from nimble_local.commands.output import say, say_json
from nimble_local.commands.sessions import existing
from nimble_local.control_client import Control, RefusedError, UnreachableError
from nimble_local.emulator.seed.default_seed import LAUNCH_PROFILE_ID, STUDIO_ID

if TYPE_CHECKING:
    import argparse

CALLER = "nimble-local"
"""The access key of these requests, which ``startedBy`` and the journal show."""

_ABOUT = """\
The request goes through the emulated API, so it appears in the journal, and faults
apply to it. The command ends once it's answered; `nimble-local sessions` shows the rest.

Example:
  nimble-local {example}
"""
_SESSION = "yeG7lDwNQEiwNTRT7DrV7Q"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommands."""
    example = _ABOUT.format(example="create")
    creating = options.add(commands, "create", _create, "create a session", example)
    creating.add_argument(
        "--studio-id", metavar="ID", default=STUDIO_ID, help="its studio (default: %(default)s)"
    )
    creating.add_argument(
        "--launch-profile-id",
        metavar="ID",
        default=LAUNCH_PROFILE_ID,
        help="its launch profile (default: %(default)s)",
    )
    creating.add_argument("--owned-by", metavar="NAME", help=f"its owner (default: {CALLER})")
    for name, summary in (
        ("start", "start a stopped session"),
        ("stop", "stop a running session"),
        ("delete", "delete a session"),
    ):
        example = _ABOUT.format(example=f"{name} {_SESSION}")
        parser = options.add(commands, name, _change, summary, example)
        parser.add_argument("session", metavar="ID", help="as nimble-local sessions shows it")
        parser.set_defaults(operation=f"{name}_streaming_session")
        if name == "start":
            parser.add_argument("--backup-id", metavar="ID", help="start it from this backup")


def _create(asked: argparse.Namespace) -> int:
    wanted = {"studioId": asked.studio_id, "launchProfileId": asked.launch_profile_id}
    if asked.owned_by is not None:
        wanted["ownedBy"] = asked.owned_by
    created = _send(asked.url, "create_streaming_session", wanted)
    return _show(asked, created["session"]["sessionId"])


def _change(asked: argparse.Namespace) -> int:
    studio_id = existing(Control(asked.url), asked.session)["studioId"]
    wanted = {"studioId": studio_id, "sessionId": asked.session}
    if getattr(asked, "backup_id", None) is not None:
        wanted["backupId"] = asked.backup_id
    _send(asked.url, asked.operation, wanted)
    return _show(asked, asked.session)


def _show(asked: argparse.Namespace, session_id: str) -> int:
    session = Control(asked.url).session(session_id)
    say_json(session) if asked.json else say(f"{session_id}: {session['state']}")
    return 0


def _send(url: str, operation: str, members: dict[str, str]) -> dict[str, Any]:
    # Takes longer to import than the rest of a command.
    from botocore.exceptions import (  # noqa: PLC0415
        ClientError,
        EndpointConnectionError,
        HTTPClientError,
        ParamValidationError,
    )

    from nimble_local.nimble_client import nimble_client  # noqa: PLC0415

    client = nimble_client(url, CALLER)
    try:
        answer: dict[str, Any] = getattr(client, operation)(**members)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        code, message = (error.response["Error"].get(name) for name in ("Code", "Message"))
        raise RefusedError(f"{code}: {message}", status) from error
    except EndpointConnectionError as error:
        raise UnreachableError(f"{url}: {error}") from error
    except HTTPClientError as error:
        raise RefusedError(f"The request got no complete answer: {error}", 0) from error
    except ParamValidationError as error:
        raise RefusedError(" ".join(str(error).split()), 0) from error
    finally:
        client.close()
    return answer
