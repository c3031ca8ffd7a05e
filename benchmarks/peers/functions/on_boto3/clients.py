"""Replaces the function's `clients` module, to measure the function on boto3."""

import re
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from waiter.exceptions import Kind, ServiceError

QUERY_SECONDS = 3


def client(service: str, read_seconds: float = 10) -> Any:
    """Make a client that tries once, like the project's own."""
    config = Config(
        connect_timeout=3,
        read_timeout=read_seconds,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    return boto3.client(service, config=config)  # type: ignore[call-overload]


def call(made: Any, operation: str, **parameters: object) -> dict[str, Any]:
    """Call an operation by its name in the API."""
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
    try:
        answer: dict[str, Any] = getattr(made, method)(**parameters)
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        raise ServiceError(Kind.REFUSED, code, str(error), operation) from error
    except (BotoCoreError, OSError) as error:
        raise ServiceError(Kind.UNAVAILABLE, type(error).__name__, str(error), operation) from error
    return answer
