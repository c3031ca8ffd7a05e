"""The function's VPC, and whether it reaches from there what it needs, as far as the app shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ec2 as ec2

NEEDED: Final = ("cloudformation", "lambda", "s3")
"""Services beside the endpoint itself: for the stack's state, the hand-over and the answer."""

_EVERYWHERE: Final = ("0.0.0.0/0", "::/0")


def check(
    vpc: ec2.IVpc | None,
    subnets: ec2.SubnetSelection | None,
    groups: Sequence[ec2.ISecurityGroup] | None,
) -> None:
    """Refuse settings of a VPC without one."""
    for name, value in (("vpc_subnets", subnets), ("security_groups", groups)):
        if vpc is None and value is not None:
            raise ValueError(f"{name} is given without vpc: it has no meaning then; give both")


def unreachable(
    stack: cdk.Stack, vpc: ec2.IVpc, selection: ec2.SubnetSelection | None
) -> list[str]:
    """Return the services that no route and no endpoint leads to, as far as the app shows."""
    subnets = _selected(vpc, selection).subnets
    if all(_has_way_out(vpc, subnet) for subnet in subnets):
        return []
    names = {
        json.dumps(stack.resolve(endpoint.service_name)).rstrip('"]} ').rpartition(".")[2]
        for owner in {stack, cdk.Stack.of(vpc)}
        for endpoint in owner.node.find_all()
        if isinstance(endpoint, cdk.aws_ec2.CfnVPCEndpoint)
        and stack.resolve(endpoint.vpc_id) == stack.resolve(vpc.vpc_id)
    }
    return [name for name in NEEDED if name not in names]


def _selected(vpc: ec2.IVpc, selection: ec2.SubnetSelection | None) -> ec2.SelectedSubnets:
    if selection is None:
        return vpc.select_subnets()
    return vpc.select_subnets(
        availability_zones=selection.availability_zones,
        one_per_az=selection.one_per_az,
        subnet_filters=selection.subnet_filters,
        subnet_group_name=selection.subnet_group_name,
        subnets=selection.subnets,
        subnet_type=selection.subnet_type,
    )


def _has_way_out(vpc: ec2.IVpc, subnet: ec2.ISubnet) -> bool:
    """Tell whether a route leads out of a subnet; of an imported one, its kind says so."""
    inside = subnet.node.find_all()
    if any(isinstance(child, cdk.aws_ec2.CfnSubnet) for child in inside):
        return any(
            isinstance(child, cdk.aws_ec2.CfnRoute)
            and (child.destination_cidr_block or child.destination_ipv6_cidr_block) in _EVERYWHERE
            for child in inside
        )
    return subnet.node.path in {each.node.path for each in vpc.private_subnets}
