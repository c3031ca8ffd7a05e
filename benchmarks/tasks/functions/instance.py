"""The handlers that start an instance."""

from typing import Any

import boto3

ec2 = boto3.client("ec2")


def on_event(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Start the instance."""
    instance = event["ResourceProperties"]["Instance"]
    if event["RequestType"] != "Delete":
        # An update of anything starts it again, and so does a rollback.
        ec2.start_instances(InstanceIds=[instance])
    return {"PhysicalResourceId": instance}


def is_complete(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Tell whether the instance is running."""
    if event["RequestType"] == "Delete":
        return {"IsComplete": True}
    found = ec2.describe_instances(InstanceIds=[event["PhysicalResourceId"]])
    instance = found["Reservations"][0]["Instances"][0]
    if instance["State"]["Name"] == "pending":
        return {"IsComplete": False}
    if instance["State"]["Name"] != "running":
        raise RuntimeError(instance.get("StateReason", instance["State"]))
    return {"IsComplete": True, "Data": {"Address": instance["PrivateIpAddress"]}}
