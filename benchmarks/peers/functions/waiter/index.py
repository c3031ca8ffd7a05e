"""A custom resource that waits with the waiter of botocore."""

import json
import os
import urllib.request
from typing import Any

# Lambda's botocore has no model of the service, so the asset contains the last one.
os.environ["AWS_DATA_PATH"] = os.path.join(os.path.dirname(__file__), "models")  # noqa: PTH118, PTH120

import boto3

nimble = boto3.client("nimble")  # type: ignore[call-overload]


def handler(event: dict[str, Any], _context: object) -> None:
    """Start the session, wait, answer."""
    status, reason, data = "SUCCESS", "", {}
    properties = event["ResourceProperties"]
    ids = {"studioId": properties["StudioId"], "sessionId": properties["SessionId"]}
    try:
        if event["RequestType"] != "Delete":
            nimble.start_streaming_session(**ids)
            waiter = nimble.get_waiter("streaming_session_ready")
            waiter.wait(**ids, WaiterConfig={"Delay": 5, "MaxAttempts": 160})
            data = {"Arn": nimble.get_streaming_session(**ids)["session"]["arn"]}
    except Exception as error:  # noqa: BLE001 - the stack has to hear of it
        status, reason = "FAILED", str(error)
    print(status, reason)
    answer = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": properties["SessionId"],
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
        "Data": data,
    }
    body = json.dumps(answer).encode()
    request = urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")  # noqa: S310
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
