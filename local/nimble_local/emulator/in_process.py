"""An emulator over HTTP in this process, which can be restarted at the same address."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import TYPE_CHECKING

from nimble_local.emulator.http.connections import listen
from nimble_local.emulator.server import runner

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from nimble_local.emulator.backend import Backend
    from nimble_local.emulator.http.connections import Capacity


class Served:
    """Serves a backend on loopback from a separate thread, until `end`.

    Parameters
    ----------
    backend
        The emulated service, which from then on belongs to that thread; see `do`.
    port
        The port to listen on; 0 for any free port.
    hosts
        More host names to answer; see `origins`.
    capacity
        The number of connections; by default as many as the limit of open files allows.

    Attributes
    ----------
    port, url
        Its address.

    Raises
    ------
    OSError
        The port is in use.
    """

    def __init__(
        self,
        backend: Backend,
        port: int = 0,
        hosts: Collection[str] = (),
        capacity: Capacity | None = None,
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._runner = runner(backend, shutdown_seconds=0.1, hosts=hosts)
        try:
            self._loop.run_until_complete(self._runner.setup())
            listening = listen(self._runner, "127.0.0.1", port, capacity)
            self._listening = self._loop.run_until_complete(listening)
        except BaseException:
            self._loop.run_until_complete(self._runner.cleanup())
            self._loop.close()
            raise
        self.port: int = self._listening.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = Thread(target=self._loop.run_forever, name="nimble-local", daemon=True)
        self._thread.start()

    def do(self, act: Callable[[], object]) -> None:
        """Run a function between two requests, because the backend isn't thread-safe."""

        async def done() -> None:
            act()

        asyncio.run_coroutine_threadsafe(done(), self._loop).result()

    def end(self) -> None:
        """Close all connections and stop listening."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._listening.close()
        await self._runner.cleanup()
        # A connection that was just lost may still have a task.
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
