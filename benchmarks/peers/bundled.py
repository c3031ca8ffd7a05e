"""The same function around the waiter, bundling a boto3 that still knows the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peers import waiter

if TYPE_CHECKING:
    import aws_cdk as cdk

    from peers.settings import Settings


def add(stack: cdk.Stack, settings: Settings) -> str:
    """Add the resource that starts the session; return its ARN."""
    return waiter.add(stack, settings, "bundled")
