"""The object that the pytest fixture ``nimble`` provides."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nimble_local.control_client import Control
from nimble_local.emulator.backend import Backend
from nimble_local.emulator.in_process import Served
from nimble_local.emulator.state.entities import camel
from nimble_local.emulator.state.ids import DEFAULT_REGION
from nimble_local.emulator.state.settings import Settings
from nimble_local.nimble_client import nimble_client

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
"""The access key of the client and the environment; keys aren't checked."""


class Faults:
    """The faults; see "Faults" in docs/emulator.md."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def add(self, kind: str, **limits: object) -> str:
        """Switch a fault on, and return its id.

        Parameters
        ----------
        kind
            A kind of fault, such as ``start-failure``.
        limits
            Its parameters and limits in snake case, such as ``session_id`` or ``per_second``.

        Raises
        ------
        ValueError
            A value is missing, unknown or out of range; the message says which.
        """
        wanted = {camel(name): value for name, value in limits.items()}
        return str(self._control.add_fault(kind=kind, **wanted)["id"])

    def active(self) -> list[dict[str, Any]]:
        """Return the active faults, oldest first."""
        return self._control.faults()

    def remove(self, fault_id: str) -> None:
        """Switch a fault off.

        Raises
        ------
        ValueError
            It isn't active: it was switched off, or has reached its count.
        """
        self._control.remove_fault(fault_id)

    def clear(self) -> None:
        """Switch all faults off."""
        for fault in self.active():
            self.remove(fault["id"])


class EmulatedClock:
    """The emulated clock, which runs in real time until it's set."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def now(self) -> datetime:
        """Return the emulated time, in UTC."""
        return datetime.fromisoformat(self._control.clock()["now"])

    def stop(self) -> None:
        """Stop the clock, until `run`."""
        self._control.set_clock(factor=0)

    def run(self, factor: float = 1.0) -> None:
        """Run the clock at ``factor`` emulated seconds per real second, up to a million."""
        self._control.set_clock(factor=factor)

    def forward(self, step: float | timedelta) -> None:
        """Set the clock forward by seconds; events that are due by then happen in order."""
        seconds = step.total_seconds() if isinstance(step, timedelta) else step
        self._control.set_clock(advanceSeconds=seconds)


class RequestJournal:
    """The requests, oldest first; the newest 10,000 are kept."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def entries(
        self, operation: str | None = None, session_id: str | None = None
    ) -> list[dict[str, Any]]:
        """Return all requests, or those of an operation or a session."""
        query = {"operation": operation, "sessionId": session_id}
        return self._control.journal(**{k: v for k, v in query.items() if v is not None})

    def operations(self, session_id: str | None = None) -> list[str | None]:
        """Return the requested operations in order; None for a request that matches none."""
        return [entry["operation"] for entry in self.entries(session_id=session_id)]


class Nimble:
    """An emulator of Nimble Studio for one test.

    Attributes
    ----------
    endpoint
        Its URL, for ``endpoint_url``.
    faults, clock, journal
        The faults, the emulated clock, and the requests.
    """

    def __init__(self, endpoint: str) -> None:
        control = Control(endpoint)
        self.endpoint = endpoint
        self.faults = Faults(control)
        self.clock = EmulatedClock(control)
        self.journal = RequestJournal(control)
        self._control = control

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that point AWS SDKs here, for ``monkeypatch.setenv``."""
        return {
            "AWS_ENDPOINT_URL_NIMBLE": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_REGION": DEFAULT_REGION,
            "AWS_DEFAULT_REGION": DEFAULT_REGION,
        }

    @cached_property
    def client(self) -> Any:
        """A boto3 client of the emulated API, without retries."""
        return nimble_client(self.endpoint, ACCESS_KEY)

    def seed(self, seed: Mapping[str, object]) -> None:
        """Add a seed: sessions, and the studios and profiles they need; see docs/emulator.md.

        Raises
        ------
        ValueError
            Something is missing, unknown or wrong; the message says where. Nothing was added.
        """
        self._control.seed(seed)

    def session(self, session_id: str) -> dict[str, Any]:
        """Return a session with its backups and history, without a request in the journal.

        Raises
        ------
        ValueError
            No session has this id.
        """
        return self._control.session(session_id)

    def close(self) -> None:
        """Close the client's connections."""
        if "client" in self.__dict__:
            self.client.close()

    def reset(self) -> None:
        """Restore the state at the start of the test, without faults and journal."""
        self._control.reset()


@contextmanager
def emulated(settings: Mapping[str, Any], seed: Mapping[str, Any]) -> Iterator[Nimble]:
    """Serve an emulator in this process while the block runs.

    Parameters
    ----------
    settings
        Settings that differ from the defaults.
    seed
        What the world holds at the start, besides the default seed.

    Raises
    ------
    ValueError
        A setting or something in the seed is wrong; the message says what.
    """
    backend = Backend(Settings().changed(dict(settings)))
    backend.seeds.append(dict(seed))
    backend.seed()
    served = Served(backend)
    made = Nimble(served.url)
    try:
        yield made
    finally:
        made.close()
        served.end()
