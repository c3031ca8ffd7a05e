"""Stops external acts that cause each other without end."""

from __future__ import annotations

import logging
from collections import Counter, deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nimble_local.emulator.faults.active import ActiveFaults
    from nimble_local.emulator.faults.kinds import Fault

MAX_ACTS: Final = 3_000
"""The maximum number of external acts before the world has caught up with its clock."""

_LOG = logging.getLogger("nimble_local.faults")


class Runaway:
    """Counts the external acts in a step, and switches off the faults that plan too many.

    Parameters
    ----------
    faults
        The faults.

    Attributes
    ----------
    switched_off
        A sentence for each time faults were switched off; the newest ten.
    total
        The number of times.
    """

    def __init__(self, faults: ActiveFaults) -> None:
        self.switched_off: deque[str] = deque(maxlen=10)
        self.total = 0
        self._faults = faults
        self._counts: Counter[str] = Counter()

    def count(self, fault: Fault) -> None:
        """Count an act that a fault planned."""
        self._counts[fault.fault_id] += 1
        if self._counts.total() >= MAX_ACTS:
            self._switch_off()

    def forget(self) -> None:
        """Start a new step, after the world has caught up with its clock."""
        if self._counts:
            self._counts.clear()

    def _switch_off(self) -> None:
        # A fault with less than half of an equal share isn't the cause, and stays on.
        share = self._counts.total() / len(self._counts) / 2
        blamed = {fault_id for fault_id, count in self._counts.items() if count >= share}
        named = []
        for fault in self._faults:
            if fault.fault_id in blamed:
                what, state = fault.parameters["act"], fault.parameters["state"]
                named.append(f"{fault.fault_id} ({what} after {state})")
                self._faults.remove(fault.fault_id)
        self._counts.clear()
        sentence = (
            f"The external-act faults {' and '.join(named)} planned {MAX_ACTS} acts in one step of "
            "the clock and were switched off. Give them seconds, or a lower count."
        )
        self.switched_off.append(sentence)
        self.total += 1
        _LOG.warning(sentence)
