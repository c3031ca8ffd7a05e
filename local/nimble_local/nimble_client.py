"""A boto3 client of an emulator."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from nimble_local.emulator.state.ids import DEFAULT_REGION


def nimble_client(endpoint: str, access_key: str) -> Any:
    """Return a boto3 client of the emulated API, without retries.

    Parameters
    ----------
    endpoint
        The emulator's URL.
    access_key
        The caller's name; keys aren't checked.
    """
    # The type stubs cover only the services that boto3 still includes.
    make: Any = boto3.client
    return make(
        "nimble",
        endpoint_url=endpoint,
        region_name=DEFAULT_REGION,
        aws_access_key_id=access_key,
        aws_secret_access_key="any",  # noqa: S106 - keys are not checked
        config=Config(retries={"total_max_attempts": 1}),
    )
