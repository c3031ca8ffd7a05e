"""Drives aiobotocore: requests as JSON lines on standard input, results on standard output."""

from __future__ import annotations

import asyncio
import json
import sys
from importlib import import_module
from typing import Any

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

from botocore_errors import failure


async def result(client: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Carry one request out."""
    name, given = asked["name"], asked["input"]
    try:
        if asked["do"] == "wait":
            await client.get_waiter(xform_name(name)).wait(**given)
            return {}
        if asked["do"] == "pages":
            pages = client.get_paginator(xform_name(name)).paginate(**given)
            return {"output": await pages.build_full_result()}
        output = await getattr(client, xform_name(name))(**given)
        about = output.pop("ResponseMetadata")
        return {"output": output, "requestId": about["RequestId"]}
    except WaiterError as error:
        return {"error": "Waiter", "message": str(error)}
    except ClientError as error:
        return failure(client, error)


async def main() -> None:
    """Answer each line with a line."""
    # Not among the packages of the tests: it has an environment of its own.
    session: Any = import_module("aiobotocore.session").get_session()
    config = Config(retries={"total_max_attempts": 1})
    async with session.create_client("nimble", config=config) as client:
        for line in sys.stdin:
            answer = await result(client, json.loads(line))
            sys.stdout.write(json.dumps(answer, default=lambda at: at.isoformat()) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
