"""Settings of the function, and the messages about them at synthesis."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import region_info

from cdk_nimble_streaming_session import StreamingSession, StreamingSessionProvider
from cdk_waiter._private.function.architecture import ARM64_REGIONS
from testkit.construct import policies
from testkit.construct.policies import warnings

ACCOUNT = "111122223333"
ISOLATED = ec2.SubnetType.PRIVATE_ISOLATED
EGRESS = ec2.SubnetType.PRIVATE_WITH_EGRESS
FUNCTION = "AWS::Lambda::Function"
SESSION = "Custom::NimbleStreamingSession"
ENDPOINT = "AWS::EC2::VPCEndpoint"


def function(stack: cdk.Stack) -> dict[str, Any]:
    (found,) = policies.of_type(policies.template(stack), "AWS::Lambda::Function")
    return dict(found["Properties"])


def session(
    provider: StreamingSessionProvider, session_id: str = "abc", **more: Any
) -> StreamingSession:
    return StreamingSession(
        cdk.Stack.of(provider),
        f"Workstation-{session_id}",
        studio_id="us-west-2:stid-abc123",
        session_id=session_id,
        provider=provider,
        **more,
    )


def resources(sessions: int) -> dict[str, Any]:
    stack = cdk.Stack(cdk.App(), "Studio")
    provider = StreamingSessionProvider(stack, "Provider")
    for number in range(sessions):
        session(provider, f"seat-{number}")
    found: dict[str, Any] = policies.template(stack)["Resources"]
    return found


def test_the_function_knows_the_number_of_sessions_but_no_session_does() -> None:
    before, after = resources(2), resources(3)
    assert before.keys() < after.keys()
    changed = {before[name]["Type"] for name in before if before[name] != after[name]}
    # Each may do only what its sessions need.
    assert changed == {FUNCTION, "AWS::IAM::Policy"}
    for found, sessions in ((before, "2"), (after, "3")):
        (made,) = [each for each in found.values() if each["Type"] == FUNCTION]
        assert made["Properties"]["Environment"] == {"Variables": {"SESSIONS": sessions}}


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us-west-2", "arm64"),
        (None, "arm64"),
        ("us-gov-west-1", "x86_64"),
        ("cn-north-1", "x86_64"),
    ],
)
def test_the_architecture_follows_the_region(region: str | None, expected: str) -> None:
    stack = cdk.Stack(cdk.App(), "Studio", env=cdk.Environment(region=region, account=ACCOUNT))
    StreamingSessionProvider(stack, "Provider")
    assert function(stack)["Architectures"] == [expected]


def test_every_region_of_the_service_has_arm64_as_the_cdk_knows() -> None:
    for region in ARM64_REGIONS:
        facts = region_info.RegionInfo.get(region)
        assert facts.cloudwatch_lambda_insights_arn("1.0.333.0", "arm64"), region


def test_every_setting_reaches_the_function(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    queue = sqs.Queue(stack, "Queue")
    StreamingSessionProvider(
        stack,
        "Provider",
        endpoint_url="https://nimble.example.com",
        architecture=lambda_.Architecture.X86_64,
        memory_size=256,
        log_retention=logs.RetentionDays.ONE_YEAR,
        log_removal_policy=cdk.RemovalPolicy.RETAIN,
        log_encryption_key=key,
        permissions_boundary=iam.ManagedPolicy.from_managed_policy_name(
            stack, "Boundary", "Limits"
        ),
        tracing=lambda_.Tracing.ACTIVE,
        reserved_concurrent_executions=5,
        environment_encryption=key,
        dead_letter_queue=queue,
    )
    template = policies.template(stack)
    made = function(stack)
    arn = {"Fn::GetAtt": [stack.get_logical_id(key.node.default_child), "Arn"]}  # type: ignore[arg-type]
    assert made["Architectures"] == ["x86_64"]
    assert made["MemorySize"] == 256
    assert made["TracingConfig"] == {"Mode": "Active"}
    assert made["ReservedConcurrentExecutions"] == 5
    assert made["KmsKeyArn"] == arn
    assert made["DeadLetterConfig"]["TargetArn"]["Fn::GetAtt"][1] == "Arn"
    assert made["Environment"] == {
        "Variables": {
            "AWS_ENDPOINT_URL_NIMBLE": "https://nimble.example.com",
            "SESSIONS": "0",
        }
    }
    (log,) = policies.of_type(template, "AWS::Logs::LogGroup")
    assert log["DeletionPolicy"] == "Retain"
    assert log["Properties"] == {"RetentionInDays": 365, "KmsKeyId": arn}
    (role,) = policies.of_type(template, "AWS::IAM::Role")
    assert "policy/Limits" in json.dumps(role["Properties"]["PermissionsBoundary"])
    (made_key,) = policies.of_type(template, "AWS::KMS::Key")
    _, use = made_key["Properties"]["KeyPolicy"]["Statement"]
    assert use["Principal"] == {"Service": "logs.amazonaws.com"}
    assert "log-group" in json.dumps(use["Condition"])


def test_x_ray_and_vpc_are_off_unless_asked_for(stack: cdk.Stack) -> None:
    StreamingSessionProvider(stack, "Provider", tracing=lambda_.Tracing.DISABLED)
    made = function(stack)
    assert not {"TracingConfig", "VpcConfig", "DeadLetterConfig", "KmsKeyArn"} & set(made)
    assert len(policies.of_type(policies.template(stack), "AWS::IAM::Policy")) == 1


def test_your_own_log_group_is_used(stack: cdk.Stack) -> None:
    mine = logs.LogGroup(stack, "Mine")
    StreamingSessionProvider(stack, "Provider", log_group=mine)
    template = policies.template(stack)
    (name,) = (n for n, r in template["Resources"].items() if r["Type"] == "AWS::Logs::LogGroup")
    assert function(stack)["LoggingConfig"] == {"LogGroup": {"Ref": name}}
    resources = [r for a, r in policies.pairs(policies.statements(template)) if "logs:" in a]
    assert resources == [{"Fn::GetAtt": [name, "Arn"]}] * 2


def test_contradictions_name_both(stack: cdk.Stack) -> None:
    mine = logs.LogGroup(stack, "Mine")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "Limits")
    contradictions: dict[str, dict[str, Any]] = {
        "log_retention .* and log_group": {
            "log_group": mine,
            "log_retention": logs.RetentionDays.ONE_DAY,
        },
        "log_encryption_key .* and log_group": {
            "log_group": mine,
            "log_encryption_key": kms.Key(stack, "Key"),
        },
        "role and permissions_boundary": {"role": role, "permissions_boundary": boundary},
        "vpc_subnets is given without vpc": {"vpc_subnets": ec2.SubnetSelection()},
        "security_groups is given without vpc": {"security_groups": []},
        "endpoint_url is 'x'": {"endpoint_url": "x"},
    }
    for number, (message, arguments) in enumerate(contradictions.items()):
        with pytest.raises(ValueError, match=message):
            StreamingSessionProvider(stack, f"Provider{number}", **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"memory_size": 64}, "memory_size is 64: it must be a whole number from 128 to 10240"),
        ({"memory_size": 10_241}, "memory_size is 10241: .* from 128 to 10240"),
        ({"memory_size": 128.5}, "memory_size is 128.5: it must be a whole number"),
        (
            {"reserved_concurrent_executions": 0},
            "reserved_concurrent_executions is 0: it must be a whole number from 1 to 1000000$",
        ),
    ],
)
def test_numbers_that_lambda_or_the_function_rules_out_are_refused(
    stack: cdk.Stack, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        StreamingSessionProvider(stack, "Provider", **arguments)


@pytest.mark.parametrize("value", ["128", True, None])
def test_what_is_not_a_number_is_refused(stack: cdk.Stack, value: Any) -> None:
    with pytest.raises(TypeError, match=f"memory_size is {value!r}: it must be a whole number"):
        StreamingSessionProvider(stack, "Provider", memory_size=value)


def test_numbers_known_only_at_deployment_pass(stack: cdk.Stack) -> None:
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    arguments: dict[str, Any] = {"memory_size": number, "reserved_concurrent_executions": number}
    StreamingSessionProvider(stack, "Provider", **arguments)
    assert function(stack)["MemorySize"] == {"Ref": "Number"}


def test_a_fifo_queue_is_refused(stack: cdk.Stack) -> None:
    arn = f"arn:aws:sqs:us-west-2:{ACCOUNT}:lost.fifo"
    queues = sqs.Queue(stack, "Mine", fifo=True), sqs.Queue.from_queue_arn(stack, "Other", arn)
    for queue in queues:
        with pytest.raises(ValueError, match=f"dead_letter_queue is {queue.node.path}: it must be"):
            StreamingSessionProvider(stack, f"Of{queue.node.id}", dead_letter_queue=queue)


def test_the_functions_own_methods_work(stack: cdk.Stack) -> None:
    provider = StreamingSessionProvider(stack, "Provider")
    # Type checkers know it, too.
    provider.function.add_environment("NAME", "value")
    assert function(stack)["Environment"] == {"Variables": {"NAME": "value", "SESSIONS": "0"}}


@pytest.mark.parametrize("grantee", ["function", "role"])
def test_grants_reach_the_role(stack: cdk.Stack, grantee: str) -> None:
    provider = StreamingSessionProvider(stack, "Provider")
    s3.Bucket(stack, "Bucket").grant_read(getattr(provider, grantee))
    found = policies.of_every_effect(policies.template(stack))
    assert "s3:GetObject*" in dict(policies.pairs(found))


def test_your_own_role_is_granted_nothing_and_the_warning_lists_everything(
    stack: cdk.Stack,
) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    provider = StreamingSessionProvider(
        stack, "Provider", role=role, tracing=lambda_.Tracing.ACTIVE
    )
    session(provider, backup_id="b1")
    assert policies.of_type(policies.template(stack), "AWS::IAM::Policy") == []
    (warning,) = warnings(stack)
    told = json.loads(warning[warning.index("[{") : warning.rindex("}]") + 2])
    documents = [provider.policy_document, provider.infrastructure_document]
    assert told == [each for d in documents for each in stack.resolve(d)["Statement"]]
    actions = {action for action, _ in policies.pairs(told)}
    assert {"xray:PutTraceSegments", "nimble:StartStreamingSession"} <= actions


def test_your_own_policy_can_be_made_from_the_document(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    provider = StreamingSessionProvider(stack, "Provider", role=role)
    policy = iam.ManagedPolicy(stack, "Mine", roles=[role], document=provider.policy_document)
    session(provider)
    (made,) = policies.of_type(policies.template(stack), "AWS::IAM::ManagedPolicy")
    sids = [each.get("Sid") for each in made["Properties"]["PolicyDocument"]["Statement"]]
    assert sids == ["Log", "HandOver", "Stack", "Start", "LaunchProfile"]
    assert policy.document is not None


def test_an_imported_role_counts_as_your_own(stack: cdk.Stack) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/mine"
    role = iam.Role.from_role_arn(stack, "Imported", arn)
    session(StreamingSessionProvider(stack, "Provider", role=role))
    assert function(stack)["Role"] == arn
    assert policies.of_type(policies.template(stack), "AWS::IAM::Policy") == []


def test_customized_roles_are_respected(tmp_path: Any) -> None:
    app = cdk.App(outdir=str(tmp_path))
    iam.Role.customize_roles(app, use_precreated_roles={"Studio/Provider/Role": "precreated"})
    stack = cdk.Stack(app, "Studio")
    provider = StreamingSessionProvider(stack, "Provider")
    session(provider, "a")
    session(provider, "b", backup_id="b1")
    app.synth()
    template = json.loads((tmp_path / "Studio.template.json").read_text())
    kinds = {each["Type"] for each in template["Resources"].values()}
    assert not kinds & {"AWS::IAM::Role", "AWS::IAM::Policy"}
    assert "precreated" in json.dumps(policies.of_type(template, "AWS::Lambda::Function"))
    report = (tmp_path / "iam-policy-report.txt").read_text()
    for name in ("streaming-session/a", "streaming-session/b", "streaming-session-backup/b1"):
        assert f":{name}" in report
    assert "lambda:InvokeFunction" in report


def test_the_scopes_permissions_boundary_is_used(stack: cdk.Stack) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "Limits")
    iam.PermissionsBoundary.of(stack).apply(boundary)
    StreamingSessionProvider(stack, "Provider")
    (role,) = policies.of_type(policies.template(stack), "AWS::IAM::Role")
    assert "policy/Limits" in json.dumps(role["Properties"]["PermissionsBoundary"])


def network(stack: cdk.Stack, kind: ec2.SubnetType, nat_gateways: int) -> ec2.Vpc:
    public = ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC)
    private = ec2.SubnetConfiguration(name="Private", subnet_type=kind)
    return ec2.Vpc(
        stack,
        "Vpc",
        max_azs=1,
        nat_gateways=nat_gateways,
        subnet_configuration=[public, private],
    )


def test_a_vpc_with_nat_causes_no_warning(stack: cdk.Stack) -> None:
    vpc = network(stack, EGRESS, nat_gateways=1)
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc)
    StreamingSessionProvider(
        stack,
        "Provider",
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=EGRESS),
        security_groups=[group],
    )
    assert len(function(stack)["VpcConfig"]["SubnetIds"]) == 1
    assert warnings(stack) == []
    allowed, denied = network_statements(stack)
    assert "ec2:CreateNetworkInterface" in allowed["Action"]
    # Lambda needs this permission, and the function's code must not use it.
    assert all(action.startswith("ec2:") for action in allowed["Action"])
    arn = {"Fn::GetAtt": [logical_id(stack, FUNCTION), "Arn"]}
    assert denied == {
        "Sid": "Network",
        "Effect": "Deny",
        "Action": allowed["Action"],
        "Resource": "*",
        "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": arn}},
    }


def network_statements(stack: cdk.Stack) -> list[dict[str, Any]]:
    """Return the policies' statements about EC2, starting with Allow."""
    made = policies.of_every_effect(policies.template(stack))
    found = [each for each in made if "ec2:" in json.dumps(each["Action"])]
    return sorted(found, key=lambda each: str(each["Effect"]))


def logical_id(stack: cdk.Stack, kind: str) -> str:
    """Return the logical id of the only resource of a type."""
    resources = policies.template(stack)["Resources"]
    (found,) = (name for name, each in resources.items() if each["Type"] == kind)
    return str(found)


def test_the_functions_code_may_not_use_ec2_whatever_the_role(tmp_path: Any) -> None:
    app = cdk.App(outdir=str(tmp_path))
    iam.Role.customize_roles(app, use_precreated_roles={"Studio/Provider/Role": "precreated"})
    stack = cdk.Stack(app, "Studio")
    vpc = network(stack, EGRESS, nat_gateways=1)
    role = iam.Role.from_role_arn(stack, "Imported", f"arn:aws:iam::{ACCOUNT}:role/mine")
    provider = StreamingSessionProvider(stack, "Mine", vpc=vpc, role=role)
    document = stack.resolve(provider.policy_document)
    assert [s["Sid"] for s in document["Statement"] if s["Effect"] == "Deny"] == ["Network"]
    StreamingSessionProvider(stack, "Provider", vpc=vpc)
    app.synth()
    assert "lambda:SourceFunctionArn" in (tmp_path / "iam-policy-report.txt").read_text()


def test_a_vpc_without_a_way_out_causes_a_warning_until_it_has_the_endpoints(
    stack: cdk.Stack,
) -> None:
    vpc = network(stack, ISOLATED, nat_gateways=0)
    StreamingSessionProvider(
        stack, "Provider", vpc=vpc, vpc_subnets=ec2.SubnetSelection(subnet_type=ISOLATED)
    )
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    vpc.add_interface_endpoint("Invoke", service=ec2.InterfaceVpcEndpointAwsService.LAMBDA_)
    (warning,) = warnings(stack)
    assert "no VPC endpoint for cloudformation." in warning


def test_a_vpc_with_all_endpoints_causes_no_warning(stack: cdk.Stack) -> None:
    vpc = network(stack, ISOLATED, nat_gateways=0)
    services = ec2.InterfaceVpcEndpointAwsService
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    vpc.add_interface_endpoint("Invoke", service=services.LAMBDA_)
    vpc.add_interface_endpoint("Stacks", service=services.CLOUDFORMATION)
    StreamingSessionProvider(stack, "Provider", vpc=vpc)
    assert warnings(stack) == []


def with_endpoints(vpc: ec2.IVpc, stack: cdk.Stack) -> None:
    """Create what the function needs in a VPC without a way out."""
    services = ec2.InterfaceVpcEndpointAwsService
    ec2.GatewayVpcEndpoint(stack, "S3", vpc=vpc, service=ec2.GatewayVpcEndpointAwsService.S3)
    for name, service in {"Invoke": services.LAMBDA_, "Stacks": services.CLOUDFORMATION}.items():
        ec2.InterfaceVpcEndpoint(stack, name, vpc=vpc, service=service)


def waited_for(stack: cdk.Stack, start: str = SESSION) -> set[str]:
    """Return the types that CloudFormation creates before a resource and deletes after it."""
    resources = policies.template(stack)["Resources"]
    reached: set[str] = set()
    todo = [name for name, each in resources.items() if each["Type"] == start]
    assert todo
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            text = json.dumps(resources[name])
            todo += [other for other in resources if f'"{other}"' in text]
    return {resources[name]["Type"] for name in reached}


def test_the_sessions_are_deleted_before_the_endpoints(stack: cdk.Stack) -> None:
    vpc = network(stack, ISOLATED, nat_gateways=0)
    session(StreamingSessionProvider(stack, "Provider", vpc=vpc))
    with_endpoints(vpc, stack)
    resources = policies.template(stack)["Resources"]
    (made,) = (each for each in resources.values() if each["Type"] == SESSION)
    endpoints = {name for name, each in resources.items() if each["Type"] == ENDPOINT}
    assert len(endpoints) == 3
    assert endpoints <= set(made["DependsOn"])
    # No other resource waits for them, so nothing can wait for itself.
    assert ENDPOINT not in waited_for(stack, FUNCTION)


def test_an_endpoint_of_another_vpc_is_not_waited_for(stack: cdk.Stack) -> None:
    vpc = network(stack, EGRESS, nat_gateways=1)
    session(StreamingSessionProvider(stack, "Provider", vpc=vpc))
    ec2.CfnVPCEndpoint(stack, "Other", vpc_id="vpc-1", service_name="s3")
    assert ENDPOINT not in waited_for(stack)


def test_an_endpoint_that_names_the_session_comes_after_it(stack: cdk.Stack) -> None:
    vpc = network(stack, EGRESS, nat_gateways=1)
    made = session(StreamingSessionProvider(stack, "Provider", vpc=vpc))
    statement = iam.PolicyStatement(
        actions=["nimble:*"],
        resources=[made.streaming_session_arn],
        principals=[iam.AnyPrincipal()],
    )
    ec2.CfnVPCEndpoint(
        stack,
        "Api",
        vpc_id=vpc.vpc_id,
        service_name="com.amazonaws.us-west-2.nimble",
        policy_document=iam.PolicyDocument(statements=[statement]),
    )
    assert ENDPOINT not in waited_for(stack)
    assert SESSION in waited_for(stack, ENDPOINT)


@pytest.mark.parametrize("ordered", [False, True])
def test_a_nested_stack_can_be_ordered_by_hand(stack: cdk.Stack, ordered: bool) -> None:
    vpc = network(stack, ISOLATED, nat_gateways=0)
    nested = cdk.NestedStack(stack, "Nested")
    made = session(StreamingSessionProvider(nested, "Provider", vpc=vpc))
    with_endpoints(vpc, stack)
    if ordered:
        made.node.add_dependency(stack.node.find_child("Invoke"))
    assert (ENDPOINT in waited_for(stack, "AWS::CloudFormation::Stack")) is ordered


def test_endpoints_are_found_in_the_whole_app() -> None:
    app = cdk.App()
    vpc = network(cdk.Stack(app, "Network"), ISOLATED, nat_gateways=0)
    stack = cdk.Stack(app, "Studio")
    # It looks like the same VPC, since it has the same logical id.
    other = network(cdk.Stack(app, "Other"), ISOLATED, nat_gateways=0)
    with_endpoints(other, cdk.Stack(app, "OtherEndpoints"))
    session(StreamingSessionProvider(stack, "Provider", vpc=vpc))
    (warning,) = warnings(stack)
    assert "cloudformation, lambda, s3" in warning


def test_a_third_stack_may_have_the_endpoints() -> None:
    app = cdk.App()
    vpc = network(cdk.Stack(app, "Network"), ISOLATED, nat_gateways=0)
    free, ordered, endpoints = (cdk.Stack(app, name) for name in ("Free", "Ordered", "Endpoints"))
    session(StreamingSessionProvider(free, "Provider", vpc=vpc))
    made = session(StreamingSessionProvider(ordered, "Provider", vpc=vpc))
    with_endpoints(vpc, endpoints)
    # The reference says this about such a stack.
    made.node.add_dependency(endpoints.node.find_child("Invoke"))
    assert warnings(free) == warnings(ordered) == []
    assert [each.node.id for each in free.dependencies] == ["Network"]
    assert sorted(each.node.id for each in ordered.dependencies) == ["Endpoints", "Network"]


def test_a_way_out_over_ipv6_does_not_count(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        max_azs=1,
        nat_gateways=0,
        ip_protocol=ec2.IpProtocol.DUAL_STACK,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC),
            ec2.SubnetConfiguration(name="Private", subnet_type=EGRESS),
        ],
    )
    StreamingSessionProvider(stack, "Provider", vpc=vpc)
    (warning,) = warnings(stack)
    assert "no NAT for IPv4" in warning


def test_subnets_may_be_a_dictionary(stack: cdk.Stack) -> None:
    vpc = network(stack, ISOLATED, nat_gateways=0)
    given: dict[str, Any] = {"subnet_type": ISOLATED}
    StreamingSessionProvider(stack, "Provider", vpc=vpc, vpc_subnets=given)
    assert len(function(stack)["VpcConfig"]["SubnetIds"]) == 1
    assert len(warnings(stack)) == 1


@pytest.mark.parametrize("given", [{"kind": ISOLATED}, ["subnet-1"], 7])
def test_invalid_subnets_are_refused(stack: cdk.Stack, given: Any) -> None:
    vpc = network(stack, ISOLATED, nat_gateways=0)
    with pytest.raises(TypeError, match=r"vpc_subnets is .*: it must be an aws_ec2\."):
        StreamingSessionProvider(stack, "Provider", vpc=vpc, vpc_subnets=given)


def test_private_subnets_without_nat_cause_a_warning(stack: cdk.Stack) -> None:
    StreamingSessionProvider(stack, "Provider", vpc=network(stack, EGRESS, nat_gateways=0))
    (warning,) = warnings(stack)
    assert "cloudformation, lambda, s3" in warning


@pytest.mark.parametrize(
    ("kind", "expected"), [("private_subnet_ids", 0), ("isolated_subnet_ids", 1)]
)
def test_an_imported_vpc_counts_by_its_subnets(stack: cdk.Stack, kind: str, expected: int) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Imported",
        vpc_id="vpc-1",
        availability_zones=["us-west-2a"],
        **{kind: ["subnet-1"]},  # type: ignore[arg-type]
    )
    StreamingSessionProvider(stack, "Provider", vpc=vpc)
    assert len(warnings(stack)) == expected
