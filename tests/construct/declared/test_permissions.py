"""One function and one policy, policies of a resource's own, and the role's room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn

from cdk_nimble_streaming_session import StreamingSession
from cdk_waiter import (
    Awaited,
    AwsCall,
    Ec2InstanceStarted,
    EcsTaskRun,
    GlueJobRun,
    OnDelete,
    Phases,
    RdsInstanceStarted,
    StateMachineRun,
    WaiterProvider,
)
from cdk_waiter._private.permissions.policy_size import policy_size
from testkit.construct import nag, policies
from testkit.construct.declared import EXAMPLES, MACHINE

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTION = "AWS::Lambda::Function"
PHASES = Phases(ready=["A"])


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "S")


def statements(found: dict[str, Any], policy: str = "") -> Iterator[dict[str, Any]]:
    for name, each in found["Resources"].items():
        if each["Type"] == policies.POLICY and policy in name:
            yield from each["Properties"]["PolicyDocument"]["Statement"]


def on(found: dict[str, Any], action: str, policy: str = "") -> list[Any]:
    """Return the resources that an action is allowed on."""
    return [
        resource
        for each in statements(found, policy)
        if action in each["Action"]
        for resource in (
            each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]
        )
    ]


def test_four_resources_beside_the_declared_one(stack: cdk.Stack) -> None:
    Ec2InstanceStarted(stack, "Desk", instance_id="i-1")
    kinds = sorted(each["Type"] for each in policies.template(stack)["Resources"].values())
    assert kinds == [
        policies.POLICY,
        "AWS::IAM::Role",
        FUNCTION,
        "AWS::Logs::LogGroup",
        "Custom::Ec2InstanceStarted",
    ]


def test_declared_resources_share_a_function_but_not_with_sessions(stack: cdk.Stack) -> None:
    StreamingSession(stack, "Session", studio_id="s", session_id="yeG7lDwNQEiwNTRT7DrV7Q")
    first = Ec2InstanceStarted(stack, "A", instance_id="i-1")
    second = GlueJobRun(stack, "B", job_name="j")
    other = WaiterProvider(stack, "Apart")
    third = GlueJobRun(stack, "C", job_name="j", provider=other)
    assert first.provider is second.provider
    assert third.provider is other
    functions = policies.of_type(policies.template(stack), FUNCTION)
    environments = [each["Properties"]["Environment"]["Variables"] for each in functions]
    assert [each.get("RESOURCES") for each in environments] == ["declared", None, "declared"] or (
        sorted(str(each.get("RESOURCES")) for each in environments)
        == ["None", "declared", "declared"]
    )
    assert sorted(each["SESSIONS"] for each in environments) == ["1", "1", "2"]
    assert on(policies.template(stack), "glue:StartJobRun", "Apart")


def test_a_stop_has_a_policy_that_outlives_the_resource(stack: cdk.Stack) -> None:
    Ec2InstanceStarted(stack, "Desk", instance_id="i-1", on_delete=OnDelete.STOP)
    found = policies.template(stack)
    assert on(found, "ec2:StopInstances", "DeskPolicy")
    assert on(found, "cloudformation:ListStackResources", "DeskPolicy")
    assert not on(found, "ec2:StopInstances", "CdkWaiterProvider")
    (resource,) = policies.of_type(found, "Custom::Ec2InstanceStarted")
    assert any("DeskPolicy" in each for each in resource["DependsOn"])


def test_nothing_is_listed_or_stopped_without_need(stack: cdk.Stack) -> None:
    Ec2InstanceStarted(stack, "Desk", instance_id="i-1")
    StateMachineRun(stack, "Run", state_machine=MACHINE, on_delete=OnDelete.CANCEL)
    found = policies.template(stack)
    assert not on(found, "ec2:StopInstances")
    assert not on(found, "cloudformation:ListStackResources")
    assert on(found, "states:StopExecution", "RunPolicy")


def test_what_depends_on_a_declared_resource_can_be_run(stack: cdk.Stack) -> None:
    # `policies.template` refuses resources that wait for each other.
    database = RdsInstanceStarted(stack, "Database", instance_identifier="orders")
    machine = sfn.StateMachine(
        stack,
        "Machine",
        definition_body=sfn.DefinitionBody.from_chainable(
            sfn.Pass(
                stack,
                "Host",
                result=sfn.Result.from_object({"host": database.db_instance_endpoint_address}),
            )
        ),
    )
    run = StateMachineRun(stack, "Run", state_machine=machine)
    ssm.StringParameter(stack, "Result", string_value=run.output)
    StateMachineRun(stack, "Again", state_machine=MACHINE, input={"first": run.output})
    found = policies.template(stack)
    assert on(found, "states:StartExecution", "RunPolicy")
    assert on(found, "states:StartExecution", "CdkWaiterProvider") == [MACHINE]


def test_what_depends_on_nothing_declared_is_in_the_one_policy(stack: cdk.Stack) -> None:
    machine = sfn.StateMachine(
        stack,
        "Machine",
        definition_body=sfn.DefinitionBody.from_chainable(sfn.Pass(stack, "Pass")),
    )
    StateMachineRun(stack, "Run", state_machine=machine)
    found = policies.template(stack)
    assert on(found, "states:StartExecution", "CdkWaiterProvider") == [
        stack.resolve(machine.state_machine_arn)
    ]
    assert not list(statements(found, "RunPolicy"))


def test_a_removed_construct_takes_its_permissions_along(stack: cdk.Stack) -> None:
    Ec2InstanceStarted(stack, "A", instance_id="i-1")
    Ec2InstanceStarted(stack, "B", instance_id="i-2")
    GlueJobRun(stack, "C", job_name="j")
    stack.node.try_remove_child("B")
    stack.node.try_remove_child("C")
    found = policies.template(stack)
    assert [str(each).count("i-2") for each in on(found, "ec2:StartInstances")] == [0]
    (nothing,) = on(found, "glue:StartJobRun")
    assert stack.resolve(f"arn:{cdk.Aws.PARTITION}:iam:::none") == nothing
    (function,) = policies.of_type(found, FUNCTION)
    assert function["Properties"]["Environment"]["Variables"]["SESSIONS"] == "1"


def test_a_task_passes_its_roles_to_ecs_only(stack: cdk.Stack) -> None:
    arn = "arn:aws:ecs:us-west-2:123456789012:cluster/batch"
    cluster = ecs.Cluster.from_cluster_arn(stack, "Cluster", arn)
    task = ecs.FargateTaskDefinition(stack, "Task")
    task.add_container(
        "app",
        image=ecs.ContainerImage.from_registry("app"),
        logging=ecs.LogDrivers.aws_logs(stream_prefix="app"),
    )
    EcsTaskRun(stack, "Run", cluster=cluster, task_definition=task, subnets=["subnet-1"])
    found = policies.template(stack)
    (passes,) = [each for each in statements(found) if each["Action"] == "iam:PassRole"]
    assert passes["Condition"] == {
        "StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    }
    execution_role = task.execution_role
    assert execution_role is not None
    expected = [task.task_role.role_arn, execution_role.role_arn]
    assert passes["Resource"] == stack.resolve(expected)


def awaited(stack: cdk.Stack, *extra: iam.PolicyStatement) -> None:
    call = AwsCall("ec2", "DescribeVpcs", resources=["*"], extra_statements=extra)
    Awaited(stack, "Thing", id_="a", read=call, state="Vpcs[0].State", phases=PHASES)


def test_statements_that_cover_everything_are_apart(stack: cdk.Stack) -> None:
    awaited(
        stack,
        iam.PolicyStatement(actions=["kms:Decrypt"], resources=["*"]),
        iam.PolicyStatement(actions=["kms:Encrypt"], resources=["arn:aws:kms:r:a:key/k"]),
    )
    found = policies.template(stack)
    assert on(found, "kms:Decrypt", "ThingExtraPolicy") == ["*"]
    assert on(found, "kms:Encrypt", "CdkWaiterProvider") == ["arn:aws:kms:r:a:key/k"]


def test_cdk_nag_finds_nothing() -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "S")
    for index, (name, example) in enumerate(EXAMPLES.items()):
        if not name.startswith("Ec2InstanceStarted-"):
            example.create(stack, f"A{index}", **(example.on_delete if index % 2 else {}))
    assert nag.findings(app)["AwsSolutions"] == {}


def test_cdk_nag_finds_what_the_user_allowed() -> None:
    app = cdk.App()
    awaited(cdk.Stack(app, "S"), iam.PolicyStatement(actions=["kms:Decrypt"], resources=["*"]))
    assert set(nag.findings(app)["AwsSolutions"]) == {"IAM5[Resource::*]"}


def many(stack: cdk.Stack, name: str, count: int, provider: WaiterProvider | None = None) -> None:
    arns = [f"arn:aws:glue:us-west-2:123456789012:job/{name}-{index:020}" for index in range(count)]
    call = AwsCall("glue", "GetJob", {"JobName": name}, resources=arns)
    Awaited(stack, name, id_=name, read=call, state="Job.Name", phases=PHASES, provider=provider)


def test_permissions_that_do_not_fit_fail_the_synthesis(stack: cdk.Stack) -> None:
    many(stack, "A", 80)
    many(stack, "B", 80)
    with pytest.raises(RuntimeError, match=r"serves 2 resources.*Create a WaiterProvider"):
        policies.template(stack)


def test_a_second_provider_takes_the_rest(stack: cdk.Stack) -> None:
    many(stack, "A", 80)
    many(stack, "B", 80, WaiterProvider(stack, "Other"))
    found = policies.template(stack)
    assert len(on(found, "glue:GetJob")) == 160
    for each in policies.of_type(found, policies.POLICY):
        assert policy_size(each["Properties"]["PolicyDocument"]) <= 10_240


@pytest.mark.parametrize(
    ("document", "size"),
    [
        (None, 0),
        ({"a": "b"}, 9),
        ({"Ref": "AWS::Region"}, 2 + 14),
        ({"Ref": "Machine"}, 2 + 140),
        ({"Fn::GetAtt": ["Machine", "Arn"]}, 2 + 140),
        ({"Fn::Join": ["", ["a", {"Ref": "Name"}, {"Fn::Select": [1, []]}]]}, 2 + 1 + 64 + 64),
        ([{"Ref": "AWS::Partition"}, "*"], 2 + 12 + 1 + 3),
    ],
)
def test_the_size_of_a_policy(document: object, size: int) -> None:
    assert policy_size(document) == size


def test_your_own_role_is_told_what_it_needs(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::123456789012:role/mine")
    provider = WaiterProvider(stack, "Provider", role=role)
    StateMachineRun(
        stack, "Run", state_machine=MACHINE, on_delete=OnDelete.CANCEL, provider=provider
    )
    found = policies.template(stack)
    assert not policies.of_type(found, policies.POLICY)
    (warning,) = policies.all_warnings(stack)
    assert "states:StopExecution" in warning
    assert "states:StartExecution" in str(stack.resolve(provider.policy_document))


def test_the_metrics_of_a_provider(stack: cdk.Stack) -> None:
    provider = WaiterProvider(stack, "Provider")
    failures = provider.metric_failures()
    assert (failures.namespace, failures.metric_name) == ("CdkWaiter", "Failures")
    assert stack.resolve(failures.dimensions) == {
        "FunctionName": stack.resolve(provider.function.function_name)
    }
    with pytest.raises(ValueError, match="metric_name is 'Runs': it must be one of TimeToReady"):
        provider.metric("Runs")
