"""Ids and ARNs in the shapes of the real service."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

ACCOUNT = "000000000000"
"""The only account of the emulator."""

DEFAULT_REGION = "us-west-2"
"""The region of an ARN if the studio's id names none."""


def new_id(uuid: Callable[[], UUID] = uuid4) -> str:
    """Return an id of 22 characters, as for sessions, backups and launch profiles.

    The ids of the service that were published are UUIDs of version 4 in URL-safe base64 without
    padding, such as ``yeG7lDwNQEiwNTRT7DrV7Q``. Ids that begin with a hyphen are skipped, because
    command lines would take them for options.
    """
    while True:
        made = urlsafe_b64encode(uuid().bytes).rstrip(b"=").decode("ascii")
        if not made.startswith("-"):
            return made


def new_request_id() -> str:
    """Return a request id in the form that AWS uses."""
    return str(uuid4())


def region_of(studio_id: str) -> str:
    """Return the region that a studio's id (``us-west-2:stid-abc123``) starts with."""
    region, colon, _ = studio_id.partition(":")
    return region if colon else DEFAULT_REGION


def arn(studio_id: str, kind: str, resource_id: str) -> str:
    """Return the ARN of a resource in a studio.

    Parameters
    ----------
    studio_id
        The studio's id, which contains the region.
    kind
        The resource type of the service authorization reference, such as ``streaming-session``.
    resource_id
        The resource's id; a studio's ARN contains its id without the region.
    """
    name = resource_id.rpartition(":")[2] if kind == "studio" else resource_id
    return f"arn:aws:nimble:{region_of(studio_id)}:{ACCOUNT}:{kind}/{name}"
