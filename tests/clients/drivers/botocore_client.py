"""Drives boto3 or aiobotocore, depending on the argument.

Requests are JSON lines on standard input, and results are JSON lines on standard output.
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
    """Return a value, after awaiting it with aiobotocore."""
    return await value if inspect.isawaitable(value) else value


async def result(client: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Carry out one request."""
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
    """Return the details of an error that a program can see, by the exception's type."""
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
    """Answer each input line with an output line."""
    config = Config(retries={"total_max_attempts": 1})
    async with AsyncExitStack() as stack:
        # Each has its own environment, without the other.
        if package == "boto3":
            client: Any = import_module("boto3").client("nimble", config=config)
        else:
            session = import_module("aiobotocore.session").get_session()
            made = session.create_client("nimble", config=config)
            client = await stack.enter_async_context(made)
        for line in sys.stdin:
            answer = await result(client, json.loads(line))
            # Times become ISO 8601 text.
            sys.stdout.write(json.dumps(answer, default=lambda at: at.isoformat()) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
