"""Starts the servers of a local cloud, finds them again, and ends them."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from nimble_local.cloud.access import Access, Credentials
from nimble_local.cloud.errors import LocalCloudError, ServerFailedError
from nimble_local.cloud.servers import processes, record
from nimble_local.cloud.servers.definitions import EMULATOR, printed_url
from nimble_local.cloud.servers.environment import MARK, child_environment
from nimble_local.cloud.servers.ports import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from nimble_local.cloud.folder import Folder
    from nimble_local.cloud.interrupts import Interrupts
    from nimble_local.cloud.servers.definitions import Launch, ServerDefinition

START_LIMIT_SECONDS: Final = 60.0
STOP_LIMIT_SECONDS: Final = 30.0
LAST_LINES: Final = 15
_LOOK_EVERY_SECONDS: Final = 0.03


@dataclass(frozen=True)
class Found:
    """The state of the cloud in a folder.

    Attributes
    ----------
    record
        The running servers.
    started
        True if this call started them; False if they ran already.
    """

    record: record.Record
    started: bool


@dataclass(frozen=True)
class _Starting:
    """A server that was started and may not answer yet."""

    name: str
    child: subprocess.Popen[bytes]
    log: Path
    health: str = ""

    def found_url(self) -> str | None:
        """Return the URL that it printed, if it has."""
        return printed_url(self.log.read_text(encoding="utf-8", errors="replace"))

    def found_health(self) -> str | None:
        """Return the URL of its health check, if that succeeds."""
        return self.health if answers(self.health) else None


class Supervisor:
    """A local cloud of which either all servers run, or none.

    Parameters
    ----------
    folder
        The folder of its record, logs and temporary files.
    servers
        The servers to start, in this order.
    caller
        The user's environment.
    interrupts
        Held back between the start of a process and its record.
    clock, sleep
        The clock, and a function that sleeps.
    seed
        The absolute path of the emulator's seed file, for the record of a new cloud.
    """

    def __init__(
        self,
        folder: Folder,
        servers: Sequence[ServerDefinition],
        caller: Mapping[str, str],
        interrupts: Interrupts,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        seed: str = "",
    ) -> None:
        self._folder = folder
        self._servers = servers
        self._caller = caller
        self._interrupts = interrupts
        self._clock = clock
        self._sleep = sleep
        self._seed = seed
        self._children: list[subprocess.Popen[bytes]] = []
        self._starting: list[_Starting] = []

    def running(self) -> record.Record | None:
        """Return the record if all servers run, answer and require credentials; else None."""
        found = record.read(self._folder.record)
        if found is None or found.credentials is None:
            return None
        if [running.name for running in found.servers] != [each.name for each in self._servers]:
            return None
        well = all(processes.is_running(p.identity) and answers(p.health) for p in found.servers)
        return found if well else None

    def ensure(self) -> Found:
        """Find the running cloud, or start it.

        Returns
        -------
        Found
            The running cloud.

        Raises
        ------
        ServerFailedError
            A server didn't start. Nothing is left running.
        """
        found = self.begin()
        if found.started:
            self.wait()
        return found

    def begin(self) -> Found:
        """Find the running cloud, or start its servers without waiting until they answer.

        Connections to MiniStack are queued from then on, so a client may be started meanwhile.

        Returns
        -------
        Found
            The cloud. Call `wait` if it was started.

        Raises
        ------
        ServerFailedError
            A server didn't start. Nothing is left running.
        """
        found = self.running()
        if found is not None:
            return Found(found, started=False)
        self.stop()
        self._folder.prepare()
        credentials = Credentials.generate()
        record.write(self._folder.record, record.Record(credentials, seed=self._seed))
        try:
            for server in self._servers:
                self._start(server, credentials)
        except BaseException:
            self.stop()
            raise
        started = record.read(self._folder.record) or record.Record()
        return Found(started, started=True)

    def wait(self) -> None:
        """Wait until the servers that `begin` started answer.

        Raises
        ------
        ServerFailedError
            A server ended, or doesn't answer. Nothing is left running.
        """
        try:
            for starting in self._starting:
                self._wait_for(starting.found_health, starting)
        except BaseException:
            self.stop()
            raise
        self._starting.clear()

    def stop(self) -> int:
        """End all processes of this cloud, recorded or not, until none is left.

        Returns
        -------
        int
            The number of processes.

        Raises
        ------
        LocalCloudError
            Some can't be ended; the message names them.
        """
        with self._interrupts.held_back():
            known = record.read(self._folder.record) or record.Record()
            recorded = [p.identity for p in known.servers if processes.is_running(p.identity)]
            processes.end(recorded)
            # The workers of a killed server aren't recorded, but carry the cloud's mark.
            ended = {*recorded, *self._end_marked()}
            for child in self._children:
                child.wait()
            self._children.clear()
            self._starting.clear()
            self._folder.clear()
            return len(ended)

    def _end_marked(self) -> set[processes.Identity]:
        """End the processes that bear the cloud's mark, and return them.

        Ends those too that a server, a function or a CLI starts while it's being ended.

        Raises
        ------
        LocalCloudError
            Some still run when the time is up. The record stays, so that the next command tries
            again.
        """
        ended: set[processes.Identity] = set()
        deadline = self._clock() + STOP_LIMIT_SECONDS
        while found := list(processes.marked(MARK, str(self._folder.state))):
            if self._clock() >= deadline:
                pids = " ".join(str(each.pid) for each in found)
                raise LocalCloudError(
                    f"Processes of the local cloud still run after {STOP_LIMIT_SECONDS:.0f} "
                    f"seconds: {pids}. End them (kill -9 {pids}), then try again."
                )
            processes.end(found)
            ended.update(found)
        return ended

    def _start(self, server: ServerDefinition, credentials: Credentials) -> None:
        launch = server.launch()
        log = self._folder.logs / f"{server.name.lower().replace(' ', '-')}.log"
        with self._interrupts.held_back():
            child = self._spawn(launch, log, credentials)
            identity = processes.identify(child.pid)
            if identity is not None:
                self._record(record.RunningServer(server.name, identity))
        starting = _Starting(server.name, child, log)
        url = launch.url or self._wait_for(starting.found_url, starting)
        self._starting.append(replace(starting, health=url + launch.health))
        if identity is not None:
            self._record(record.RunningServer(server.name, identity, url, url + launch.health))

    def _spawn(
        self, launch: Launch, log: Path, credentials: Credentials
    ) -> subprocess.Popen[bytes]:
        access = Access(launch.url, credentials) if launch.url else None
        environment = {
            **child_environment(self._folder, self._caller, access),
            **launch.variables,
            **self._emulator(),
        }
        listener = launch.listener
        try:
            with log.open("wb") as output:
                child = subprocess.Popen(  # noqa: S603 - a fixed command
                    launch.command,
                    cwd=self._folder.state,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=() if listener is None else (listener.fileno(),),
                    start_new_session=True,
                )
        finally:
            if listener is not None:
                listener.close()
        self._children.append(child)
        return child

    def _emulator(self) -> dict[str, str]:
        """Return the variable that leads functions without an endpoint to the emulator."""
        known = record.read(self._folder.record) or record.Record()
        running = any(server.name == EMULATOR and server.url for server in known.servers)
        return {"AWS_ENDPOINT_URL_NIMBLE": known.url(EMULATOR)} if running else {}

    def _record(self, server: record.RunningServer) -> None:
        known = record.read(self._folder.record) or record.Record()
        others = tuple(p for p in known.servers if p.name != server.name)
        record.write(self._folder.record, replace(known, servers=(*others, server)))

    def _wait_for(self, find: Callable[[], str | None], starting: _Starting) -> str:
        deadline = self._clock() + START_LIMIT_SECONDS
        while self._clock() < deadline:
            found = find()
            if found is not None:
                return found
            status = starting.child.poll()
            if status is not None:
                what = f"ended with status {status} before it answered"
                raise ServerFailedError(_failure(starting, what))
            self._sleep(_LOOK_EVERY_SECONDS)
        what = f"did not answer within {START_LIMIT_SECONDS:.0f} seconds"
        raise ServerFailedError(_failure(starting, what))


def _failure(starting: _Starting, what: str) -> str:
    lines = starting.log.read_text(encoding="utf-8", errors="replace").splitlines()
    last = "\n".join(f"    {line}" for line in lines[-LAST_LINES:]) or "    (nothing)"
    return (
        f"{starting.name} {what}. Its last lines, from {starting.log}:\n{last}\n"
        "Everything that was started has been ended. Try again. If it fails again, the lines "
        "above show why."
    )
