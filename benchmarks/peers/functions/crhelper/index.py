"""A custom resource as crhelper's documentation shows it."""

import os
from http.client import HTTPConnection
from typing import Any

# Lambda's botocore has no model of the service, so the asset contains the last one.
os.environ["AWS_DATA_PATH"] = os.path.join(os.path.dirname(__file__), "models")  # noqa: PTH118, PTH120

import boto3
from crhelper import CfnResource, utils  # type: ignore[import-not-found]

# crhelper answers by HTTPS whatever the URL says, and the local cloud's URL is plain HTTP.
utils.HTTPSConnection = lambda host, context: HTTPConnection(host)  # noqa: ARG005

# A minute is the shortest interval that its rules can have.
helper = CfnResource(log_level="INFO", boto_level="CRITICAL", polling_interval=1)
nimble = boto3.client("nimble")  # type: ignore[call-overload]


@helper.create  # type: ignore[untyped-decorator]
@helper.update  # type: ignore[untyped-decorator]
def start(event: dict[str, Any], _context: object) -> None:
    """Start the session."""
    nimble.start_streaming_session(**_ids(event))


@helper.poll_create  # type: ignore[untyped-decorator]
@helper.poll_update  # type: ignore[untyped-decorator]
def poll(event: dict[str, Any], _context: object) -> str | None:
    """Return the id once the session is READY."""
    session = nimble.get_streaming_session(**_ids(event))["session"]
    if session["state"].endswith("FAILED"):
        raise RuntimeError(f"{session['state']}: {session.get('statusMessage')}")
    if session["state"] != "READY":
        return None
    helper.Data["Arn"] = session["arn"]
    return str(session["sessionId"])


@helper.delete  # type: ignore[untyped-decorator]
def delete(_event: dict[str, Any], _context: object) -> None:
    """Leave the session as it is."""


def handler(event: dict[str, Any], context: object) -> None:
    """Handle a request, or a poll."""
    helper(event, context)


def _ids(event: dict[str, Any]) -> dict[str, str]:
    properties = event["ResourceProperties"]
    return {"studioId": properties["StudioId"], "sessionId": properties["SessionId"]}
