"""Events of CloudFormation for custom resources, as AWS documents them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPE = "Custom::NimbleStreamingSession"


def build_event(
    kind: str,
    *,
    request_id: str,
    stack_id: str,
    response_url: str,
    properties: Mapping[str, Any],
    old_properties: Mapping[str, Any] | None = None,
    physical_id: str = "",
    logical_id: str = "Workstation",
    resource_type: str = TYPE,
) -> dict[str, Any]:
    """Return an event.

    Parameters
    ----------
    kind
        ``Create``, ``Update`` or ``Delete``.
    old_properties
        The properties before an Update. Default: the new ones.
    physical_id
        The PhysicalResourceId of an Update or a Delete. A Create has none.
    """
    made: dict[str, Any] = {
        "RequestType": kind,
        "RequestId": request_id,
        "StackId": stack_id,
        "ResponseURL": response_url,
        "ResourceType": resource_type,
        "LogicalResourceId": logical_id,
        "ResourceProperties": dict(properties),
    }
    if kind != "Create":
        made["PhysicalResourceId"] = physical_id
    if kind == "Update":
        made["OldResourceProperties"] = dict(
            properties if old_properties is None else old_properties
        )
    return made
