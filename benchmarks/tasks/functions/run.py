"""The handlers that run a state machine."""

from typing import Any

import boto3

states = boto3.client("stepfunctions")


def on_event(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Start a run."""
    if event["RequestType"] == "Delete":
        return {}
    # A second delivery, an update of anything and a rollback all run it again.
    given = event["ResourceProperties"]
    run = states.start_execution(stateMachineArn=given["Machine"], input=given["Input"])
    return {"PhysicalResourceId": run["executionArn"]}


def is_complete(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Tell whether the run has succeeded."""
    if event["RequestType"] == "Delete":
        return {"IsComplete": True}
    run = states.describe_execution(executionArn=event["PhysicalResourceId"])
    if run["status"] == "RUNNING":
        return {"IsComplete": False}
    if run["status"] != "SUCCEEDED":
        raise RuntimeError(run.get("cause", run["status"]))
    return {"IsComplete": True, "Data": {"Output": run["output"]}}
