"""The function's VPC, and whether it reaches from there what it needs, as far as the app shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary, WeakSet

import aws_cdk as cdk

from cdk_nimble_streaming_session.stack_graph import names
from cdk_nimble_streaming_session.validation import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ec2 as ec2
    from constructs import IConstruct

    from cdk_nimble_streaming_session.stack_graph import StackGraph

NEEDED: Final = ("cloudformation", "lambda", "s3")
"""Services beside the endpoint itself: for the stack's state, the hand-over and the answer."""

# What configures a network, as opposed to what is placed into one.
_SERVICES: Final = (
    "AWS::EC2::",
    "AWS::NetworkFirewall::",
    "AWS::Route53::",
    "AWS::Route53Resolver::",
)
# These are in a network, and are part of the way out only where a part of it refers to them, as a
# route to a NAT instance does.
_PLACED: Final = {
    f"AWS::EC2::{name}"
    for name in [
        *["VPC", "Subnet", "SecurityGroup", "RouteTable", "NetworkAcl"],
        *["Instance", "NetworkInterface", "LaunchTemplate", "SpotFleet", "EC2Fleet", "FlowLog"],
        *["InstanceConnectEndpoint", "ClientVpnEndpoint", "ClientVpnTargetNetworkAssociation"],
        *["VerifiedAccessEndpoint", "NetworkInsightsPath"],
    ]
}
_RULES: Final = frozenset({"AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"})
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


def endpoints_and_routes(stage: IConstruct, provider: IConstruct) -> _Index:
    """Return the VPC endpoints and default routes of a stage, from one walk for all providers."""
    index = _INDICES.get(stage)
    # A provider that asks again is being synthesised again.
    if index is None or provider in index.asked:
        index = _INDICES[stage] = _Index(stage)
    index.asked.add(provider)
    return index


class _Index:
    """The VPC endpoints and the default routes of a stage."""

    def __init__(self, stage: IConstruct) -> None:
        self.asked: WeakSet[IConstruct] = WeakSet()
        self._services: dict[str, set[str]] = {}
        self._routed: set[str] = set()
        for each in stage.node.find_all():
            if isinstance(each, cdk.aws_ec2.CfnVPCEndpoint):
                stack = cdk.Stack.of(each)
                text = json.dumps(stack.resolve(each.service_name)).rstrip('"]} ')
                services = self._services.setdefault(_identity(stack, each.vpc_id), set())
                services.add(text.rpartition(".")[2])
            elif (
                isinstance(each, cdk.aws_ec2.CfnRoute)
                and each.destination_cidr_block == _EVERYWHERE
            ):
                self._routed.add(_identity(cdk.Stack.of(each), each.route_table_id))

    def services(self, stack: cdk.Stack, vpc_id: str) -> set[str]:
        """Return the services that a VPC has endpoints for."""
        return self._services.get(_identity(stack, vpc_id), set())

    def has_default_route(self, stack: cdk.Stack, subnet: ec2.ISubnet) -> bool:
        """Tell whether a route of the app leads out of a subnet."""
        return _identity(stack, subnet.route_table.route_table_id) in self._routed


_INDICES: Final[WeakKeyDictionary[IConstruct, _Index]] = WeakKeyDictionary()


def unreachable(
    provider: IConstruct,
    vpc: ec2.IVpc | None,
    selection: ec2.SubnetSelection | None,
    subnet_ids: Sequence[object],
) -> list[str]:
    """Return the services that no route and no endpoint leads to, as far as the app shows.

    Parameters
    ----------
    provider
        The provider of the function.
    vpc, selection
        The VPC and the subnets that the provider was given.
    subnet_ids
        The subnets that the function has in the end; without ``vpc`` somebody else chose them.
    """
    stack = cdk.Stack.of(provider)
    if vpc is None:
        made = [each for each in map(_made_here, subnet_ids) if each is not None]
        vpc_id, private = (made[0].vpc_id if made else ""), set[str]()
        subnets = [each.node.scope for each in made]
    else:
        vpc_id, private = vpc.vpc_id, {each.node.path for each in vpc.private_subnets}
        subnets = list(_selected(vpc, selection).subnets)
    index = endpoints_and_routes(cdk.Stage.of(provider) or provider.node.root, provider)
    if all(_has_way_out(index, stack, subnet, private) for subnet in subnets):
        return []
    services = index.services(stack, vpc_id)
    return [name for name in NEEDED if name not in services]


def names_of(stack: cdk.Stack, vpc_id: str) -> set[str]:
    """Return the name of a VPC in the template of a stack, if it has one there."""
    token = cdk.Tokenization.reverse(vpc_id, fail_concat=False)
    found = names(stack.resolve(vpc_id))
    if isinstance(token, cdk.Reference) and cdk.Stack.of(token.target) is not stack:
        # A logical id would be the other stack's: nothing here uses that VPC.
        return {name for name in found if not name.isalnum()}
    return found


def _made_here(subnet_id: object) -> ec2.CfnSubnet | None:
    """Return the subnet of this app that an id stands for."""
    token = cdk.Tokenization.reverse(subnet_id, fail_concat=False)
    target = token.target if isinstance(token, cdk.Reference) else None
    return target if isinstance(target, cdk.aws_ec2.CfnSubnet) else None


def to_wait_for(graph: StackGraph, function: str, given: set[str]) -> set[str]:
    """Return what the sessions of a function have to depend on for its answers to get out.

    Everything in the stack that the function's network consists of: what its subnets and security
    groups refer to, and what configures any of that, such as routes, rules, entries and endpoints.
    Left out are resources that reach a session, which would wait for themselves, and what the
    function or another one of the list waits for anyway. Other stacks are left out, too: they may
    wait for this one.

    Parameters
    ----------
    graph
        The function's stack.
    function
        Its logical id.
    given
        Names of the network's parts that the function itself doesn't refer to.
    """
    parts = _network(graph, given)
    already = graph.closure([function])
    closures = {name: graph.closure([name]) for name in parts - already}
    free = {name for name, reached in closures.items() if not reached & graph.sessions}
    return {
        name for name in free if not any(name in closures[other] for other in free if other != name)
    }


def _network(graph: StackGraph, given: set[str]) -> set[str]:
    """Return the resources of a stack that a network consists of, from the names of some parts."""
    known = set(given)
    parts: set[str] = set()
    rest = {
        name: each.cfn_resource_type
        for name, each in graph.resources.items()
        if each.cfn_resource_type.startswith(_SERVICES)
    }
    new = True
    while new:
        inside = (known & rest.keys()) - parts
        joined = {
            name
            for name, kind in rest.items()
            if name not in parts and kind not in _PLACED and graph.named(name) & known
        }
        new = bool(inside | joined)
        for name in inside | joined:
            parts.add(name)
            known.add(name)
            # A rule may name a group that has nothing else to do with the function.
            if rest.get(name) not in _RULES:
                # No parameters: one for all tags would join everything.
                known |= {e for e in graph.named(name) if e in rest or not e.isalnum()}
    return parts


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


def _has_way_out(
    index: _Index, stack: cdk.Stack, subnet: IConstruct | None, private: set[str]
) -> bool:
    """Tell whether a route leads out of a subnet; of an imported one, its kind says so."""
    if isinstance(subnet, cdk.aws_ec2.Subnet):
        return index.has_default_route(stack, subnet)
    return subnet is not None and subnet.node.path in private
