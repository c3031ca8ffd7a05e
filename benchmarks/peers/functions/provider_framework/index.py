"""The two handlers that the provider framework calls."""

import os
from typing import Any

# Lambda's botocore has no model of the service, so the asset contains the last one.
os.environ["AWS_DATA_PATH"] = os.path.join(os.path.dirname(__file__), "models")  # noqa: PTH118, PTH120

import boto3

nimble = boto3.client("nimble")  # type: ignore[call-overload]


def on_event(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Start the session."""
    print(event["RequestType"])
    properties = event["ResourceProperties"]
    if event["RequestType"] != "Delete":
        nimble.start_streaming_session(**_ids(properties))
    return {"PhysicalResourceId": properties["SessionId"]}


def is_complete(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Tell whether the session is READY."""
    if event["RequestType"] == "Delete":
        return {"IsComplete": True}
    session = nimble.get_streaming_session(**_ids(event["ResourceProperties"]))["session"]
    print(session["state"])
    if session["state"].endswith("FAILED"):
        raise RuntimeError(f"{session['state']}: {session.get('statusMessage')}")
    if session["state"] != "READY":
        return {"IsComplete": False}
    return {"IsComplete": True, "Data": {"Arn": session["arn"]}}


def _ids(properties: dict[str, str]) -> dict[str, str]:
    return {"studioId": properties["StudioId"], "sessionId": properties["SessionId"]}
