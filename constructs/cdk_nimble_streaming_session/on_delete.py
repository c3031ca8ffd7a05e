"""The effect of deleting a resource on its session."""

from __future__ import annotations

from enum import Enum
from typing import Never

from cdk_waiter._private.validation import shown


class OnDelete(Enum):
    """Effect of deleting the resource on the session.

    The default leaves the session alone: somebody may be working in it, and its launch profile may
    not allow stops at all.
    """

    RETAIN = "RETAIN"
    """Leave the session as it is, without calling the API."""

    STOP = "STOP"
    """Stop the session and wait until it is stopped.

    Guaranteed only when the whole stack is deleted: docs/operations.md, "What is left behind by a
    removed session".
    """

    @classmethod
    def _missing_(cls, value: object) -> Never:
        raise ValueError(f"OnDelete is {shown(value)}: it must be 'RETAIN' or 'STOP'")
