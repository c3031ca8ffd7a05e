"""Drives boto3: requests as JSON lines on standard input, results on standard output."""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

from botocore_errors import failure


def result(client: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Carry one request out."""
    name, given = asked["name"], asked["input"]
    try:
        if asked["do"] == "wait":
            client.get_waiter(xform_name(name)).wait(**given)
            return {}
        if asked["do"] == "pages":
            pages = client.get_paginator(xform_name(name)).paginate(**given)
            return {"output": pages.build_full_result()}
        output = getattr(client, xform_name(name))(**given)
        about = output.pop("ResponseMetadata")
        return {"output": output, "requestId": about["RequestId"]}
    except WaiterError as error:
        return {"error": "Waiter", "message": str(error)}
    except ClientError as error:
        return failure(client, error)


def main() -> None:
    """Answer each line with a line."""
    # The stubs know the services of today's boto3, which has no such client by itself.
    make: Any = boto3.client
    client = make("nimble", config=Config(retries={"total_max_attempts": 1}))
    for line in sys.stdin:
        # A time becomes text as ISO 8601.
        sys.stdout.write(
            json.dumps(result(client, json.loads(line)), default=lambda at: at.isoformat()) + "\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
