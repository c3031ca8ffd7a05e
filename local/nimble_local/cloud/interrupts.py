"""Turns the signals that end a program into one exception, raised at a safe moment."""

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
    """Raises `InterruptedByUserError` in the main thread, once, and not while it's held back.

    A terminal sends Ctrl-C to every foreground process, and people press it twice. Only the first
    signal counts; later ones must not interrupt the clean-up.
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
        """Delay the exception until the end of the block.

        For steps that belong together, such as starting a process and recording it.
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
