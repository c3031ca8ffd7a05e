"""The active faults, and their effects on requests and sessions."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nimble_local.emulator.faults.kinds import EXTERNAL_ACT, FAILURES, Fault, parse_fault
from nimble_local.emulator.service.exceptions import (
    BY_SHAPE,
    AccessDeniedError,
    NimbleError,
    ThrottlingError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from nimble_local.emulator.state.world import Table


@dataclass(slots=True)
class FaultEffects:
    """The effects of the active faults on one request."""

    names: list[str] = field(default_factory=list)
    delay: float = 0.0
    drop: str | None = None
    error: NimbleError | None = None
    html_status: int | None = None
    half: bool = False
    odd: str = ""
    stale: float = 0.0


class Bucket:
    """A token bucket in real time, independent of the emulated clock."""

    def __init__(self, per_second: float, burst: float, now: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._level = burst
        self._at = now

    def take(self, now: float) -> bool:
        """Take a token, and return whether there was one."""
        self._level = min(self._burst, self._level + (now - self._at) * self._per_second)
        self._at = now
        # The tolerance allows for rounding errors in the sum.
        if self._level < 1 - 1e-9:
            return False
        self._level -= 1
        return True


class ActiveFaults:
    """The faults that are switched on.

    Parameters
    ----------
    table
        The table that keeps them.
    real
        Real time in seconds, for the rate limits.
    new_id
        Makes their ids.
    """

    def __init__(
        self, table: Table[Fault], real: Callable[[], float], new_id: Callable[[], str]
    ) -> None:
        self._table = table
        self._real = real
        self._new_id = new_id
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def __iter__(self) -> Iterator[Fault]:
        """Iterate over the faults, the oldest first."""
        return iter(self._table)

    def add(self, wanted: Mapping[str, object], now: float) -> Fault:
        """Switch a fault on.

        Raises
        ------
        ValueError
            The fault is wrong; the message says why.
        """
        fault = parse_fault(self._new_id(), wanted, now)
        self._table.put(fault.fault_id, fault)
        return fault

    def get(self, fault_id: str) -> Fault | None:
        """Return an active fault, None when none has this id."""
        return self._table.get(fault_id)

    def remove(self, fault_id: str) -> bool:
        """Switch a fault off, and return whether it was on."""
        if fault_id not in self._table:
            return False
        self._table.remove(fault_id)
        for key in [key for key in self._buckets if key[0] == fault_id]:
            del self._buckets[key]
        return True

    def effects(self, operation: str, session_id: str | None, now: float) -> FaultEffects:
        """Return the effects on a request, and count them as hits."""
        effects = FaultEffects()
        # Usually no fault is active; this path is taken by every request.
        for fault in self._table if len(self._table) else ():
            apply = _REQUEST_FAULTS.get(fault.kind)
            if apply is None or not fault.matches(operation, session_id, now):
                continue
            if fault.kind == "rate-limit" and self._bucket(fault, operation).take(self._real()):
                continue
            if self._draw(fault):
                apply(effects, fault)
                effects.names.append(fault.kind)
        return effects

    def failure(self, kind: str, session_id: str, now: float) -> tuple[str, str] | None:
        """Return code and message if the transition that begins now will fail, else None."""
        for fault in self._table:
            if fault.kind == kind and fault.matches(None, session_id, now) and self._draw(fault):
                code = fault.parameters["code"]
                return code, fault.parameters.get("message", FAILURES[code])
        return None

    def held_until(self, session_id: str, state: str, at: float) -> float | None:
        """Return the time until which a session is stuck in a state: inf for ever, or None."""
        for fault in self._table:
            stuck = fault.kind == "stuck" and fault.parameters["state"] == state
            if stuck and fault.matches(None, session_id, at):
                return math.inf if fault.until is None else fault.until
        return None

    def acts_following(self, session_id: str, state: str, now: float) -> list[Fault]:
        """Return the external acts that follow when a session enters a state, and count them."""
        return [
            fault
            for fault in self._table
            if fault.kind == EXTERNAL_ACT
            and fault.parameters.get("state") == state
            and fault.matches(None, session_id, now)
            and self._draw(fault)
        ]

    def draw_act(self, fault_id: str) -> bool:
        """Draw whether an external act happens, now that its time has come.

        Its time comes only once, so the fault ends either way.
        """
        fault = self._table.get(fault_id)
        hit = fault is not None and self._draw(fault)
        self.remove(fault_id)
        return hit

    def _draw(self, fault: Fault) -> bool:
        hit = fault.hits_next()
        left = fault.left if fault.left is None or not hit else fault.left - 1
        if left == 0:
            self.remove(fault.fault_id)
        else:
            self._table.put(
                fault.fault_id,
                replace(fault, left=left, draws=fault.draws + 1, hits=fault.hits + hit),
            )
        return hit

    def _bucket(self, fault: Fault, operation: str) -> Bucket:
        key = (fault.fault_id, operation)
        if key not in self._buckets:
            limits = fault.parameters
            self._buckets[key] = Bucket(limits["perSecond"], limits["burst"], self._real())
        return self._buckets[key]


def _rate_limit(effects: FaultEffects, fault: Fault) -> None:
    effects.error = effects.error or ThrottlingError(
        f"More than {fault.parameters['perSecond']:g} requests a second. Slow down and try again."
    )


def _error(effects: FaultEffects, fault: Fault) -> None:
    kind = BY_SHAPE[fault.parameters["error"]]
    message = fault.parameters.get("message", "An active fault causes this error.")
    effects.error = effects.error or kind(message)


def _access_denied(effects: FaultEffects, fault: Fault) -> None:
    effects.error = effects.error or AccessDeniedError(
        f"The caller is not authorized to perform this, because of the fault {fault.fault_id}."
    )


def _latency(effects: FaultEffects, fault: Fault) -> None:
    effects.delay += fault.parameters["seconds"]


def _drop(effects: FaultEffects, fault: Fault) -> None:
    # If both are active, the cut before the request takes precedence.
    if effects.drop != "before":
        effects.drop = fault.parameters["moment"]


def _half(effects: FaultEffects, _fault: Fault) -> None:
    effects.half = True


def _html(effects: FaultEffects, fault: Fault) -> None:
    effects.html_status = int(fault.parameters["status"])


def _odd(effects: FaultEffects, fault: Fault) -> None:
    effects.odd = fault.parameters["session"]


def _stale(effects: FaultEffects, fault: Fault) -> None:
    effects.stale = max(effects.stale, fault.parameters["seconds"])


_REQUEST_FAULTS: dict[str, Callable[[FaultEffects, Fault], None]] = {
    "rate-limit": _rate_limit,
    "error": _error,
    "access-denied": _access_denied,
    "latency": _latency,
    "drop": _drop,
    "half-answer": _half,
    "html-answer": _html,
    "odd-members": _odd,
    "stale-read": _stale,
}
