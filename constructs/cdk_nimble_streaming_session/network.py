"""The function's VPC, and whether it reaches from there what it needs, as far as the app shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_nimble_streaming_session import wire
from cdk_nimble_streaming_session.validation import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ec2 as ec2
    from constructs import IConstruct

NEEDED: Final = ("cloudformation", "lambda", "s3")
"""Services beside the endpoint itself: for the stack's state, the hand-over and the answer."""

# The function has no address of IPv6.
_EVERYWHERE: Final = "0.0.0.0/0"


def check(
    vpc: ec2.IVpc | None, subnets: object, groups: Sequence[ec2.ISecurityGroup] | None
) -> None:
    """Refuse settings of a VPC without one."""
    for name, value in (("vpc_subnets", subnets), ("security_groups", groups)):
        if vpc is None and value is not None:
            raise ValueError(f"{name} is given without vpc: it has no meaning then; give both")


def subnet_selection(argument: str, value: object) -> object:
    """Accept an ``aws_ec2.SubnetSelection``, or a dictionary of its arguments; a rule."""
    rule = "it must be an aws_ec2.SubnetSelection, or a dictionary of what that takes"
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        try:
            return cdk.aws_ec2.SubnetSelection(**value)
        except TypeError as error:
            raise TypeError(f"{argument} is {shown(value)}: {rule}") from error
    if not isinstance(value, cdk.aws_ec2.SubnetSelection):
        raise TypeError(f"{argument} is {shown(value)}: {rule}")
    return value


def endpoints(stack: cdk.Stack, vpc: ec2.IVpc) -> list[ec2.CfnVPCEndpoint]:
    """Return the endpoints of a VPC, in whichever stack of the app they are."""
    wanted = _identity(stack, vpc.vpc_id)
    return [
        each
        for each in stack.node.root.node.find_all()
        if isinstance(each, cdk.aws_ec2.CfnVPCEndpoint) and _identity(stack, each.vpc_id) == wanted
    ]


def unreachable(
    stack: cdk.Stack,
    vpc: ec2.IVpc,
    selection: ec2.SubnetSelection | None,
    endpoints: Sequence[ec2.CfnVPCEndpoint],
) -> list[str]:
    """Return the services that no route and no endpoint leads to, as far as the app shows."""
    subnets = _selected(vpc, selection).subnets
    if all(_has_way_out(vpc, subnet) for subnet in subnets):
        return []
    names = {
        json.dumps(stack.resolve(endpoint.service_name)).rstrip('"]} ').rpartition(".")[2]
        for endpoint in endpoints
    }
    return [name for name in NEEDED if name not in names]


def to_wait_for(stack: cdk.Stack, endpoints: Sequence[ec2.CfnVPCEndpoint]) -> list[IConstruct]:
    """Return the endpoints that must not go before the sessions of a stack are answered.

    CloudFormation sees nothing between the two, and a function without them answers nothing. Those
    of other stacks are left out, which may themselves wait for this one.
    """
    return [
        _whole(endpoint)
        for endpoint in endpoints
        if cdk.Stack.of(endpoint) is stack and not _names_a_session(stack, endpoint)
    ]


def _whole(endpoint: ec2.CfnVPCEndpoint) -> IConstruct:
    """Return an endpoint with its security group and that one's rules, where it has them."""
    scope = endpoint.node.scope
    return scope if isinstance(scope, cdk.aws_ec2.VpcEndpoint) else endpoint


def _names_a_session(stack: cdk.Stack, endpoint: ec2.CfnVPCEndpoint) -> bool:
    """Tell whether an endpoint's policy has an attribute of a session: then it comes after it."""
    if endpoint.policy_document is None:
        return False
    policy = json.dumps(stack.resolve(endpoint.policy_document))
    return any(
        f'"{stack.get_logical_id(each)}"' in policy
        for each in stack.node.find_all()
        if isinstance(each, cdk.CfnResource) and each.cfn_resource_type == wire.RESOURCE_TYPE
    )


def _identity(stack: cdk.Stack, value: str) -> str:
    """Return what tells a VPC from others: two stacks may have one logical id for their own."""
    token = cdk.Tokenization.reverse(value, fail_concat=False)
    if isinstance(token, cdk.Reference):
        return token.target.node.path
    return json.dumps(stack.resolve(value))


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
            isinstance(child, cdk.aws_ec2.CfnRoute) and child.destination_cidr_block == _EVERYWHERE
            for child in inside
        )
    return subnet.node.path in {each.node.path for each in vpc.private_subnets}
