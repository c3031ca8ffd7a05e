"""Every argument is checked in Python: an error names it, its value and the rule."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from cdk_nimble_streaming_session import OnDelete as SessionOnDelete
from cdk_waiter import (
    RUN,
    Awaited,
    AwsCall,
    CertificateIssued,
    Ec2InstanceStarted,
    EcsTaskRun,
    GlueJobRun,
    OnDelete,
    Phases,
    Run,
    Started,
    StateMachineRun,
    VpcAttachmentAvailable,
    WaiterProvider,
    json_text,
)
from testkit.construct import policies

if TYPE_CHECKING:
    from collections.abc import Callable

MACHINE = "arn:aws:states:us-west-2:123456789012:stateMachine:M"
JOB = ["arn:aws:glue:us-west-2:123456789012:job/nightly"]
READ = AwsCall("glue", "GetJobRun", {"JobName": "nightly", "RunId": RUN}, resources=JOB)
START = AwsCall("glue", "StartJobRun", {"JobName": "nightly"}, resources=JOB)
NAMED = AwsCall("glue", "GetJob", {"JobName": "nightly"}, resources=JOB)
PHASES = Phases(ready=["SUCCEEDED"], stopped=["IDLE"])
ANYTHING: dict[str, Any] = {"resources": JOB}

CALLS: dict[str, tuple[Callable[[], object], str]] = {
    "service": (
        lambda: AwsCall("EC2", "X", resources=["*"]),
        "service is 'EC2': it must be a service's name in boto3, such as 'ec2' or 'stepfunctions'",
    ),
    "operation": (
        lambda: AwsCall("ec2", "start_instances", resources=["*"]),
        (
            "operation is 'start_instances': it must be an operation's name in the API reference, "
            "such as StartInstances"
        ),
    ),
    "secrets": (
        lambda: AwsCall("secretsmanager", "GetSecretValue", resources=["arn:aws:x"]),
        "operation is 'GetSecretValue' of secretsmanager: it returns secrets or presigned URLs",
    ),
    "presigned": (
        lambda: AwsCall("sagemaker", "CreatePresignedDomainUrl", resources=["arn:aws:x"]),
        "it returns secrets or presigned URLs",
    ),
    "no resources": (
        lambda: AwsCall("glue", "StartJobRun", resources=[]),
        "resources is []: glue:StartJobRun must be allowed on at least one ARN",
    ),
    "any resource": (
        lambda: AwsCall("glue", "StartJobRun", resources=["*"]),
        "resources[0] is '*': glue:StartJobRun must be limited to ARNs",
    ),
    "no ARN": (
        lambda: AwsCall("glue", "StartJobRun", resources=["nightly"]),
        "resources[0] is 'nightly': it must be an ARN such as arn:aws:s3:::bucket",
    ),
    "read that can't be limited": (
        lambda: AwsCall("ec2", "DescribeInstances", resources=["arn:aws:ec2:x"]),
        "ec2:DescribeInstances can't be limited to resources, so this must be ['*']",
    ),
    "region": (
        lambda: AwsCall("glue", "GetJob", region="Oregon", **ANYTHING),
        "region is 'Oregon': it must be a region such as us-east-1",
    ),
    "endpoint": (
        lambda: AwsCall("glue", "GetJob", endpoint="ftp://host", **ANYTHING),
        "endpoint is 'ftp://host': it must be a URL",
    ),
    "token among the parameters": (
        lambda: AwsCall("ecs", "RunTask", {"clientToken": "x"}, token="clientToken", **ANYTHING),
        "token is 'clientToken', and parameters has it, too",
    ),
    "statement": (
        lambda: AwsCall("glue", "GetJob", extra_statements=["s3:*"], **ANYTHING),  # type: ignore[list-item]
        "extra_statements[0] is 's3:*': it must be an aws_iam.PolicyStatement",
    ),
    "parameters": (
        lambda: AwsCall("glue", "GetJob", ["x"], **ANYTHING),  # type: ignore[arg-type]
        "parameters is ['x']: it must be a dictionary",
    ),
    "None in a list": (
        lambda: AwsCall("glue", "GetJob", {"a": [1, None]}, **ANYTHING),
        "parameters['a'][1] is None: the CDK would drop it from the list",
    ),
    "large integer": (
        lambda: AwsCall("glue", "GetJob", {"a": {"b": 2**53 + 1}}, **ANYTHING),
        "parameters['a']['b'] is 9007199254740993: integers beyond 2**53 lose digits",
    ),
    "no number": (
        lambda: AwsCall("glue", "GetJob", {"a": float("nan")}, **ANYTHING),
        "parameters['a'] is nan: a template has no such number",
    ),
    "object": (
        lambda: AwsCall("glue", "GetJob", {"a": {1, 2}}, **ANYTHING),
        "parameters['a'] is {1, 2}: it must be a string, number, boolean, bytes, date",
    ),
    "enum": (
        lambda: AwsCall("glue", "GetJob", {"a": OnDelete.STOP}, **ANYTHING),
        "parameters['a'] is <OnDelete.STOP: 'STOP'>: it must be a string",
    ),
    "name": (
        lambda: AwsCall("glue", "GetJob", {1: "x"}, **ANYTHING),  # type: ignore[dict-item]
        "a name in parameters is 1: the names of members must be strings without tokens",
    ),
    "token as a name": (
        lambda: AwsCall("glue", "GetJob", {cdk.Aws.REGION: "x"}, **ANYTHING),
        "the names of members must be strings without tokens",
    ),
    "date without a time zone": (
        lambda: AwsCall("glue", "GetJob", {"a": dt.datetime(2026, 11, 26)}, **ANYTHING),  # noqa: DTZ001
        "it must have a time zone",
    ),
    "number in a document": (
        lambda: AwsCall(
            "bedrock-agent",
            "CreateAgent",
            {
                "promptOverrideConfiguration": {
                    "promptConfigurations": [{"additionalModelRequestFields": {"top": [{"k": 5}]}}]
                }
            },
            **ANYTHING,
        ),
        "['additionalModelRequestFields']['top'][0]['k'] is 5: this member takes any JSON",
    ),
    "nested too deep": (lambda: AwsCall("glue", "GetJob", nested(101), **ANYTHING), "too deep"),
    "phase": (lambda: Phases(ready=[]), "ready is []: it must name at least one state"),
    "state in two phases": (
        lambda: Phases(ready=["A"], failed=["A"]),
        "failed has 'A', and so has ready: a state must be in one phase, once",
    ),
    "state": (lambda: Phases(ready="A"), "ready is 'A': it must be a list"),
    "OnDelete": (
        lambda: OnDelete("KEEP"),
        "OnDelete is 'KEEP': it must be one of 'RETAIN', 'STOP'",
    ),
}


def nested(levels: int) -> dict[str, Any]:
    return {"a": nested(levels - 1)} if levels else {}


@pytest.mark.parametrize(("make", "message"), CALLS.values(), ids=CALLS)
def test_what_a_declaration_is_made_of(make: Callable[[], object], message: str) -> None:
    with pytest.raises((ValueError, TypeError)) as raised:
        make()
    assert message in str(raised.value)


def started(stack: cdk.Stack, **more: Any) -> Started:
    arguments = {"id_": "nightly", "read": NAMED, "state": "a", "phases": PHASES, "start": START}
    return Started(stack, "Thing", **{**arguments, **more})


def run(stack: cdk.Stack, **more: Any) -> Run:
    arguments = {"start": START, "read": READ, "state": "a", "phases": PHASES, "run": "JobRunId"}
    return Run(stack, "Thing", **{**arguments, **more})


def awaited(stack: cdk.Stack, **more: Any) -> Awaited:
    arguments = {"id_": "nightly", "read": NAMED, "state": "a", "phases": PHASES}
    return Awaited(stack, "Thing", **{**arguments, **more})


NO_RUN = AwsCall("glue", "BatchStopJobRun", {"JobName": "nightly"}, resources=JOB)
RESOURCES: dict[str, tuple[Callable[[cdk.Stack], object], str]] = {
    "id": (lambda s: started(s, id_=""), "id_ is '': it must be a string that isn't empty"),
    "no read": (lambda s: started(s, read=[]), "read is []: it must not be empty"),
    "read": (lambda s: started(s, read="x"), "read is 'x': it must be of type AwsCall"),
    "attribute": (
        lambda s: started(s, attributes={"a-b": "x"}),
        "a name in attributes is 'a-b': it must be letters and digits, such as PrivateIp",
    ),
    "attributes": (lambda s: started(s, attributes=["a"]), "it must be a dictionary"),
    "expression": (
        lambda s: started(s, state=cdk.Aws.REGION),
        "it must be a string that isn't empty, without tokens",
    ),
    "stop without stop": (
        lambda s: started(s, on_delete=OnDelete.STOP),
        "on_delete is OnDelete.STOP without stop: pass the call that stops the thing",
    ),
    "cancel of what is started": (
        lambda s: started(s, on_delete=OnDelete.CANCEL),
        "on_delete is OnDelete.CANCEL: it must be OnDelete.RETAIN or OnDelete.STOP",
    ),
    "nothing to start from": (
        lambda s: started(
            s, phases=Phases(ready=["on"], starting=["pending"], stopping=["stopping"])
        ),
        "phases.stopped is []: it must name at least one state, or nothing could ever be started",
    ),
    "failure without a retry": (
        lambda s: started(s, phases=Phases(ready=["on"], failed=["broken"])),
        "phases.stopped is []",
    ),
    "retry without a failure": (
        lambda s: started(s, phases=Phases(ready=["on"]), retry=["broken"]),
        "phases.stopped is []",
    ),
    "run of what is started": (
        lambda s: started(s, read=READ),
        "glue:GetJobRun has the parameter RUN: only a Run has runs; pass the id",
    ),
    "run of what is awaited": (lambda s: awaited(s, read=READ), "only a Run has runs"),
    "start of a run that names it": (
        lambda s: run(s, start=READ),
        "start has the parameter RUN: there is no run before the start",
    ),
    "read without the run": (
        lambda s: run(s, read=NAMED),
        "run is given, and read has no parameter RUN",
    ),
    "run that nothing returns": (
        lambda s: run(s, run=None),
        "read has the parameter RUN without run",
    ),
    "neither run nor marker": (
        lambda s: run(s, run=None, read=NAMED),
        "run and marker are both missing",
    ),
    "stop of a run": (
        lambda s: run(s, on_delete=OnDelete.STOP),
        "on_delete is OnDelete.STOP: it must be OnDelete.NOTHING or OnDelete.CANCEL",
    ),
    "cancel without cancel": (
        lambda s: run(s, on_delete=OnDelete.CANCEL),
        "on_delete is OnDelete.CANCEL without cancel",
    ),
    "cancel of any run": (
        lambda s: run(s, on_delete=OnDelete.CANCEL, cancel=NO_RUN),
        "cancel has no parameter RUN: it could end somebody else's run",
    ),
    "session's effect on what is started": (
        lambda s: Ec2InstanceStarted(s, "I", instance_id="i-1", on_delete=SessionOnDelete.STOP),  # type: ignore[arg-type]
        (
            "on_delete is cdk_nimble_streaming_session.OnDelete.STOP: it must be "
            "cdk_waiter.OnDelete.RETAIN or cdk_waiter.OnDelete.STOP"
        ),
    ),
    "session's effect on a run": (
        lambda s: run(s, on_delete=SessionOnDelete.RETAIN),
        "it must be cdk_waiter.OnDelete.NOTHING or cdk_waiter.OnDelete.CANCEL",
    ),
    "text as the effect on a run": (
        lambda s: run(s, on_delete="CANCEL"),
        "on_delete is 'CANCEL': it must be OnDelete.NOTHING or OnDelete.CANCEL",
    ),
    "exists without existing": (
        lambda s: run(s, exists=["Exists"]),
        "exists is ['Exists'] and existing is None: give both, or none",
    ),
    "token's time without a token": (
        lambda s: run(s, token_seconds=300),
        "exists or token_seconds is given without a client token",
    ),
    "timeout": (
        lambda s: awaited(s, timeout=cdk.Duration.hours(1)),
        ("timeout is 1 hour: it must be a whole number of seconds, at least 1 second"),
    ),
    "provider": (
        lambda s: awaited(s, provider=WaiterProvider(cdk.Stack(cdk.App(), "Other"), "P")),
        "provider is Other/P for S/Thing: it must be in the same stack",
    ),
    "instance": (
        lambda s: Ec2InstanceStarted(s, "I", instance_id=""),
        ("instance_id is '': it must be a string such as i-0123456789abcdef0"),
    ),
    "express": (
        lambda s: StateMachineRun(
            s,
            "R",
            state_machine=sfn.StateMachine(
                s,
                "M",
                state_machine_type=sfn.StateMachineType.EXPRESS,
                definition_body=sfn.DefinitionBody.from_string("{}"),
            ),
        ),
        "it must be a standard state machine",
    ),
    "name of a machine": (
        lambda s: StateMachineRun(s, "R", state_machine="Migration"),
        "state_machine is 'Migration': it must be an ARN such as arn:aws:states",
    ),
    "task without a subnet": (
        lambda s: EcsTaskRun(
            s, "R", cluster="c", task_definition="arn:aws:ecs:r:a:task-definition/m:1"
        ),
        "subnets is []: a task on Fargate",
    ),
    "task definition without a revision": (
        lambda s: EcsTaskRun(s, "R", cluster="c", task_definition="migrate"),
        "task_definition is 'migrate': it must be an ARN such as",
    ),
    "arguments of a job": (
        lambda s: GlueJobRun(s, "R", job_name="j", arguments={"--a": 1}),  # type: ignore[dict-item]
        "arguments['--a'] is 1: it must be a string",
    ),
    "certificate": (
        lambda s: CertificateIssued(s, "C", certificate_arn="arn:aws:s3:::x"),
        "certificate_arn is 'arn:aws:s3:::x': it must be an ARN such as arn:aws:acm",
    ),
    "two attachments": (
        lambda s: VpcAttachmentAvailable(s, "V"),
        "transit_gateway_attachment_id is None and vpn_connection_id is None: exactly one",
    ),
}


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "S")


@pytest.mark.parametrize(("make", "message"), RESOURCES.values(), ids=RESOURCES)
def test_resources(stack: cdk.Stack, make: Callable[[cdk.Stack], object], message: str) -> None:
    with pytest.raises((ValueError, TypeError)) as raised:
        make(stack)
    assert message in str(raised.value)
    # No half-built construct stays.
    assert not {"Thing", "I", "R", "C", "V"} & {each.node.id for each in stack.node.children}


def test_a_thing_may_be_started_from_a_failed_state_alone(stack: cdk.Stack) -> None:
    started(stack, phases=Phases(ready=["on"], failed=["broken"]), retry=["broken"])
    (found,) = policies.of_type(policies.template(stack), "Custom::CdkWaiterStarted")
    assert found["Properties"]["Phases"] == {"Ready": ["on"], "Failed": ["broken"]}


def test_a_stack_starts_a_thing_once(stack: cdk.Stack) -> None:
    first = Ec2InstanceStarted(stack, "A", instance_id="i-1")
    with pytest.raises(ValueError, match="'i-1' is the id for S/B and for S/A"):
        Ec2InstanceStarted(stack, "B", instance_id="i-1")
    Ec2InstanceStarted(cdk.Stack(cdk.App(), "T"), "B", instance_id="i-1")
    stack.node.try_remove_child("A")
    assert first.ref != Ec2InstanceStarted(stack, "B", instance_id="i-1").ref


def test_values_travel_as_text_where_a_template_has_no_other_form(stack: cdk.Stack) -> None:
    noon = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
    parameters = {
        "Blob": b"\x00\xff",
        "Date": noon,
        "Left": None,
        "Numbers": (1, 2.5, True, -(2**53)),
        "Quotes": 'a "b"\n',
        "Region": cdk.Aws.REGION,
        "Token": cdk.Token.as_any({"a": 1}),
    }
    awaited(stack, read=AwsCall("glue", "GetJob", parameters, resources=JOB))
    (found,) = policies.of_type(policies.template(stack), "Custom::CdkWaiterAwaited")
    assert found["Properties"]["Read"]["Parameters"] == {
        "Blob": "AP8=",
        "Date": "2026-11-26T12:00:00+00:00",
        "Numbers": [1, 2.5, True, -(2**53)],
        "Quotes": 'a "b"\n',
        "Region": {"Ref": "AWS::Region"},
        "Token": {"a": 1},
    }


def test_the_parameters_are_a_copy() -> None:
    given = {"Names": ["a"]}
    call = AwsCall("glue", "GetJob", given, resources=JOB)
    given["Names"].append("b")
    assert call.parameters == {"Names": ["a"]}


def test_a_statement_may_take_the_place_of_resources() -> None:
    statement = iam.PolicyStatement(actions=["glue:GetJob"], resources=["*"])
    call = AwsCall("glue", "GetJob", resources=[], extra_statements=[statement])
    assert call.extra_statements == (statement,)


def test_only_declared_attributes_can_be_read(stack: cdk.Stack) -> None:
    created = awaited(stack, attributes={"Name": "Job.Name"})
    assert stack.resolve(created.get_att_string("Name"))["Fn::GetAtt"][1] == "Name"
    with pytest.raises(ValueError, match="attribute_name is 'Names': it must be one of Name"):
        created.get_att_string("Names")


def test_a_resource_without_attributes_says_how_to_declare_them(stack: cdk.Stack) -> None:
    created = awaited(stack)
    with pytest.raises(ValueError, match="attribute_name is 'Arn': the resource declares no attr"):
        created.get_att_string("Arn")


def test_the_output_of_a_state_machine_is_declared_when_it_is_used(stack: cdk.Stack) -> None:
    StateMachineRun(stack, "A", state_machine=MACHINE)
    used = StateMachineRun(stack, "B", state_machine=MACHINE)
    cdk.CfnOutput(stack, "Output", value=used.output)
    found = policies.of_type(policies.template(stack), "Custom::StateMachineRun")
    assert ["Output" in each["Properties"]["Attributes"] for each in found] == [False, True]


def sent(stack: cdk.Stack, value: object) -> Any:
    """Return the input of an execution as it travels."""
    StateMachineRun(stack, "Run", state_machine=MACHINE, input=value)
    (found,) = policies.of_type(policies.template(stack), "Custom::StateMachineRun")
    return found["Properties"]["Start"]["Parameters"]["input"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None, 2.5, 'x "y"\n']}, '{"a":[true,null,2.5,"x \\"y\\"\\n"],"b":1}'),
        ("text", '"text"'),
        ([], "[]"),
        # What is known at synthesis is a part of the text, with its type.
        (cdk.Token.as_any({"a": [1]}), '{"a":[1]}'),
        (cdk.Token.as_number(5), "5"),
    ],
)
def test_an_input_without_values_of_the_deployment_is_text(
    stack: cdk.Stack, value: object, text: str
) -> None:
    assert sent(stack, value) == text


def test_values_of_the_deployment_are_apart_in_an_input(stack: cdk.Stack) -> None:
    """So the function can escape quotes and newlines in them."""
    parameter = cdk.CfnParameter(stack, "Count", type="Number")
    names = cdk.CfnParameter(stack, "Names", type="CommaDelimitedList")
    value = {
        "count": parameter.value_as_number,
        "names": names.value_as_list,
        "url": f"https://{cdk.Aws.REGION}.example.com",
        "fixed": cdk.Token.as_any({"half": [2, cdk.Aws.REGION]}),
        cdk.Aws.REGION: True,
    }
    url = {"Fn::Join": ["", ["https://", {"Ref": "AWS::Region"}, ".example.com"]]}
    assert sent(stack, value) == {
        "$JSON": [
            *('{"count":', {"Number": {"Ref": "Count"}}, ',"fixed":{"half":[2,'),
            *({"Value": {"Ref": "AWS::Region"}}, ']},"names":', {"Value": {"Ref": "Names"}}),
            *(',"url":', {"Value": url}, ","),
            *({"Value": {"Ref": "AWS::Region"}}, ":true}"),
        ]
    }


def test_json_as_text_in_any_call(stack: cdk.Stack) -> None:
    text = json_text(stack, {"region": cdk.Aws.REGION, "half": 0.5})
    awaited(stack, read=AwsCall("glue", "GetJob", {"JobName": text}, resources=JOB))
    (found,) = policies.of_type(policies.template(stack), "Custom::CdkWaiterAwaited")
    parts = ['{"half":0.5,"region":', {"Value": {"Ref": "AWS::Region"}}, "}"]
    assert found["Properties"]["Read"]["Parameters"] == {"JobName": {"$JSON": parts}}
    with pytest.raises(ValueError, match=r"value is <object object at .*>, an object: it must be"):
        json_text(stack, object())


def test_a_certificate_is_read_in_its_own_region(stack: cdk.Stack) -> None:
    CertificateIssued(stack, "A", certificate_arn="arn:aws:acm:us-east-1:1:certificate/a")
    parameter = cdk.CfnParameter(stack, "Arn")
    CertificateIssued(stack, "B", certificate_arn=parameter.value_as_string)
    found = policies.of_type(policies.template(stack), "Custom::CertificateIssued")
    split = {"Fn::Select": [3, {"Fn::Split": [":", {"Ref": "Arn"}]}]}
    assert [each["Properties"]["Read"]["Region"] for each in found] == ["us-east-1", split]
