"""The ways to start a session that the benchmark compares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Peer:
    """One way to start a session from a stack.

    Attributes
    ----------
    name
        Its module under ``peers``.
    title
        Its name in the tables.
    waits
        True if its resource completes only when the session is READY.
    deployed
        True if it is deployed, False if it is only synthesised.
    """

    name: str
    title: str
    waits: bool = True
    deployed: bool = True


OURS: Final = Peer("ours", "StreamingSession (this project)")
FRAMEWORK: Final = Peer("provider_framework", "provider framework")
CRHELPER: Final = Peer("crhelper", "crhelper")
CALL: Final = Peer("aws_custom_resource", "AwsCustomResource, no wait", waits=False)
WAITER: Final = Peer("waiter", "botocore's waiter in a function")
BUNDLED: Final = Peer("bundled", "botocore's waiter, bundling boto3", deployed=False)

PEERS: Final = (OURS, FRAMEWORK, CRHELPER, CALL, WAITER, BUNDLED)
