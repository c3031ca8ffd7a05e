"""The policy allows exactly what the function calls under the same properties."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from cdk_nimble_streaming_session import OnDelete, StreamingSession, StreamingSessionProvider
from testkit.construct import policies
from testkit.function.simulation import SESSION, STACK, STUDIO, Simulation, event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[3]
BACKUP = "backup-0000000000000001"
OPTIONS: list[dict[str, Any]] = [
    {"on_delete": on_delete, **more}
    for on_delete in OnDelete
    for more in ({}, {"backup_id": BACKUP}, {"backup_id": BACKUP, "allow_restart": True})
]

# The service authorization reference: what Start and Stop depend on.
DEPENDENT = {
    "nimble:StartStreamingSession": {"nimble:GetLaunchProfile", "nimble:GetLaunchProfileMember"},
    "nimble:StopStreamingSession": {"nimble:GetLaunchProfile"},
}
LOGGING = {("logs:CreateLogStream", "Log"), ("logs:PutLogEvents", "Log")}


def synthesised(**options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the template of one session, and the properties that the function receives."""
    environment = cdk.Environment(account="111122223333", region="us-west-2")
    stack = cdk.Stack(cdk.App(), "Studio", env=environment)
    StreamingSession(stack, "Workstation", studio_id=STUDIO, session_id=SESSION, **options)
    template = policies.template(stack)
    (resource,) = policies.of_type(template, "Custom::NimbleStreamingSession")
    properties = dict(resource["Properties"])
    del properties["ServiceToken"]
    return template, properties


def worlds() -> Iterator[Simulation]:
    """Return worlds in which the function does everything that it can do."""
    for state, start_seconds in product(("STOPPED", "READY"), (60.0, 1000.0)):
        world = Simulation()
        world.service.state = state
        world.service.start_seconds = start_seconds
        yield world


def requests(properties: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the requests that CloudFormation may send with these properties."""
    yield event("Create", **properties)
    yield event("Update", old={}, **properties)
    yield event("Delete", **properties)
    if properties["AllowRestart"] == "true":
        # The resource of an earlier deployment, which still stopped the session.
        yield event("Delete", **{**properties, "OnDelete": "STOP"})


def calls(world: Simulation) -> Iterator[tuple[str, str]]:
    """Return the actions that were called, each with the kind of resource."""
    for method, parameters in world.service.calls:
        action = f"nimble:{method.capitalize()}StreamingSession"
        yield action, "streaming-session"
        if parameters.get("backupId"):
            yield action, "streaming-session-backup"
        for dependent in DEPENDENT.get(action, ()):
            yield dependent, "launch-profile"
    for query in world.stack.asked:
        operation, stack = query.split()
        assert stack == STACK
        yield f"cloudformation:{operation}", "Stack"
    if world.invocations > 1:
        yield "lambda:InvokeFunction", "Function"


def called(properties: dict[str, Any]) -> set[tuple[str, str]]:
    """Return everything that the function calls with these properties."""
    found: set[tuple[str, str]] = set()
    for request in requests(properties):
        for world in worlds():
            if request["RequestType"] == "Delete":
                # A stack that continues without the resource.
                world.stack.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
            world.run(request)
            found.update(calls(world))
    return found


def kind(resource: object) -> str:
    """Return the kind of a resource in the policy."""
    match resource:
        case {"Ref": "AWS::StackId"}:
            return "Stack"
        case {"Fn::GetAtt": [str(logical_id), "Arn"]}:
            return "Log" if "Log" in logical_id else "Function"
    text = json.dumps(resource)
    found = re.search(r":nimble:us-west-2:111122223333:([a-z-]+)/([^/\"]+)\"", text)
    assert found, text
    name, expected = found[2], {"streaming-session": SESSION, "streaming-session-backup": BACKUP}
    assert name == expected.get(found[1], "?" * 22)
    return found[1]


def allowed(statements: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """Return the actions that statements allow, each with the kind of resource."""
    return {(action, kind(resource)) for action, resource in policies.pairs(statements)}


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_policy_allows_exactly_what_the_function_calls(options: dict[str, Any]) -> None:
    template, properties = synthesised(**options)
    assert allowed(policies.statements(template)) == called(properties) | LOGGING


def test_the_simulated_worlds_reach_every_call_in_the_code() -> None:
    model = "lambda/streaming_session/models/nimble/2020-08-01/service-2.json"
    operations = set(json.loads((ROOT / model).read_text())["operations"])
    code = "".join(path.read_text() for path in (ROOT / "lambda").rglob("*.py"))
    clients = set(re.findall(r'clients\.client\(\s*"(\w+)"', code))
    others = set(re.findall(r'[_.](?:call|ask)\((?:client, )?"([A-Z]\w+)"', code)) - operations
    reached: set[tuple[str, str]] = set()
    for options in OPTIONS:
        reached |= called(synthesised(**options)[1])
    dependent = {action for actions in DEPENDENT.values() for action in actions}
    actions = {action for action, _ in reached} - dependent
    assert {action.partition(":")[0] for action in actions} == clients
    names = {action.partition(":")[2].removesuffix("Function") for action in actions}
    assert names == operations | others


def test_each_session_has_only_what_its_own_options_need() -> None:
    stack = cdk.Stack(cdk.App(), "Studio")
    each: dict[str, dict[str, Any]] = {
        "kept": {},
        "stopped": {"on_delete": OnDelete.STOP},
        "restored": {"backup_id": "b1"},
    }
    for name, options in each.items():
        StreamingSession(stack, name, studio_id=STUDIO, session_id=name, **options)
    found: dict[str, set[str]] = {}
    for action, resource in policies.pairs(policies.statements(policies.template(stack))):
        name = json.dumps(resource).rpartition("/")[2].strip('"]}')
        found.setdefault(name, set()).add(action.removesuffix("StreamingSession"))
    assert found["kept"] == found["restored"] == {"nimble:Get", "nimble:Start"}
    assert found["stopped"] == {"nimble:Get", "nimble:Start", "nimble:Stop"}
    assert found["b1"] == {"nimble:Start"}


def test_every_wildcard_is_a_known_one() -> None:
    template, _ = synthesised(on_delete=OnDelete.STOP, backup_id=BACKUP)
    wild = [r for _, r in policies.pairs(policies.statements(template)) if "*" in json.dumps(r)]
    assert wild == []


def test_the_function_waits_for_the_policy_that_lambda_needs() -> None:
    stack = cdk.Stack(cdk.App(), "Studio")
    queue = sqs.Queue(stack, "Queue", encryption_master_key=kms.Key(stack, "Key"))
    StreamingSessionProvider(
        stack, "Provider", tracing=lambda_.Tracing.ACTIVE, dead_letter_queue=queue
    )
    template = policies.template(stack)
    (function,) = policies.of_type(template, "AWS::Lambda::Function")
    waits = [template["Resources"][name] for name in function["DependsOn"]]
    (policy,) = [each for each in waits if each["Type"] == "AWS::IAM::Policy"]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    found = {
        action: resource if resource == "*" else template["Resources"][resource["Fn::GetAtt"][0]]
        for action, resource in policies.pairs(statements)
    }
    assert {action: each if each == "*" else each["Type"] for action, each in found.items()} == {
        "sqs:SendMessage": "AWS::SQS::Queue",
        "kms:Decrypt": "AWS::KMS::Key",
        "kms:GenerateDataKey": "AWS::KMS::Key",
        "xray:PutTelemetryRecords": "*",
        "xray:PutTraceSegments": "*",
    }


def test_a_queue_without_its_own_key_needs_no_key_permissions() -> None:
    stack = cdk.Stack(cdk.App(), "Studio")
    StreamingSessionProvider(stack, "Provider", dead_letter_queue=sqs.Queue(stack, "Queue"))
    actions = {a for a, _ in policies.pairs(policies.statements(policies.template(stack)))}
    assert "sqs:SendMessage" in actions
    assert not [action for action in actions if action.startswith("kms:")]
