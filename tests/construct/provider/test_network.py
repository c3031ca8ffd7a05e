"""The network's way out stays until the function's sessions are answered, without cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from cdk_nimble_streaming_session import StreamingSession, StreamingSessionProvider
from testkit.construct import policies
from testkit.construct.dependencies import closure
from testkit.construct.lint import lint

if TYPE_CHECKING:
    from collections.abc import Iterator

SESSION = "Custom::NimbleStreamingSession"
ISOLATED = ec2.SubnetType.PRIVATE_ISOLATED
LAMBDA = ec2.InterfaceVpcEndpointAwsService.LAMBDA_


class Network:
    """A stack with a VPC that has no way out, a function in it, and a session."""

    def __init__(self, **settings: Any) -> None:
        self.stack = cdk.Stack(cdk.App(), "Studio")
        self.vpc = ec2.Vpc(
            self.stack,
            "Vpc",
            max_azs=1,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Private", subnet_type=ISOLATED),
                ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC),
            ],
        )
        self.group = ec2.SecurityGroup(self.stack, "Group", vpc=self.vpc, allow_all_outbound=False)
        self.provider = StreamingSessionProvider(
            self.stack,
            "Provider",
            vpc=self.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ISOLATED),
            security_groups=[self.group],
            **settings,
        )
        self.session = StreamingSession(
            self.stack,
            "Workstation",
            studio_id="us-west-2:stid-abc123",
            session_id="abc",
            provider=self.provider,
        )

    @property
    def subnet(self) -> ec2.ISubnet:
        return self.vpc.isolated_subnets[0]

    def endpoint(self, **settings: Any) -> ec2.InterfaceVpcEndpoint:
        return ec2.InterfaceVpcEndpoint(
            self.stack,
            "Endpoint",
            vpc=self.vpc,
            service=LAMBDA,
            subnets=ec2.SubnetSelection(subnet_type=ISOLATED),
            **settings,
        )

    def template(self) -> dict[str, Any]:
        found = policies.template(self.stack)
        assert lint(found) == []
        return found


def ids(template: dict[str, Any], kind: str) -> set[str]:
    return {name for name, each in template["Resources"].items() if each["Type"] == kind}


def waited_for(template: dict[str, Any]) -> set[str]:
    """Return the direct and indirect dependencies of each session in a template."""
    reached: Iterator[set[str]] = (closure(template, name) for name in ids(template, SESSION))
    return set.union(*reached)


def egress_of_a_given_group(made: Network) -> None:
    made.group.connections.allow_to(made.endpoint(open=False), ec2.Port.tcp(443))


def egress_to_a_prefix_list(made: Network) -> None:
    prefixes = ec2.PrefixList(made.stack, "Prefixes", entries=[], max_entries=1)
    made.group.add_egress_rule(ec2.Peer.prefix_list(prefixes.prefix_list_id), ec2.Port.tcp(443))
    ec2.CfnSecurityGroupEgress(
        made.stack,
        "Own",
        group_id=made.group.security_group_id,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        destination_prefix_list_id=prefixes.prefix_list_id,
    )


def ingress_of_the_endpoints_own_group(made: Network) -> None:
    own = ec2.SecurityGroup(made.stack, "Endpoints", vpc=made.vpc)
    made.endpoint(security_groups=[own], open=False)
    ec2.CfnSecurityGroupIngress(
        made.stack,
        "Rule",
        group_id=own.security_group_id,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        source_security_group_id=made.group.security_group_id,
    )


def transit_gateway(made: Network) -> None:
    gateway = ec2.CfnTransitGateway(made.stack, "Gateway")
    attachment = ec2.CfnTransitGatewayAttachment(
        made.stack,
        "Attachment",
        subnet_ids=[made.subnet.subnet_id],
        transit_gateway_id=gateway.ref,
        vpc_id=made.vpc.vpc_id,
    )
    route = ec2.CfnRoute(
        made.stack,
        "Out",
        route_table_id=made.subnet.route_table.route_table_id,
        destination_cidr_block="0.0.0.0/0",
        transit_gateway_id=gateway.ref,
    )
    route.add_resource_dependency(attachment)


def network_acl(made: Network) -> None:
    acl = ec2.NetworkAcl(
        made.stack,
        "Acl",
        vpc=made.vpc,
        subnet_selection=ec2.SubnetSelection(subnet_type=ISOLATED),
    )
    for direction in (ec2.TrafficDirection.EGRESS, ec2.TrafficDirection.INGRESS):
        acl.add_entry(
            f"All{direction.value}",
            cidr=ec2.AclCidr.any_ipv4(),
            rule_number=100,
            traffic=ec2.AclTraffic.all_traffic(),
            direction=direction,
        )


def nat_of_l1s(made: Network) -> None:
    public = made.vpc.public_subnets[0]
    address = ec2.CfnEIP(made.stack, "Address", domain="vpc")
    nat = ec2.CfnNatGateway(
        made.stack, "Nat", subnet_id=public.subnet_id, allocation_id=address.attr_allocation_id
    )
    ec2.CfnRoute(
        made.stack,
        "Out",
        route_table_id=made.subnet.route_table.route_table_id,
        destination_cidr_block="0.0.0.0/0",
        nat_gateway_id=nat.attr_nat_gateway_id,
    )


WAYS_OUT = {
    egress_of_a_given_group: ["VPCEndpoint", "SecurityGroupEgress", "SecurityGroupIngress"],
    egress_to_a_prefix_list: ["PrefixList", "SecurityGroupEgress"],
    ingress_of_the_endpoints_own_group: ["VPCEndpoint", "SecurityGroupIngress", "SecurityGroup"],
    transit_gateway: ["TransitGateway", "TransitGatewayAttachment", "Route"],
    network_acl: ["NetworkAcl", "NetworkAclEntry", "SubnetNetworkAclAssociation"],
    nat_of_l1s: ["NatGateway", "EIP", "Route", "VPCGatewayAttachment", "InternetGateway"],
}


@pytest.mark.parametrize("add", WAYS_OUT)
def test_the_sessions_wait_for_the_way_out(add: Any) -> None:
    made = Network()
    add(made)
    template = made.template()
    waits = waited_for(template)
    for kind in WAYS_OUT[add]:
        found = ids(template, f"AWS::EC2::{kind}")
        assert found, kind
        assert found <= waits, kind


def test_the_sessions_do_not_wait_for_what_is_placed_in_the_network() -> None:
    made = Network()
    made.endpoint()
    lambda_.Function(
        made.stack,
        "Other",
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(*_): pass"),
        vpc=made.vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ISOLATED),
    )
    template = policies.template(made.stack)
    (own,) = (n for n in ids(template, "AWS::Lambda::Function") if "Provider" in n)
    assert ids(template, "AWS::Lambda::Function") & waited_for(template) == {own}


def test_no_dependency_follows_from_another() -> None:
    made = Network()
    made.endpoint(open=False)
    template = made.template()
    (session,) = (each for n, each in template["Resources"].items() if each["Type"] == SESSION)
    for name in session["DependsOn"]:
        assert not any(name in closure(template, other) for other in session["DependsOn"])


# Each of these used to make a cycle (aws-cdk issues 20360 and 5047).
def names_a_role_whose_policy_names_the_session(made: Network) -> None:
    role = iam.Role(made.stack, "Role", assumed_by=iam.AccountRootPrincipal())
    made.session.grant_read(role)
    endpoint = made.endpoint()
    endpoint.add_to_policy(
        iam.PolicyStatement(
            actions=["lambda:*"], resources=["*"], principals=[iam.ArnPrincipal(role.role_arn)]
        )
    )
    endpoint.node.add_dependency(role.node.find_child("DefaultPolicy"))


def comes_after_the_session(made: Network) -> None:
    made.endpoint().node.add_dependency(made.session)


def has_a_tag_with_an_attribute(made: Network) -> None:
    cdk.Tags.of(made.endpoint()).add("Session", made.session.streaming_session_state)


def has_a_tag_with_an_attribute_at_a_distance(made: Network) -> None:
    topic = cdk.CfnResource(
        made.stack,
        "Topic",
        type="AWS::SNS::Topic",
        properties={"DisplayName": made.session.streaming_session_id},
    )
    handle = cdk.CfnWaitConditionHandle(made.stack, "Handle")
    handle.add_resource_dependency(topic)
    cdk.Tags.of(made.endpoint()).add("Handle", handle.ref)


@pytest.mark.parametrize(
    "relate",
    [
        names_a_role_whose_policy_names_the_session,
        comes_after_the_session,
        has_a_tag_with_an_attribute,
        has_a_tag_with_an_attribute_at_a_distance,
    ],
)
def test_what_depends_on_the_session_is_left_out(relate: Any) -> None:
    made = Network()
    ec2.GatewayVpcEndpoint(
        made.stack, "S3", vpc=made.vpc, service=ec2.GatewayVpcEndpointAwsService.S3
    )
    relate(made)
    template = made.template()
    endpoints = ids(template, "AWS::EC2::VPCEndpoint")
    assert endpoints & waited_for(template) == {name for name in endpoints if name.startswith("S3")}


def test_two_functions_in_one_network_cause_no_cycle() -> None:
    made = Network()
    other = StreamingSessionProvider(
        made.stack,
        "Second",
        vpc=made.vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ISOLATED),
        endpoint_url="https://nimble.example.com",
    )
    second = StreamingSession(
        made.stack,
        "SecondSession",
        studio_id="us-west-2:stid-abc123",
        session_id="def",
        provider=other,
    )
    for number, each in enumerate((made.session, second)):
        endpoint = ec2.GatewayVpcEndpoint(
            made.stack, f"S3{number}", vpc=made.vpc, service=ec2.GatewayVpcEndpointAwsService.S3
        )
        cdk.Tags.of(endpoint).add("Session", each.streaming_session_id)
    template = made.template()
    assert not ids(template, "AWS::EC2::VPCEndpoint") & waited_for(template)
