"""Drives boto3 or aiobotocore, as the argument says.

Requests are JSON lines on standard input, results such lines on standard output.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
from contextlib import AsyncExitStack
from importlib import import_module
from typing import Any

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError


async def settled(value: Any) -> Any:
    """Return a value, which aiobotocore has to be awaited for."""
    return await value if inspect.isawaitable(value) else value


async def result(client: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Carry one request out."""
    name, given = asked["name"], asked["input"]
    try:
        if asked["do"] == "wait":
            await settled(client.get_waiter(xform_name(name)).wait(**given))
            return {}
        if asked["do"] == "pages":
            pages = client.get_paginator(xform_name(name)).paginate(**given)
            return {"output": await settled(pages.build_full_result())}
        output = await settled(getattr(client, xform_name(name))(**given))
        about = output.pop("ResponseMetadata")
        return {"output": output, "requestId": about["RequestId"]}
    except WaiterError as error:
        return {"error": "Waiter", "message": str(error)}
    except ClientError as error:
        return failure(client, error)


def failure(client: Any, error: ClientError) -> dict[str, Any]:
    """Return what a program can know of an error, by the type of the exception."""
    answer: Any = error.response
    name = answer["Error"]["Code"]
    assert type(error) is getattr(client.exceptions, name)
    return {
        "error": type(error).__name__,
        "message": answer["Error"]["Message"],
        "status": answer["ResponseMetadata"]["HTTPStatusCode"],
        "reason": answer["context"]["reason"],
        "requestId": answer["ResponseMetadata"]["RequestId"],
    }


async def main(package: str) -> None:
    """Answer each line with a line."""
    config = Config(retries={"total_max_attempts": 1})
    async with AsyncExitStack() as stack:
        # Each is in an environment of its own, without the other.
        if package == "boto3":
            client: Any = import_module("boto3").client("nimble", config=config)
        else:
            session = import_module("aiobotocore.session").get_session()
            made = session.create_client("nimble", config=config)
            client = await stack.enter_async_context(made)
        for line in sys.stdin:
            answer = await result(client, json.loads(line))
            # A time becomes text as ISO 8601.
            sys.stdout.write(json.dumps(answer, default=lambda at: at.isoformat()) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
