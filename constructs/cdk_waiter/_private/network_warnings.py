"""Warns about a function in a VPC from which it may not reach the services it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_waiter._private.setting_warnings import warn
from cdk_waiter._private.template import network

if TYPE_CHECKING:
    from constructs import IConstruct


def warn_of_missing_routes(provider: IConstruct, placement: network.Placement) -> None:
    """Warn if the function's subnets have no way to a service, or if the app doesn't show one."""
    missing, unknown = network.unreachable(provider, placement)
    services, subnets = ", ".join(missing), ", ".join(unknown)
    if missing and unknown:
        warn(
            provider,
            "unknownRoutes",
            "The app doesn't show the routes of these subnets of the function: "
            f"{subnets}. From there it must reach {services} and the API's endpoint, by NAT for "
            "IPv4 or by VPC endpoints. Check this, then acknowledge the warning",
        )
    elif missing:
        warn(
            provider,
            "noRoute",
            "The subnets of the function have no NAT for IPv4, and the app has no VPC endpoint "
            f"for {services}. Without a way to these and to the API's endpoint, the function "
            "can't work. Add a NAT gateway or these endpoints; where they exist outside this app, "
            "acknowledge this warning",
        )
