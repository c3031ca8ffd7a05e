"""Waits for what happens in a local cloud."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

Value = TypeVar("Value")


def read_until(
    is_expected: Callable[[Value], bool],
    read: Callable[[], Value],
    what: str,
    *,
    ended: Event,
    within: float,
    every: float,
) -> Value:
    """Read a value until it is the expected one, and return it.

    Parameters
    ----------
    is_expected
        Tells whether a value ends the wait.
    read
        Reads the value.
    what
        What is waited for, as the failure names it.
    ended
        Set when the test run ends; the wait then fails at once.
    within, every
        The longest wait and the time between two reads, in seconds.
    """
    deadline = time.monotonic() + within
    while not is_expected(value := read()):
        assert time.monotonic() < deadline, f"{what}: still {value!r} after {within:.0f} s"
        assert not ended.wait(every), f"{what}: the test run has ended"
    return value
