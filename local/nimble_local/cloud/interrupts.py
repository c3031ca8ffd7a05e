"""Signals that ask to end, turned into one exception at a moment that suits."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from nimble_local.cloud.errors import InterruptedByUserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Raises `InterruptedByUserError` in the main thread, once, and not while it is held back.

    A terminal sends Ctrl-C to every process in its foreground, and people press it twice. The
    first one is the request; what follows must not cut the clean-up short.
    """

    def __init__(self) -> None:
        self._held = 0
        self._arrived: int | None = None
        self._raised = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Handle the signals while the block runs."""
        before = {number: signal.signal(number, self._handle) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Let the block run to its end first.

        For what must not be torn apart: a process that is started has to be written down.
        """
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        self._raise_if_due()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self._arrived is None:
            self._arrived = number
        self._raise_if_due()

    def _raise_if_due(self) -> None:
        if self._arrived is not None and not self._held and not self._raised:
            self._raised = True
            raise InterruptedByUserError(self._arrived)
