"""An emulator over HTTP in this process, with a clock that stands still until it is moved."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aiohttp import web
from botocore.config import Config

from nimble_local.cloud.control import Control
from nimble_local.emulator.models import Backend
from nimble_local.emulator.seed import seed
from nimble_local.emulator.server import application

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def backend() -> Backend:
    made = Backend()
    made.clock.run(0)
    seed(made)
    return made


@pytest.fixture
def url(backend: Backend) -> Iterator[str]:
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(application(backend), access_log=None, shutdown_timeout=0.1)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
    thread = Thread(target=loop.run_forever)
    thread.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def control(url: str) -> Control:
    return Control(url)


@pytest.fixture
def client(url: str) -> Any:
    """Return the botocore client of the official model, without retries."""
    # The stubs know the services of today's boto3, which has no such client by itself.
    make: Any = boto3.client
    return make(
        "nimble",
        endpoint_url=url,
        region_name="us-west-2",
        aws_access_key_id="AKIACALLER",
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )
