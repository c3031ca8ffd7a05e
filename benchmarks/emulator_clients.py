"""An emulator in a separate process, and many light clients of it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote
from uuid import uuid4

import aiohttp

from nimble_local.control_client import Control
from nimble_local.emulator.seed.default_seed import STUDIO_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SIGNATURE: Final = (
    "AWS4-HMAC-SHA256 Credential=AKIALOAD/20261123/us-west-2/nimble/aws4_request, "
    "SignedHeaders=host, Signature=00"
)
SESSIONS: Final = f"/2020-08-01/studios/{quote(STUDIO_ID, safe='')}/streaming-sessions"
LOAD_SECONDS: Final = 0.5
"""The time between two loads of the page."""


_INSTANT: Final = ("--start-seconds", "0", "--stop-seconds", "0")
_BARE: Final = """
import socket
from aiohttp import web

async def answer(request):
    await request.read()
    return web.Response(body=b"{}" + b" " * 700, content_type="application/json")

app = web.Application()
app.router.add_route("*", "/{path:.*}", answer)
listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
web.run_app(app, sock=listener, print=None, access_log=None)
"""


class Server:
    """A server in a process of its own.

    Parameters
    ----------
    arguments
        Python's. Default: ``nimble-local serve``, with starts and stops that take no time.
    """

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments or ("-m", "nimble_local", "serve", "--port", "0", *_INSTANT)

    @classmethod
    def bare(cls) -> Self:
        """Return a server of aiohttp, the emulator's HTTP library, whose answer is always the same.

        The answer is about as long as that to a read.
        """
        return cls("-c", _BARE)

    def __enter__(self) -> Self:
        """Start it, and wait for the URL that it prints."""
        self._process = subprocess.Popen(  # noqa: S603 - this Python
            [sys.executable, *self._arguments], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        self.url = self._process.stdout.readline().split()[-1]
        self.control = Control(self.url)
        return self

    def __exit__(self, *_error: object) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate()

    def mebibytes(self) -> float:
        """Return its memory in MiB."""
        pid = self._process.pid
        status = Path(f"/proc/{pid}/status")
        if status.exists():
            line = next(line for line in status.read_text().splitlines() if "VmRSS" in line)
            kibibytes = int(line.split()[1])
        else:
            command = ["ps", "-o", "rss=", "-p", str(pid)]
            kibibytes = int(subprocess.check_output(command))  # noqa: S603 - our own child
        return round(kibibytes / 1024, 1)

    def processor_seconds(self) -> float:
        """Return the processor time that it has used, in seconds."""
        command = ["ps", "-o", "time=", "-p", str(self._process.pid)]
        stat = Path(f"/proc/{self._process.pid}/stat")
        if stat.exists():
            # The name of the process, in brackets, may contain spaces.
            fields = stat.read_text().rpartition(")")[2].split()
            return sum(int(ticks) for ticks in fields[11:13]) / os.sysconf("SC_CLK_TCK")
        shown = subprocess.check_output(command, text=True)  # noqa: S603 - our own child
        # ps shows [[days-]hours:]minutes:seconds; no run of this lasts for days.
        seconds = 0.0
        for part in shown.strip().split(":"):
            seconds = 60 * seconds + float(part)
        return seconds

    def total(self) -> int:
        """Return the number of requests so far."""
        newest = self.control.journal(limit="1")
        return int(newest[-1]["number"]) if newest else 0


@dataclass
class Seen:
    """The times of the page while it was open, in seconds."""

    loads: list[float] = field(default_factory=list)
    """From opening the page to its complete content."""
    silences: list[float] = field(default_factory=list)
    """Between two events of a page that stayed open."""


class Clients:
    """Clients that keep their connections, and count the outcomes of their requests.

    Parameters
    ----------
    url
        The URL of the emulator.
    number
        The number of connections.
    """

    def __init__(self, url: str, number: int) -> None:
        self._url = url
        self._number = number
        self.outcomes: Counter[str] = Counter()
        self.seconds: list[float] = []

    async def __aenter__(self) -> Self:
        """Open the clients."""
        connector = aiohttp.TCPConnector(limit=self._number + 10)
        headers = {"Authorization": SIGNATURE}
        self._http = aiohttp.ClientSession(self._url, connector=connector, headers=headers)
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close all connections."""
        await self._http.close()

    @property
    def sent(self) -> int:
        """The number of requests to the API that have been answered."""
        return sum(self.outcomes.values())

    async def act(self, verb: str, session_id: str) -> str:
        """Start or stop a session, and return the outcome."""
        headers = {"X-Amz-Client-Token": str(uuid4())}
        path = f"{SESSIONS}/{session_id}/{verb}"
        return await self._ask("POST", path, headers=headers, data=b"{}")

    async def get(self, session_id: str) -> str:
        """Read a session, and return the outcome."""
        return await self._ask("GET", f"{SESSIONS}/{session_id}")

    async def list_page(self) -> str:
        """Read the first page of all sessions, and return the outcome."""
        return await self._ask("GET", SESSIONS)

    async def _ask(self, method: str, path: str, **more: Any) -> str:
        began = time.perf_counter()
        async with self._http.request(method, path, **more) as answer:
            await answer.read()
            outcome = answer.headers.get("x-amzn-ErrorType", "OK")
        self.seconds.append(time.perf_counter() - began)
        self.outcomes[outcome] += 1
        return outcome

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[Seen]:
        """Load the page repeatedly while the block runs, and keep another one open."""
        seen = Seen()
        tasks = [asyncio.create_task(self._open(seen)), asyncio.create_task(self._follow(seen))]
        try:
            yield seen
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        broken = [end for end in ended if not isinstance(end, asyncio.CancelledError)]
        if broken:
            raise RuntimeError(f"The page broke: {broken[0]!r}")

    async def _open(self, seen: Seen) -> None:
        while True:
            began = time.perf_counter()
            async with self._http.get("/") as answer:
                answer.raise_for_status()
                await answer.read()
            async with self._http.get("/_nimble/events") as events:
                if not json.loads(await _event(events))["whole"]:
                    raise RuntimeError("The first event isn't complete.")
            seen.loads.append(time.perf_counter() - began)
            await asyncio.sleep(LOAD_SECONDS)

    async def _follow(self, seen: Seen) -> None:
        async with self._http.get("/_nimble/events", timeout=None) as events:
            await _event(events)
            while True:
                began = time.perf_counter()
                await _event(events)
                seen.silences.append(time.perf_counter() - began)


async def _event(events: aiohttp.ClientResponse) -> bytes:
    """Return the next event of a stream; it may be longer than aiohttp allows for a line."""
    data = b""
    while not data.endswith(b"\n\n"):
        part = await events.content.readany()
        if not part:
            raise RuntimeError("The stream of events has ended.")
        data += part
    return data.removeprefix(b"data: ")
