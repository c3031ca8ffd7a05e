"""What happens to the session when its resource goes."""

from __future__ import annotations

from enum import Enum
from typing import Never

from cdk_waiter._private.validation import shown


class OnDelete(Enum):
    """What deleting the resource does to the session.

    A session is somebody's desk, and a launch profile may not allow its sessions to be stopped at
    all; so leaving it is the default.
    """

    RETAIN = "RETAIN"
    """Leave the session as it is, without a call to the API."""

    STOP = "STOP"
    """Stop the session and wait until it is stopped.

    Certain only where the whole stack is deleted: docs/operations.md, "What is left behind by a
    removed session".
    """

    @classmethod
    def _missing_(cls, value: object) -> Never:
        raise ValueError(f"OnDelete is {shown(value)}: it must be 'RETAIN' or 'STOP'")
