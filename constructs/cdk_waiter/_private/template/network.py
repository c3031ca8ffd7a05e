"""The function's VPC: which services it reaches, and which parts its answers depend on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary, WeakSet

import aws_cdk as cdk

from cdk_waiter._private.template.stack_graph import names
from cdk_waiter._private.validation import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_lambda as lambda_
    from constructs import IConstruct

    from cdk_waiter._private.template.stack_graph import StackGraph

NEEDED: Final = ("cloudformation", "lambda", "s3")
"""Services besides the API's endpoint: for the stack's state, the hand-over and the answer."""

# Services that configure a network, as opposed to being placed into one.
_SERVICES: Final = (
    "AWS::EC2::",
    "AWS::NetworkFirewall::",
    "AWS::Route53::",
    "AWS::Route53Resolver::",
)
# These are placed in a network. They belong to the route out only if a part of it refers to them,
# as a route refers to a NAT instance.
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
# The function has no IPv6 address.
_EVERYWHERE: Final = "0.0.0.0/0"


def check(
    vpc: ec2.IVpc | None, subnets: object, groups: Sequence[ec2.ISecurityGroup] | None
) -> None:
    """Refuse VPC settings without a VPC."""
    for name, value in (("vpc_subnets", subnets), ("security_groups", groups)):
        if vpc is None and value is not None:
            raise ValueError(f"{name} is given without vpc: it has no meaning then; give both")


def subnet_selection(argument: str, value: object) -> object:
    """Accept an ``aws_ec2.SubnetSelection``, or a dictionary of its arguments."""
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
    # If the same provider asks a second time, this is a second synthesis.
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
        self._tables: dict[str, set[str]] = {}
        self._made_tables: set[str] = set()
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
            elif isinstance(each, cdk.aws_ec2.CfnSubnetRouteTableAssociation):
                stack = cdk.Stack.of(each)
                tables = self._tables.setdefault(_identity(stack, each.subnet_id), set())
                tables.add(_identity(stack, each.route_table_id))
            elif isinstance(each, cdk.aws_ec2.CfnRouteTable):
                self._made_tables.add(each.node.path)

    def services(self, vpc: str) -> set[str]:
        """Return the services that a VPC has endpoints for, by the VPC's identity."""
        return self._services.get(vpc, set())

    def leads_out(self, subnet: str) -> bool | None:
        """Tell whether a route leads out of a subnet; None if the app doesn't make its routes."""
        tables = self._tables.get(subnet, set())
        if tables & self._routed:
            return True
        return False if tables and tables <= self._made_tables else None


_INDICES: Final[WeakKeyDictionary[IConstruct, _Index]] = WeakKeyDictionary()


class Placement:
    """The subnets and the VPC that a function is in.

    Parameters
    ----------
    graph
        The function's stack.
    function
        Its L1.
    config
        Its ``VpcConfig`` in the template.
    vpc, selection
        The VPC and the subnets that the provider was given; others may have chosen different ones.

    Attributes
    ----------
    subnets
        The name of each subnet in messages, by its identity.
    kinds
        For a subnet that was imported with its kind: True if a route leads out of it.
    vpc
        The identity of the VPC; empty if it isn't known.
    names
        The VPC's names in the template that the function doesn't refer to.
    """

    def __init__(
        self,
        graph: StackGraph,
        function: lambda_.CfnFunction,
        config: dict[str, Any],
        vpc: ec2.IVpc | None,
        selection: ec2.SubnetSelection | None,
    ) -> None:
        stack = cdk.Stack.of(function)
        self.kinds: dict[str, bool] = {}
        self.vpc = ""
        self.names: set[str] = set()
        found: dict[str, str] = {}
        vpcs: dict[str, str] = {}
        for made in [*_referred_to(function), *graph.resources.values()]:
            if isinstance(made, cdk.aws_ec2.CfnSubnet):
                key = _key(stack, made.ref)
                found[key] = made.node.path
                vpcs[key] = _identity(cdk.Stack.of(made), made.vpc_id)
        given = [] if vpc is None else _selected(vpc, selection).subnets
        private = set() if vpc is None else {each.node.path for each in vpc.private_subnets}
        for subnet in given:
            key = _key(stack, subnet.subnet_id)
            found[key] = _identity(stack, subnet.subnet_id)
            if not isinstance(subnet, cdk.aws_ec2.Subnet):
                self.kinds[found[key]] = subnet.node.path in private
        ids = config.get("SubnetIds", config)
        keys = [json.dumps(each) for each in (ids if isinstance(ids, list) else [ids])]
        self.subnets = {found.get(key, key): found.get(key, key).strip('"') for key in keys}
        if vpc is not None and not set(keys).isdisjoint(
            _key(stack, each.subnet_id) for each in given
        ):
            self.vpc, self.names = _identity(stack, vpc.vpc_id), names_of(stack, vpc.vpc_id)
            return
        groups = [
            _identity(stack, each.vpc_id)
            for name, each in graph.resources.items()
            if isinstance(each, cdk.aws_ec2.CfnSecurityGroup)
            and each.vpc_id is not None
            and name in names(config.get("SecurityGroupIds"))
        ]
        self.vpc = next(iter([*(vpcs[key] for key in keys if key in vpcs), *groups]), "")


def _referred_to(function: lambda_.CfnFunction) -> list[IConstruct]:
    """Return the resources that the function's subnets refer to, in any stack."""
    config = function._cfn_properties.get("vpcConfig")  # noqa: SLF001 - untyped
    ids = config.get("subnetIds") if isinstance(config, dict) else None
    tokens = [
        cdk.Tokenization.reverse(each, fail_concat=False)
        for each in (ids if isinstance(ids, list) else [])
    ]
    return [each.target for each in tokens if isinstance(each, cdk.Reference)]


def _key(stack: cdk.Stack, value: str) -> str:
    """Return a value as it appears in a template."""
    return json.dumps(stack.resolve(value))


def unreachable(provider: IConstruct, placed: Placement) -> tuple[list[str], list[str]]:
    """Return the services that have neither a route nor an endpoint, as far as the app shows.

    Parameters
    ----------
    provider
        The provider of the function.
    placed
        Where the function is.

    Returns
    -------
    tuple
        The services, and the subnets whose routes the app doesn't show. The latter list is empty if
        another subnet certainly has no route out.
    """
    index = endpoints_and_routes(cdk.Stage.of(provider) or provider.node.root, provider)
    ways = {each: index.leads_out(each) for each in placed.subnets}
    ways = {each: placed.kinds.get(each) if way is None else way for each, way in ways.items()}
    if all(ways.values()):
        return [], []
    services = index.services(placed.vpc)
    unknown = [placed.subnets[each] for each, way in ways.items() if way is None]
    return [name for name in NEEDED if name not in services], (
        [] if False in ways.values() else unknown
    )


def names_of(stack: cdk.Stack, vpc_id: str) -> set[str]:
    """Return the name of a VPC in the template of a stack, if it has one there."""
    token = cdk.Tokenization.reverse(vpc_id, fail_concat=False)
    found = names(stack.resolve(vpc_id))
    if isinstance(token, cdk.Reference) and cdk.Stack.of(token.target) is not stack:
        # A logical id would be the other stack's, so nothing here uses that VPC.
        return {name for name in found if not name.isalnum()}
    return found


def to_wait_for(graph: StackGraph, function: str, given: set[str]) -> set[str]:
    """Return the resources that the function's answers need to leave its network.

    These are all parts of the function's network in the stack: the resources that its subnets and
    security groups refer to, and those that configure any of them, such as routes, rules, entries
    and endpoints. The custom resources must depend on them. The result excludes resources that
    depend on a custom resource themselves, and those that the function or another one in the result
    depends on anyway. It also excludes other stacks, which may depend on this one.

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
    free = {name for name, reached in closures.items() if not reached & graph.waiting}
    return {
        name for name in free if not any(name in closures[other] for other in free if other != name)
    }


def _network(graph: StackGraph, given: set[str]) -> set[str]:
    """Return a stack's resources that make up a network, from the names of some parts."""
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
            # A rule may name a group that is otherwise unrelated to the function.
            if rest.get(name) not in _RULES:
                # Skip parameters: one used in all tags would join everything.
                known |= {e for e in graph.named(name) if e in rest or not e.isalnum()}
    return parts


def _identity(stack: cdk.Stack, value: str) -> str:
    """Return a VPC's identity: two stacks may use the same logical id for different VPCs."""
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
