"""The function's role in a cloud that enforces policies: allowed and refused calls.

MiniStack with ``AUTH=true`` runs the functions under their roles and refuses calls that no policy
allows. It doesn't serve Nimble Studio, and the emulator checks no policy. So MiniStack's policy
simulator, which follows the same rules, decides about the ``nimble:`` actions.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError

from cdk_nimble_streaming_session import OnDelete, StreamingSession
from nimble_local.cloud.access import ACCOUNT, REGION
from nimble_local.cloud.servers.definitions import EMULATOR
from nimble_local.emulator.seed.default_seed import LAUNCH_PROFILE_ID, STUDIO_ID
from testkit.cloud.driver import STARTING, Driver
from testkit.construct.assembly import Plan, synthesise

if TYPE_CHECKING:
    from collections.abc import Iterator

    import aws_cdk as cdk

    from testkit.cloud.local_cloud import Cloud

pytestmark = pytest.mark.xdist_group("security")

RETAINS = Plan("Retains", "session-of-Retains", function_seconds=6)
GATE = "gate-of-Stops"
"""A session in the same stack. While it starts, the stack is being updated."""
HELD = Plan("Held", "session-of-Held", function_seconds=6)

STARTS = {"nimble:GetStreamingSession", "nimble:StartStreamingSession"}
ALL_STARTS = STARTS | {"nimble:StopStreamingSession"}
DEPENDENT = {"nimble:GetLaunchProfile", "nimble:GetLaunchProfileMember"}
"""Launch profile actions that Start and Stop need, from the service authorization reference."""


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def with_gate(triggers: str, stack: cdk.Stack, session: StreamingSession) -> None:
    StreamingSession(
        stack,
        "Gate",
        studio_id=STUDIO_ID,
        session_id=GATE,
        provider=session.provider,
        triggers=triggers,
    )


STOPS, STOPS_UPDATED = (
    Plan(
        "Stops",
        "session-of-Stops",
        options={"on_delete": OnDelete.STOP},
        add=partial(with_gate, str(version)),
        version=version,
    )
    for version in (1, 2)
)
PLANS = [RETAINS, STOPS, STOPS_UPDATED, HELD]


@pytest.fixture(scope="module")
def driver(strict_cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    folder = tmp_path_factory.mktemp("role")
    assembly = synthesise(folder, strict_cloud.record.url(EMULATOR), PLANS)
    with closing(Driver(strict_cloud, assembly)) as made:
        made.seed(GATE, *{plan.session_id for plan in PLANS})
        # The wait lasts for two hand-overs, so that the function does everything it can.
        held = made.hold(RETAINS.session_id, STARTING)
        for plan in (RETAINS, STOPS):
            made.deployer.create(assembly, plan)
        made.release(held, "two hand-overs", partial(handed_over_or_over, made))
        # The tests inspect both stacks, in any order.
        for plan in (RETAINS, STOPS):
            made.deployer.settled(plan.stack)
        yield made


def handed_over_or_over(driver: Driver) -> bool:
    """Tell whether the wait was handed over twice or never will be."""
    over = not driver.deployer.status(RETAINS.stack).endswith("_IN_PROGRESS")
    return over or driver.hand_overs(RETAINS) >= 2


@pytest.mark.parametrize("plan", [RETAINS, STOPS], ids=lambda plan: plan.stack)
def test_the_policy_allows_everything_that_the_function_does(driver: Driver, plan: Plan) -> None:
    assert driver.deployer.status(plan.stack) == "CREATE_COMPLETE"
    assert refused(driver, plan) == []
    if plan is RETAINS:
        assert driver.hand_overs(RETAINS) >= 2


def refused(driver: Driver, plan: Plan) -> list[str]:
    """Return the refusals in the log of a stack's function."""
    driver.flush(plan)
    said = map(json.dumps, driver.log(plan))
    return [line for line in said if "AccessDenied" in line or "stack-not-read" in line]


def test_the_policy_allows_the_list_call_before_a_stop(driver: Driver) -> None:
    """Send the Delete of an update by hand, for a session that is held and for another."""
    driver.control.add_session(sessionId=GATE, state="STOPPED")
    gate = driver.hold(GATE, STARTING)
    driver.deployer.update(driver.assembly, STOPS_UPDATED)
    driver.wait_for_state(GATE, "START_IN_PROGRESS")
    held = "The session was not stopped: another resource of the stack holds it."
    for session_id, reason, state in (
        (STOPS.session_id, held, "READY"),
        ("other-of-Stops", "", "STOPPED"),
    ):
        driver.control.add_session(sessionId=session_id, state="READY")
        stack_id = driver.deployer.stack_id(STOPS.stack)
        delete = driver.sender.event("Delete", stack_id, session_id, OnDelete="STOP")
        driver.sender.send(driver.deployer.function(STOPS.stack), delete)
        answer = driver.sender.answer(delete)
        assert answer["Status"] == "SUCCESS"
        assert answer["Reason"].startswith(reason)
        assert bool(answer["Reason"]) == bool(reason)
        assert driver.control.session(session_id)["state"] == state
    driver.release(gate, "the gate's start", lambda: True)
    assert driver.deployer.settled(STOPS.stack) == "UPDATE_COMPLETE"
    assert refused(driver, STOPS) == []


def test_a_function_that_may_not_invoke_itself_says_so(driver: Driver) -> None:
    driver.faults(HELD, [STARTING])
    template = driver.assembly.template(HELD)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy":
            document = resource["Properties"]["PolicyDocument"]
            kept = [each for each in document["Statement"] if each["Sid"] != "HandOver"]
            assert len(kept) == len(document["Statement"]) - 1
            document["Statement"] = kept
    driver.deployer.put(HELD.stack, json.dumps(template), exists=False)
    assert driver.deployer.settled(HELD.stack) == "ROLLBACK_COMPLETE"
    reasons = " ".join(event.reason for event in driver.events(HELD))
    assert "the wait could not be handed over: Invoke: AccessDenied" in reasons
    assert "Check that the function's role may invoke the function" in reasons


def nimble_actions() -> list[str]:
    """Return all actions in the service's official model."""
    model = botocore.session.Session().get_service_model("nimble")
    return [f"nimble:{name}" for name in model.operation_names]


def allowed(
    driver: Driver, plan: Plan, actions: list[str], *resources: str
) -> set[tuple[str, str]]:
    """Return the actions that a stack's function role allows, each with its resources."""
    pages = driver.cloud.client("iam").get_paginator("simulate_principal_policy")
    found = set()
    for resource in resources:
        asked = {"PolicySourceArn": role(driver, plan), "ResourceArns": [resource]}
        for page in pages.paginate(ActionNames=actions, **asked):
            for result in page["EvaluationResults"]:
                if result["EvalDecision"] == "allowed":
                    found.add((result["EvalActionName"], resource))
    return found


def role(driver: Driver, plan: Plan) -> str:
    function = driver.deployer.function(plan.stack)
    described = driver.cloud.client("lambda").get_function(FunctionName=function)
    return str(described["Configuration"]["Role"])


@pytest.mark.parametrize(
    ("plan", "actions"), [(RETAINS, STARTS), (STOPS, ALL_STARTS)], ids=["Retains", "Stops"]
)
def test_the_role_allows_only_the_needed_actions_on_its_own_session(
    driver: Driver, plan: Plan, actions: set[str]
) -> None:
    own = arn("nimble", f"streaming-session/{plan.session_id}")
    profile = arn("nimble", f"launch-profile/{LAUNCH_PROFILE_ID}")
    others = (
        arn("nimble", "streaming-session/somebody-elses"),
        arn("nimble", f"streaming-session/{plan.session_id}-2"),
        own.replace(ACCOUNT, "111122223333"),
        own.replace(REGION, "eu-west-1"),
        arn("nimble", "launch-profile/of-another-form"),
        arn("nimble", "streaming-session-backup/any"),
        arn("nimble", "studio/stid-local0000000000000001"),
        "*",
    )
    found = allowed(driver, plan, nimble_actions(), own, profile, *others)
    assert len(nimble_actions()) > 40
    assert found == {(a, own) for a in actions} | {(a, profile) for a in DEPENDENT}


# The most harmful action of each service, on resources that exist.
CALLS: list[tuple[str, str, dict[str, str], str]] = [
    ("cloudformation", "describe_stacks", {"StackName": "{own}"}, "OK"),
    ("cloudformation", "describe_stacks", {"StackName": "{other}"}, "AccessDenied"),
    ("cloudformation", "describe_stacks", {}, "AccessDenied"),
    ("cloudformation", "list_stack_resources", {"StackName": "{own}"}, "AccessDenied"),
    ("cloudformation", "delete_stack", {"StackName": "{own}"}, "AccessDenied"),
    ("cloudformation", "get_template", {"StackName": "{own}"}, "AccessDenied"),
    ("lambda", "invoke", {"FunctionName": "{other_function}"}, "AccessDeniedException"),
    ("lambda", "get_function", {"FunctionName": "{function}"}, "AccessDeniedException"),
    (
        "lambda",
        "update_function_configuration",
        {"FunctionName": "{function}", "Description": "d"},
        "AccessDeniedException",
    ),
    ("lambda", "delete_function", {"FunctionName": "{function}"}, "AccessDeniedException"),
    ("iam", "list_roles", {}, "AccessDenied"),
    (
        "iam",
        "put_role_policy",
        {"RoleName": "{role}", "PolicyName": "p", "PolicyDocument": "{{}}"},
        "AccessDenied",
    ),
    ("s3", "list_buckets", {}, "AccessDenied"),
    ("s3", "list_objects_v2", {"Bucket": "{bucket}"}, "AccessDenied"),
    ("ssm", "get_parameter", {"Name": "/cdk-bootstrap/hnb659fds/version"}, "AccessDeniedException"),
    ("secretsmanager", "list_secrets", {}, "AccessDeniedException"),
    ("logs", "describe_log_groups", {}, "AccessDeniedException"),
    ("logs", "create_log_group", {"logGroupName": "another"}, "AccessDeniedException"),
    ("logs", "delete_log_group", {"logGroupName": "{log_group}"}, "AccessDeniedException"),
    ("sts", "assume_role", {"RoleArn": "{other_role}", "RoleSessionName": "probe"}, "AccessDenied"),
    ("dynamodb", "list_tables", {}, "AccessDeniedException"),
    ("ec2", "describe_instances", {}, "UnauthorizedOperation"),
]

PROBE = """
import boto3

def handler(event, context):
    came = []
    for service, method, arguments in event:
        try:
            getattr(boto3.client(service), method)(**arguments)
            came.append("OK")
        except Exception as error:
            came.append(getattr(error, "response", {}).get("Error", {}).get("Code", repr(error)))
    return came
"""


def test_every_other_call_is_refused(driver: Driver) -> None:
    names = {
        "own": driver.deployer.stack_id(RETAINS.stack),
        "other": driver.deployer.stack_id(STOPS.stack),
        "function": driver.deployer.function(RETAINS.stack),
        "other_function": driver.deployer.function(STOPS.stack),
        "role": role(driver, RETAINS).rpartition("/")[2],
        "other_role": role(driver, STOPS),
        "bucket": "cdk-hnb659fds-assets-000000000000-us-west-2",
        "log_group": next(iter(driver.deployer.log_groups("/aws/cloudformation/Retains/"))),
    }
    event = [
        (service, method, {key: value.format(**names) for key, value in arguments.items()})
        for service, method, arguments, _ in CALLS
    ]
    told = [
        f"{service} {method}: {code}"
        for (service, method, _), code in zip(event, tried(driver, RETAINS, event), strict=True)
    ]
    assert told == [f"{service} {method}: {code}" for service, method, _, code in CALLS]


def test_only_roles_that_stop_sessions_may_list_their_own_stack(driver: Driver) -> None:
    event = [
        ("cloudformation", "list_stack_resources", {"StackName": driver.deployer.stack_id(stack)})
        for stack in (STOPS.stack, RETAINS.stack)
    ]
    assert tried(driver, STOPS, event) == ["OK", "AccessDenied"]


def test_a_roles_credentials_cannot_be_derived_from_names(driver: Driver) -> None:
    functions = driver.cloud.client("lambda")
    found = functions.get_function(FunctionName=driver.deployer.function(RETAINS.stack))
    names = ":".join(found["Configuration"][name] for name in ("FunctionArn", "Role"))
    digest = hashlib.sha256(names.encode()).hexdigest()
    # MiniStack creates them this way.
    guess: dict[str, Any] = {
        **driver.cloud.record.access.client_arguments(),
        "aws_access_key_id": f"ASIA{digest[:16].upper()}",
        "aws_secret_access_key": hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        "aws_session_token": hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    }
    with pytest.raises(ClientError, match="signature doesn't match"):
        boto3.client("sts", **guess).get_caller_identity()


def tried(driver: Driver, plan: Plan, calls: list[tuple[str, str, dict[str, str]]]) -> list[str]:
    """Give another function the role of a stack's function, and return the results of calls."""
    functions, name = driver.cloud.client("lambda"), f"probe-of-{plan.stack}"
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="probe.handler",
        Role=role(driver, plan),
        Code={"ZipFile": zipped("probe.py", PROBE)},
        Timeout=60,
    )
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(calls).encode())
    came: list[str] = json.load(answer["Payload"])
    return came


def zipped(name: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()
