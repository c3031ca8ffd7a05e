"""Settings that property injectors, aspects and users add to the function or its role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from cdk_nimble_streaming_session import StreamingSession, StreamingSessionProvider
from testkit.construct import policies
from testkit.construct.dependencies import closure
from testkit.construct.policies import warnings

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
    """Return the actions, with their resources, that are allowed before a resource is created."""
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

    # jsii passes the context as one argument, although the types say otherwise.
    def inject(self, original_props: Any, _context: Any) -> Any:
        return {
            **original_props,
            "vpc": self._vpc,
            "vpcSubnets": ISOLATED,
            "tracing": lambda_.Tracing.ACTIVE,
        }


@jsii.implements(cdk.IAspect)
class Settings:
    """Applies settings to every function."""

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


def test_an_aspect_that_puts_functions_into_a_vpc_is_reflected_in_the_role(
    stack: cdk.Stack,
) -> None:
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
def test_an_aspect_that_traces_functions_is_reflected_in_the_role(
    stack: cdk.Stack, mode: str
) -> None:
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
def test_an_aspect_that_sets_a_dead_letter_queue_is_reflected_in_the_role(
    stack: cdk.Stack, make: Any, action: str
) -> None:
    session(stack)
    config = lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=make(stack))
    cdk.Aspects.of(stack).add(Settings(dead_letter_config=config))
    assert action in allowed_before(policies.template(stack), FUNCTION)
    assert warnings(stack) == []


def test_an_unknown_dead_letter_queue_causes_a_warning(stack: cdk.Stack) -> None:
    session(stack)
    arn = cdk.CfnParameter(stack, "Lost").value_as_string
    config = lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=arn)
    cdk.Aspects.of(stack).add(Settings(dead_letter_config=config))
    (warning,) = warnings(stack)
    assert 'DeadLetterConfig needs sqs:SendMessage, sns:Publish on {"Ref": "Lost"}' in warning


def test_a_property_injector_is_reflected_in_the_role() -> None:
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


def test_a_destination_of_asynchronous_invocations_is_allowed(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Lost")
    made = session(stack)
    made.provider.function.configure_async_invoke(on_failure=destinations.SqsDestination(queue))
    template = policies.template(stack)
    assert "sqs:SendMessage" in allowed_before(template, "AWS::Lambda::EventInvokeConfig")
    assert "sqs:SendMessage" in allowed_before(template, SESSION)


def invoke_config(
    scope: Any, made: StreamingSession, destination: str, *, by_arn: bool = False
) -> lambda_.CfnEventInvokeConfig:
    """Set a destination of the function in a separate L1."""
    function = made.provider.function
    name = function.function_arn if by_arn else function.function_name
    kind = lambda_.CfnEventInvokeConfig
    config = kind.DestinationConfigProperty(
        on_failure=kind.OnFailureProperty(destination=destination)
    )
    return kind(scope, "Config", function_name=name, qualifier="$LATEST", destination_config=config)


def other_function(stack: cdk.Stack) -> str:
    code = lambda_.Code.from_inline("def handler(event, context): pass")
    runtime = lambda_.Runtime.PYTHON_3_13
    made = lambda_.Function(stack, "Other", code=code, handler="index.handler", runtime=runtime)
    return made.function_arn


@pytest.mark.parametrize("by_arn", [True, False])
@pytest.mark.parametrize(
    ("make", "actions"),
    [
        (lambda s: sqs.Queue(s, "Lost").queue_arn, {"sqs:SendMessage"}),
        (lambda s: sns.Topic(s, "Lost").topic_arn, {"sns:Publish"}),
        (lambda s: events.EventBus(s, "Lost").event_bus_arn, {"events:PutEvents"}),
        (lambda s: s3.Bucket(s, "Lost").bucket_arn, {"s3:ListBucket", "s3:PutObject"}),
        (other_function, {"lambda:InvokeFunction"}),
        (lambda _: "arn:aws:sqs:us-west-2:111122223333:lost", {"sqs:SendMessage"}),
    ],
)
def test_a_destination_set_by_an_l1_is_allowed(
    stack: cdk.Stack, make: Any, actions: set[str], *, by_arn: bool
) -> None:
    made = session(stack)
    arn = make(stack)
    invoke_config(stack, made, arn, by_arn=by_arn)
    template = policies.template(stack)
    resource = stack.resolve(arn)
    for kind in ("AWS::Lambda::EventInvokeConfig", SESSION):
        waits = closure(template, one(template, kind))
        found = policies.statements(
            {"Resources": {name: template["Resources"][name] for name in waits}}
        )
        allowed = {a for a, on in policies.pairs(found) if json.dumps(resource) in json.dumps(on)}
        assert actions <= allowed
    assert warnings(stack) == []


def test_a_destination_of_both_kinds_is_allowed_once(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Lost")
    made = session(stack)
    queue.grant_send_messages(made.provider.function)
    invoke_config(stack, made, queue.queue_arn)
    found = policies.pairs(policies.statements(policies.template(stack)))
    assert [action for action, _ in found].count("sqs:SendMessage") == 1


def test_a_destination_may_depend_on_the_function(stack: cdk.Stack) -> None:
    made = session(stack)
    queue = sqs.Queue(stack, "Lost")
    cdk.Tags.of(queue).add("Session", made.streaming_session_id)
    invoke_config(stack, made, queue.queue_arn)
    template = policies.template(stack)
    assert "sqs:SendMessage" in allowed_before(template, "AWS::Lambda::EventInvokeConfig")
    assert "sqs:SendMessage" not in allowed_before(template, SESSION)


def test_a_destination_of_another_function_adds_nothing(stack: cdk.Stack) -> None:
    session(stack)
    kind = lambda_.CfnEventInvokeConfig
    lost = kind.OnFailureProperty(destination=sqs.Queue(stack, "Lost").queue_arn)
    config = kind.DestinationConfigProperty(on_failure=lost)
    arn = other_function(stack)
    kind(stack, "Config", function_name=arn, qualifier="$LATEST", destination_config=config)
    found = policies.pairs(policies.statements(policies.template(stack)))
    assert "sqs:SendMessage" not in dict(found)


@pytest.mark.parametrize("is_allowed", [False, True])
@pytest.mark.parametrize("nested", [False, True])
def test_a_destination_set_in_another_stack_causes_a_warning(
    *, is_allowed: bool, nested: bool
) -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Studio")
    other = cdk.NestedStack(stack, "Other") if nested else cdk.Stack(app, "Other")
    made = session(stack)
    invoke_config(other, made, sqs.Queue(other, "Lost").queue_arn)
    if is_allowed:
        statement = iam.PolicyStatement(actions=["sqs:SendMessage"], resources=["*"])
        made.provider.function.add_to_role_policy(statement)
    found = warnings(stack)
    assert len(found) == (not is_allowed)
    for warning in found:
        assert "Other/Config needs sqs:SendMessage on " in warning
        assert "Other/Lost/Resource" in warning


@pytest.mark.parametrize("where", ["", ".OnFailure", ".OnFailure.Destination"])
def test_an_unknown_destination_causes_a_warning(stack: cdk.Stack, where: str) -> None:
    made = session(stack)
    config = invoke_config(stack, made, "arn:aws:sqs:us-west-2:111122223333:lost")
    config.add_property_override(f"DestinationConfig{where}", None)
    config.add_property_override(f"DestinationConfig{where}", {"Ref": "Lost"})
    if not where:
        config.add_property_deletion_override("DestinationConfig.OnFailure")
    elif where == ".OnFailure":
        config.add_property_deletion_override("DestinationConfig.OnFailure.Destination")
    (warning,) = warnings(stack)
    actions = "sqs:SendMessage, sns:Publish, lambda:InvokeFunction, events:PutEvents"
    assert f'Config needs {actions}, s3:ListBucket, s3:PutObject on {{"Ref": "Lost"}}' in warning


def test_a_target_in_another_stack_is_allowed() -> None:
    app = cdk.App()
    lost = sqs.Queue(cdk.Stack(app, "Queues"), "Lost")
    stack = cdk.Stack(app, "Studio")
    session(stack)
    config = lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=lost.queue_arn)
    cdk.Aspects.of(stack).add(Settings(dead_letter_config=config))
    found = allowed_before(policies.template(stack), FUNCTION)
    assert "Fn::ImportValue" in json.dumps(found["sqs:SendMessage"])
    assert warnings(stack) == []


@pytest.mark.parametrize(
    ("name", "warned"), [("key_arn", False), ("key_id", False), ("alias/mine", True)]
)
def test_the_key_of_a_dead_letter_queue_is_allowed(
    stack: cdk.Stack, name: str, *, warned: bool
) -> None:
    session(stack)
    key = getattr(kms.Key(stack, "Key"), name, name)
    queue = sqs.CfnQueue(stack, "Lost", kms_master_key_id=key)
    config = lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=queue.attr_arn)
    cdk.Aspects.of(stack).add(Settings(dead_letter_config=config))
    found = allowed_before(policies.template(stack), FUNCTION)
    assert ("kms:GenerateDataKey" in found) is not warned
    assert len(warnings(stack)) == warned
    for warning in warnings(stack):
        assert 'DeadLetterConfig needs kms:Decrypt, kms:GenerateDataKey on "alias/mine"' in warning


def mounted(arn: str) -> Settings:
    kind = lambda_.CfnFunction.FileSystemConfigProperty
    return Settings(file_system_configs=[kind(arn=arn, local_mount_path="/mnt/x")])


def test_a_file_system_is_allowed(stack: cdk.Stack) -> None:
    vpc = vpc_of(stack)
    provider = StreamingSessionProvider(stack, "Provider", vpc=vpc, vpc_subnets=ISOLATED)
    session(stack, provider=provider)
    point = efs.FileSystem(stack, "Files", vpc=vpc, vpc_subnets=ISOLATED).add_access_point("Point")
    cdk.Aspects.of(stack).add(mounted(point.access_point_arn))
    template = policies.template(stack)
    found = allowed_before(template, FUNCTION)
    assert {
        "elasticfilesystem:ClientMount",
        "elasticfilesystem:ClientWrite",
        "ec2:CreateNetworkInterface",
    } <= found.keys()
    made = [s for s in policies.of_every_effect(template) if "elasticfilesystem" in json.dumps(s)]
    arn = stack.resolve(point.access_point_arn)
    for each in made:
        assert each["Condition"]["StringEquals"] == {"elasticfilesystem:AccessPointArn": arn}


def test_s3_and_unknown_file_systems_cause_a_warning(stack: cdk.Stack) -> None:
    session(stack)
    arn = "arn:aws:s3files:us-west-2:111122223333:file-system/fs-1/access-point/fsap-1"
    cdk.Aspects.of(stack).add(mounted(arn))
    (warning,) = warnings(stack)
    assert f'FileSystemConfigs needs s3files:ClientMount, s3files:ClientWrite on "{arn}"' in warning


@pytest.mark.parametrize("given", ["made", "imported", "named", "none"])
def test_another_log_group_is_allowed(stack: cdk.Stack, given: str) -> None:
    session(stack)
    names = {
        "made": logs.LogGroup(stack, "Audit").log_group_name,
        "imported": cdk.Fn.import_value("AuditLog"),
        "named": "audit",
    }
    name = names.get(given)
    config = lambda_.CfnFunction.LoggingConfigProperty(log_group=name) if name else None
    cdk.Aspects.of(stack).add(Settings(logging_config=config))
    template = policies.template(stack)
    (statement,) = [
        each
        for each in policies.statements(template)
        if "logs:PutLogEvents" in each["Action"] and each.get("Sid") != "Log"
    ]
    assert ("logs:CreateLogGroup" in statement["Action"]) is (name is None)
    own = f"/aws/lambda/{cdk.Token.as_string({'Ref': one(template, FUNCTION)})}"
    arn = f"arn:{cdk.Aws.PARTITION}:logs:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:log-group"
    assert statement["Resource"] == stack.resolve(f"{arn}:{name or own}:*")
    assert warnings(stack) == []


def imported_vpc(stack: cdk.Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-west-2a"],
        isolated_subnet_ids=["subnet-0123456789abcdef0"],
        isolated_subnet_route_table_ids=["rtb-0123456789abcdef0"],
    )


@pytest.mark.parametrize("with_endpoints", [False, True])
def test_an_injected_imported_vpc_causes_a_warning_about_its_routes(
    stack: cdk.Stack, *, with_endpoints: bool
) -> None:
    vpc = imported_vpc(stack)
    cdk.PropertyInjectors.of(stack).add(Injector(vpc))  # type: ignore[arg-type]
    session(stack)
    if with_endpoints:
        services = ec2.InterfaceVpcEndpointAwsService
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        for service in (services.LAMBDA_, services.CLOUDFORMATION):
            vpc.add_interface_endpoint(
                service.short_name, service=service, subnets=ISOLATED, open=False
            )
    found = warnings(stack)
    assert len(found) == (not with_endpoints)
    for warning in found:
        assert "doesn't show the routes of these subnets of the function: subnet-0123" in warning
        assert "it must reach cloudformation, lambda, s3 and the API's endpoint" in warning
        assert "have no NAT" not in warning


@pytest.mark.parametrize(
    ("table", "route", "expected"),
    [
        ("made", True, None),
        ("made", False, "have no NAT"),
        ("rtb-0123456789abcdef0", False, "doesn't show the routes"),
        ("main", False, "doesn't show the routes"),
    ],
)
def test_subnets_may_be_l1s(
    stack: cdk.Stack, table: str, route: bool, expected: str | None
) -> None:
    vpc = ec2.CfnVPC(stack, "Vpc", cidr_block="10.0.0.0/16")
    subnet = ec2.CfnSubnet(stack, "Subnet", vpc_id=vpc.ref, cidr_block="10.0.0.0/24")
    routes = table
    if table == "made":
        routes = ec2.CfnRouteTable(stack, "Table", vpc_id=vpc.ref).ref
    if table != "main":
        ec2.CfnSubnetRouteTableAssociation(
            stack, "Association", subnet_id=subnet.ref, route_table_id=routes
        )
    if route:
        ec2.CfnRoute(
            stack,
            "Route",
            route_table_id=routes,
            destination_cidr_block="0.0.0.0/0",
            nat_gateway_id="nat-0123456789abcdef0",
        )
    session(stack)
    config = lambda_.CfnFunction.VpcConfigProperty(
        subnet_ids=[subnet.ref], security_group_ids=["sg-0123456789abcdef0"]
    )
    cdk.Aspects.of(stack).add(Settings(vpc_config=config))
    found = warnings(stack)
    assert len(found) == (expected is not None)
    for warning in found:
        assert str(expected) in warning


@pytest.mark.parametrize("path", ["VpcConfig", "Properties.VpcConfig"])
def test_an_override_that_puts_the_function_into_a_vpc_is_reflected_in_the_role(
    stack: cdk.Stack, path: str
) -> None:
    vpc = vpc_of(stack)
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc)
    endpoint = ec2.InterfaceVpcEndpoint(
        stack, "Endpoint", vpc=vpc, service=ec2.InterfaceVpcEndpointAwsService.LAMBDA_
    )
    resource = session(stack).provider.function.node.default_child
    assert isinstance(resource, lambda_.CfnFunction)
    add = resource.add_property_override if path == "VpcConfig" else resource.add_override
    add(
        path,
        {
            "SubnetIds": vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED).subnet_ids,
            "SecurityGroupIds": [group.security_group_id],
        },
    )
    template = policies.template(stack)
    assert "ec2:CreateNetworkInterface" in allowed_before(template, FUNCTION)
    assert "Network" in [each.get("Sid") for each in policies.of_every_effect(template)]
    name = stack.get_logical_id(endpoint.node.default_child)  # type: ignore[arg-type]
    assert name in closure(template, one(template, SESSION))
    (warning,) = warnings(stack)
    assert "no VPC endpoint for cloudformation, s3" in warning


def test_an_override_that_removes_the_vpc_is_reflected_in_the_role(stack: cdk.Stack) -> None:
    provider = StreamingSessionProvider(stack, "Provider", vpc=vpc_of(stack), vpc_subnets=ISOLATED)
    session(stack, provider=provider)
    resource = provider.function.node.default_child
    assert isinstance(resource, lambda_.CfnFunction)
    resource.add_property_deletion_override("VpcConfig")
    assert warnings(stack) == []


def test_overrides_of_other_settings_are_reflected_in_the_role(stack: cdk.Stack) -> None:
    resource = session(stack).provider.function.node.default_child
    assert isinstance(resource, lambda_.CfnFunction)
    resource.add_property_override("TracingConfig.Mode", "Active")
    queue = sqs.Queue(stack, "Lost")
    resource.add_property_override("DeadLetterConfig.TargetArn", queue.queue_arn)
    found = allowed_before(policies.template(stack), FUNCTION)
    assert {"xray:PutTraceSegments", "sqs:SendMessage"} <= found.keys()


@pytest.mark.parametrize(
    ("setting", "needs"),
    [
        ("DurableConfig", "lambda:CheckpointDurableExecution, lambda:GetDurableExecutionState"),
        ("SettingOfTomorrow", "what its guide lists"),
        ("LoggingConfig", "logs:CreateLogStream, logs:PutLogEvents"),
        ("DeadLetterConfig", "sqs:SendMessage, sns:Publish"),
        ("FileSystemConfigs", "elasticfilesystem:ClientMount, elasticfilesystem:ClientWrite"),
    ],
)
def test_a_setting_known_only_at_deployment_causes_a_warning(
    stack: cdk.Stack, setting: str, needs: str
) -> None:
    resource = session(stack).provider.function.node.default_child
    assert isinstance(resource, lambda_.CfnFunction)
    resource.add_property_override(setting, {"Fn::If": ["Condition", {"A": "b"}, {"A": "c"}]})
    if setting == "LoggingConfig":
        # The override is merged with the property that the CDK set.
        resource.add_property_deletion_override("LoggingConfig.LogGroup")
    (warning,) = warnings(stack)
    assert f"{setting} needs {needs} on " in warning


def test_the_warning_about_your_own_role_lists_what_a_setting_needs(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    provider = StreamingSessionProvider(stack, "Provider", role=role)
    made = session(stack, provider=provider)
    invoke_config(stack, made, sqs.Queue(stack, "Lost").queue_arn)
    config = lambda_.CfnFunction.LoggingConfigProperty(log_group="audit")
    cdk.Aspects.of(stack).add(Settings(logging_config=config))
    (warning,) = warnings(stack)
    assert "sqs:SendMessage" in warning
    assert ":log-group:audit:*" in warning


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
def test_a_statement_about_the_function_or_a_session_delays_neither(
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


def test_the_warning_about_your_own_role_lists_additions(stack: cdk.Stack) -> None:
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


def test_a_replaced_role_causes_a_warning(stack: cdk.Stack) -> None:
    session(stack)
    cdk.Aspects.of(stack).add(Settings(role="arn:aws:iam::111122223333:role/other"))
    (warning,) = warnings(stack)
    assert "role was replaced" in warning


def test_a_function_without_settings_needs_no_further_permissions(stack: cdk.Stack) -> None:
    session(stack)
    assert len(policies.of_type(policies.template(stack), policies.POLICY)) == 1
    assert warnings(stack) == []
