"""The effect of deleting a resource on what it started or ran."""

from __future__ import annotations

from enum import Enum
from typing import Never

from cdk_waiter._private.validation import shown


class OnDelete(Enum):
    """Effect of deleting a resource.

    The defaults change nothing outside the stack: somebody may be using what was started, and a run
    may be worth its result.
    """

    RETAIN = "RETAIN"
    """Leave what was started as it is, without calling its service. The default of ``Started``."""

    STOP = "STOP"
    """Stop what was started and wait until it is stopped; only for ``Started``.

    Skipped while another resource of the same type holds the same id.
    """

    NOTHING = "NOTHING"
    """Leave the run as it is, without calling its service. The default of ``Run``."""

    CANCEL = "CANCEL"
    """End the resource's own run if it is still in flight; only for ``Run``."""

    @classmethod
    def _missing_(cls, value: object) -> Never:
        names = ", ".join(repr(each.value) for each in cls)
        raise ValueError(f"OnDelete is {shown(value)}: it must be one of {names}")
