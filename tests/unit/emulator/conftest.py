"""An emulator over HTTP in this process; its clock stands still until a test moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from nimble_local.control_client import Control
from nimble_local.emulator.backend import Backend
from nimble_local.emulator.in_process import Served

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def backend() -> Backend:
    made = Backend()
    made.clock.run(0)
    made.seed()
    return made


@pytest.fixture
def url(backend: Backend) -> Iterator[str]:
    served = Served(backend)
    yield served.url
    served.end()


@pytest.fixture
def control(url: str) -> Control:
    return Control(url)


@pytest.fixture
def client(url: str) -> Any:
    """Return the botocore client of the official model, without retries."""
    # The type stubs cover only the services that boto3 still includes.
    make: Any = boto3.client
    return make(
        "nimble",
        endpoint_url=url,
        region_name="us-west-2",
        aws_access_key_id="AKIACALLER",
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )
