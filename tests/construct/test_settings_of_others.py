"""Settings that property injectors, aspects and users put on the function, and its role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

import policies
from cdk_nimble_streaming_session import StreamingSession, StreamingSessionProvider
from dependencies import closure
from policies import warnings

if TYPE_CHECKING:
    from constructs import IConstruct

ISOLATED = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
FUNCTION = "AWS::Lambda::Function"
SESSION = "Custom::NimbleStreamingSession"


def session(stack: cdk.Stack, **options: Any) -> StreamingSession:
    return StreamingSession(
        stack,
        "Workstation",
        studio_id="us-west-2:stid-abc123",
        session_id="abc",
        **options,
    )


def one(template: dict[str, Any], kind: str) -> str:
    (name,) = (name for name, each in template["Resources"].items() if each["Type"] == kind)
    return str(name)


def allowed_before(template: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the actions, each with a resource, that are allowed before a resource is made."""
    waits = closure(template, one(template, kind))
    made = [template["Resources"][name] for name in waits]
    found = policies.statements({"Resources": dict(enumerate(made))}, denied=denied(made))
    return dict(policies.pairs(found))


def denied(made: list[dict[str, Any]]) -> list[str]:
    found = policies.of_every_effect({"Resources": dict(enumerate(made))})
    return [each["Sid"] for each in found if each["Effect"] == "Deny"]


@jsii.implements(cdk.IPropertyInjector)
class Injector:
    """Puts every function into a VPC and traces it, as an organisation does."""

    def __init__(self, vpc: ec2.IVpc) -> None:
        self._vpc = vpc

    @property
    def construct_unique_id(self) -> str:
        return "aws-cdk-lib.aws-lambda.Function"

    # jsii calls it with the context in one piece, whatever its types say.
    def inject(self, original_props: Any, _context: Any) -> Any:
        return {
            **original_props,
            "vpc": self._vpc,
            "vpcSubnets": ISOLATED,
            "tracing": lambda_.Tracing.ACTIVE,
        }


@jsii.implements(cdk.IAspect)
class Settings:
    """Puts settings on every function."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, lambda_.CfnFunction):
            for name, value in self._settings.items():
                setattr(node, name, value)


def vpc_of(stack: cdk.Stack) -> ec2.Vpc:
    return ec2.Vpc(
        stack,
        "Vpc",
        max_azs=1,
        nat_gateways=0,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        ],
    )


def test_an_aspect_that_puts_functions_into_a_vpc(stack: cdk.Stack) -> None:
    vpc = vpc_of(stack)
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc)
    endpoint = ec2.InterfaceVpcEndpoint(
        stack, "Endpoint", vpc=vpc, service=ec2.InterfaceVpcEndpointAwsService.LAMBDA_
    )
    session(stack)
    config = lambda_.CfnFunction.VpcConfigProperty(
        subnet_ids=vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED).subnet_ids,
        security_group_ids=[group.security_group_id],
    )
    cdk.Aspects.of(stack).add(Settings(vpc_config=config))
    template = policies.template(stack)
    assert "ec2:CreateNetworkInterface" in allowed_before(template, FUNCTION)
    assert "Network" in [each.get("Sid") for each in policies.of_every_effect(template)]
    name = stack.get_logical_id(endpoint.node.default_child)  # type: ignore[arg-type]
    assert name in closure(template, one(template, SESSION))
    (warning,) = warnings(stack)
    assert "no VPC endpoint for cloudformation, s3" in warning


@pytest.mark.parametrize("mode", ["Active", "PassThrough", "Disabled"])
def test_an_aspect_that_traces_functions(stack: cdk.Stack, mode: str) -> None:
    session(stack)
    tracing = lambda_.CfnFunction.TracingConfigProperty(mode=mode)
    cdk.Aspects.of(stack).add(Settings(tracing_config=tracing))
    found = allowed_before(policies.template(stack), FUNCTION)
    assert ("xray:PutTraceSegments" in found) is (mode != "Disabled")


@pytest.mark.parametrize(
    ("make", "action"),
    [
        (lambda s: sqs.Queue(s, "Lost").queue_arn, "sqs:SendMessage"),
        (lambda s: sns.Topic(s, "Lost").topic_arn, "sns:Publish"),
        (lambda _: "arn:aws:sns:us-west-2:111122223333:lost", "sns:Publish"),
        (lambda s: s.format_arn(service="sqs", resource="lost"), "sqs:SendMessage"),
    ],
)
def test_an_aspect_that_sets_a_dead_letter_queue(stack: cdk.Stack, make: Any, action: str) -> None:
    session(stack)
    config = lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=make(stack))
    cdk.Aspects.of(stack).add(Settings(dead_letter_config=config))
    assert action in allowed_before(policies.template(stack), FUNCTION)
    assert warnings(stack) == []


def test_a_dead_letter_queue_that_can_be_anything_is_warned_of(stack: cdk.Stack) -> None:
    session(stack)
    arn = cdk.CfnParameter(stack, "Lost").value_as_string
    config = lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=arn)
    cdk.Aspects.of(stack).add(Settings(dead_letter_config=config))
    (warning,) = warnings(stack)
    assert "DeadLetterConfig of the function was set outside" in warning


def test_a_property_injector() -> None:
    app = cdk.App()
    network = cdk.Stack(app, "Network")
    vpc = vpc_of(network)
    stack = cdk.Stack(app, "Studio")
    cdk.PropertyInjectors.of(stack).add(Injector(vpc))  # type: ignore[arg-type]
    session(stack)
    template = policies.template(stack)
    (function,) = policies.of_type(template, FUNCTION)
    assert function["Properties"]["VpcConfig"]
    found = allowed_before(template, FUNCTION)
    assert {"ec2:CreateNetworkInterface", "xray:PutTraceSegments"} <= found.keys()
    (warning,) = warnings(stack)
    assert "no VPC endpoint for cloudformation, lambda, s3" in warning


def test_a_destination_of_asynchronous_invocations(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Lost")
    made = session(stack)
    made.provider.function.configure_async_invoke(on_failure=destinations.SqsDestination(queue))
    template = policies.template(stack)
    assert "sqs:SendMessage" in allowed_before(template, "AWS::Lambda::EventInvokeConfig")
    assert "sqs:SendMessage" in allowed_before(template, SESSION)


def test_statements_and_grants_reach_the_role(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    made = session(stack)
    made.provider.function.add_to_role_policy(
        iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key.key_arn])
    )
    s3.Bucket(stack, "Bucket").grant_read(made.provider.function)
    found = allowed_before(policies.template(stack), SESSION)
    assert {"kms:Decrypt", "s3:GetObject*"} <= found.keys()


@pytest.mark.parametrize("names", ["function", "session"])
def test_what_names_the_function_or_a_session_is_waited_for_by_neither(
    stack: cdk.Stack, names: str
) -> None:
    made = session(stack)
    function = made.provider.function
    if names == "session":
        made.grant_connect(function)
    else:
        function.grant_invoke(function)
    template = policies.template(stack)
    every = dict(policies.pairs(policies.statements(template)))
    action = "nimble:GetStreamingSessionStream" if names == "session" else "lambda:InvokeFunction"
    assert action in every


def test_a_managed_policy_reaches_the_role(stack: cdk.Stack) -> None:
    made = session(stack)
    role = made.provider.function.role
    assert role is not None
    role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name("ReadOnlyAccess"))
    (found,) = policies.of_type(policies.template(stack), "AWS::IAM::Role")
    assert "ReadOnlyAccess" in json.dumps(found["Properties"]["ManagedPolicyArns"])


def test_a_role_of_your_own_is_told_of_additions(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    provider = StreamingSessionProvider(stack, "Provider", role=role)
    session(stack, provider=provider)
    provider.function.add_to_role_policy(iam.PolicyStatement(actions=["a:B"], resources=["*"]))
    managed = iam.ManagedPolicy.from_aws_managed_policy_name("ReadOnlyAccess")
    assert provider.function.role is not None
    provider.function.role.add_managed_policy(managed)
    tracing = lambda_.CfnFunction.TracingConfigProperty(mode="Active")
    cdk.Aspects.of(stack).add(Settings(tracing_config=tracing))
    (warning,) = warnings(stack)
    for part in ('"a:B"', "xray:PutTraceSegments", "ReadOnlyAccess"):
        assert part in warning
    assert policies.of_type(policies.template(stack), policies.POLICY) == []


def test_another_role_is_warned_of(stack: cdk.Stack) -> None:
    session(stack)
    cdk.Aspects.of(stack).add(Settings(role="arn:aws:iam::111122223333:role/other"))
    (warning,) = warnings(stack)
    assert "role was replaced" in warning


def test_a_plain_function_needs_nothing_more(stack: cdk.Stack) -> None:
    session(stack)
    assert len(policies.of_type(policies.template(stack), policies.POLICY)) == 1
    assert warnings(stack) == []
