"""L2 features: imports, grants, metrics, references across stacks."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_nimblestudio as nimblestudio

from cdk_nimble_streaming_session import (
    IStreamingSession,
    OnDelete,
    StreamingSession,
    StreamingSessionProvider,
)
from cdk_nimble_streaming_session.attributes import SessionAttributes
from cdk_waiter._private.metrics import MetricChanges
from testkit.construct import policies

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Construct

ACCOUNT = "111122223333"
ID = "yeG7lDwNQEiwNTRT7DrV7Q"
STUDIO_ID = "us-west-2:stid-abc123"
ARN = f"arn:aws:nimble:eu-west-1:444455556666:streaming-session/{ID}"
HERE = cdk.Environment(account=ACCOUNT, region="us-west-2")

START = "nimble:StartStreamingSession"
PROFILE = "nimble:GetLaunchProfile"
MEMBER = "nimble:GetLaunchProfileMember"


def in_stack(name: str = "Studio", app: Construct | None = None, **env: str) -> cdk.Stack:
    return cdk.Stack(app or cdk.App(), name, env=cdk.Environment(**env) if env else HERE)


def owned(stack: cdk.Stack, **arguments: Any) -> StreamingSession:
    ids = {"studio_id": STUDIO_ID, "session_id": ID}
    return StreamingSession(stack, "Workstation", **{**ids, **arguments})


def granted(
    session: IStreamingSession, grant: Callable[[IStreamingSession, iam.IGrantable], iam.Grant]
) -> dict[str, list[str]]:
    """Return a role's actions, each with its resources as CloudFormation sees them."""
    other = in_stack("Other", cdk.Stage.of(session))
    role = iam.Role(other, "Role", assumed_by=iam.AccountRootPrincipal())
    assert grant(session, role).success
    found: dict[str, list[str]] = {}
    for action, resource in policies.pairs(policies.statements(policies.template(other))):
        found.setdefault(action, []).append(policies.deployed(resource))
    return found


def profile(region: str, account: str, name: str = "?" * 22) -> str:
    return f"arn:aws:nimble:{region}:{account}:launch-profile/{name}"


@pytest.mark.parametrize(
    ("grant", "actions", "dependent"),
    [
        (lambda s, to: s.grant_read(to), {"nimble:GetStreamingSession"}, set()),
        (lambda s, to: s.grant_start(to), {START}, {PROFILE, MEMBER}),
        (lambda s, to: s.grant_stop(to), {"nimble:StopStreamingSession"}, {PROFILE}),
        (
            lambda s, to: s.grant_connect(to),
            {"nimble:CreateStreamingSessionStream", "nimble:GetStreamingSessionStream"},
            set(),
        ),
        (
            lambda s, to: s.grant(to, "nimble:DeleteStreamingSession"),
            {"nimble:DeleteStreamingSession"},
            set(),
        ),
        (lambda s, to: s.grant(to, START), {START}, {PROFILE, MEMBER}),
    ],
)
def test_each_grant_allows_its_actions(grant: Any, actions: set[str], dependent: set[str]) -> None:
    stack = in_stack()
    found = granted(StreamingSession.from_streaming_session_arn(stack, "Imported", ARN), grant)
    expected = {action: [ARN] for action in actions}
    assert found == expected | {a: [profile("eu-west-1", "444455556666")] for a in dependent}


@pytest.mark.parametrize(
    ("action", "dependent"),
    [
        ("nimble:*", {PROFILE, MEMBER}),
        ("nimble:Start*", {PROFILE, MEMBER}),
        ("nimble:*StreamingSession", {PROFILE, MEMBER}),
        ("nimble:startstreamingsession", {PROFILE, MEMBER}),
        ("nimble:Stop*", {PROFILE}),
        ("nimble:Get*", set()),
        ("nimble:Start", set()),
        ("nimble:StartStreamingSessionB*", set()),
    ],
)
def test_a_pattern_can_be_granted(action: str, dependent: set[str]) -> None:
    session = StreamingSession.from_streaming_session_arn(in_stack(), "Imported", ARN)
    found = granted(session, lambda s, to: s.grant(to, action))
    profiles = [profile("eu-west-1", "444455556666")]
    assert found == {action: [ARN]} | dict.fromkeys(dependent, profiles)


def test_a_start_from_a_backup_can_be_granted() -> None:
    session = StreamingSession.from_streaming_session_id(in_stack(), "Imported", ID)
    found = granted(session, lambda s, to: s.grant_start(to, backup_id="b1"))
    prefix = f"arn:aws:nimble:us-west-2:{ACCOUNT}:streaming-session"
    assert found[START] == [f"{prefix}/{ID}", f"{prefix}-backup/b1"]


def test_a_grant_names_a_known_launch_profile() -> None:
    session = StreamingSession.from_streaming_session_attributes(
        in_stack(), "Imported", streaming_session_id=ID, launch_profile_id="profile"
    )
    found = granted(session, lambda s, to: s.grant_stop(to))
    assert found[PROFILE] == [profile("us-west-2", ACCOUNT, "profile")]
    assert isinstance(session, SessionAttributes)
    assert session.streaming_session_launch_profile_id == "profile"


def test_a_launch_profile_may_be_an_l1() -> None:
    stack = in_stack()
    made = nimblestudio.CfnLaunchProfile(
        stack,
        "Profile",
        ec2_subnet_ids=["subnet-0123456789abcdef0"],
        launch_profile_protocol_versions=["2021-03-31"],
        name="Compositing",
        stream_configuration=nimblestudio.CfnLaunchProfile.StreamConfigurationProperty(
            clipboard_mode="ENABLED", ec2_instance_types=["g5.2xlarge"], streaming_image_ids=["a"]
        ),
        studio_component_ids=["a"],
        studio_id=STUDIO_ID,
    )
    session = StreamingSession.from_streaming_session_attributes(
        stack, "Imported", streaming_session_id=ID, launch_profile_id=made
    )
    role = iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())
    session.grant_stop(role)
    found = dict(policies.pairs(policies.statements(policies.template(stack))))
    assert {"Fn::GetAtt": ["Profile", "LaunchProfileId"]} in found[PROFILE]["Fn::Join"][1]


def test_a_grant_of_an_owned_session_in_another_stack_waits_for_the_session() -> None:
    found = granted(owned(in_stack()), lambda s, to: s.grant_read(to))
    (arn,) = found["nimble:GetStreamingSession"]
    assert "Workstation" in json.dumps(arn)
    assert "Fn::ImportValue" in json.dumps(arn)


def test_a_grant_of_an_owned_session_in_another_region_names_its_arn() -> None:
    session = owned(in_stack(region="us-east-1", account=ACCOUNT))
    found = granted(session, lambda s, to: s.grant_start(to))
    assert found[START] == [f"arn:aws:nimble:us-east-1:{ACCOUNT}:streaming-session/{ID}"]
    assert found[PROFILE] == [profile("us-east-1", ACCOUNT)]


def test_an_arn_is_refused_as_a_backup_id() -> None:
    stack = in_stack()
    role = iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())
    arn = f"arn:aws:nimble:us-west-2:{ACCOUNT}:streaming-session-backup/b1"
    with pytest.raises(ValueError, match=r"backup_id is 'arn:.*; the id is its last part, 'b1'"):
        owned(stack).grant_start(role, backup_id=arn)
    assert not role.node.try_find_child("DefaultPolicy"), "nothing is granted by half"


@pytest.mark.parametrize(
    ("actions", "message"),
    [(("s3:GetObject",), "actions has 's3:GetObject'"), ((), "actions is empty")],
)
def test_a_grant_of_another_services_action_is_refused(
    actions: tuple[str, ...], message: str
) -> None:
    stack = in_stack()
    role = iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())
    with pytest.raises(ValueError, match=message):
        owned(stack).grant(role, *actions)


def test_imports_know_arn_and_id() -> None:
    stack = in_stack()
    by_id = StreamingSession.from_streaming_session_id(stack, "ById", ID)
    by_arn = StreamingSession.from_streaming_session_arn(stack, "ByArn", ARN)
    assert by_id.streaming_session_id == by_arn.streaming_session_id == ID
    made = policies.deployed(stack.resolve(by_id.streaming_session_arn))
    assert made == f"arn:aws:nimble:us-west-2:{ACCOUNT}:streaming-session/{ID}"
    assert by_arn.streaming_session_arn == ARN
    assert (by_arn.env.region, by_arn.env.account) == ("eu-west-1", "444455556666")
    assert (by_id.env.region, by_id.env.account) == ("us-west-2", ACCOUNT)


def test_an_import_by_a_token_splits_it_at_deployment() -> None:
    stack = in_stack()
    token = cdk.Fn.import_value("SessionArn")
    session = StreamingSession.from_streaming_session_arn(stack, "Imported", token)
    split = json.dumps(stack.resolve(session.streaming_session_id))
    assert split.count("Fn::Split") == 2


def test_an_import_says_which_attributes_it_does_not_have() -> None:
    session = StreamingSession.from_streaming_session_id(in_stack(), "Imported", ID)
    assert isinstance(session, SessionAttributes)
    with pytest.raises(ValueError, match="State of the imported session Studio/Imported") as raised:
        _ = session.streaming_session_state
    assert "Known are Arn, SessionId" in str(raised.value)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"streaming_session_arn": "arn:aws:s3:::bucket"}, "must be the ARN of a session"),
        ({"streaming_session_arn": ID}, "must be the ARN of a session"),
        ({"streaming_session_arn": f"{ARN}/more"}, "streaming_session_id is"),
        ({"streaming_session_id": ARN}, f"it is an ARN; the id is its last part, '{ID}'"),
        ({}, "exactly one of them"),
        ({"streaming_session_id": ID, "streaming_session_arn": ARN}, "exactly one of them"),
        ({"streaming_session_id": ID, "launch_profile_id": "a/b"}, "launch_profile_id is 'a/b'"),
    ],
)
def test_bad_imports_are_refused(known: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        StreamingSession.from_streaming_session_attributes(in_stack(), "Imported", **known)


def test_the_arn_and_the_id_can_be_used_across_stacks_regions_and_accounts() -> None:
    app = cdk.App()
    session = owned(in_stack("Studio", app))
    expected = f"arn:aws:nimble:us-west-2:{ACCOUNT}:streaming-session/{ID}"
    for name, region, account in (
        ("Region", "us-east-1", ACCOUNT),
        ("Account", "us-west-2", "444455556666"),
    ):
        other = in_stack(name, app, region=region, account=account)
        assert policies.deployed(other.resolve(session.streaming_session_arn)) == expected
        assert other.resolve(session.streaming_session_id) == ID


def test_references_can_be_weak() -> None:
    # The flag that docs/operations.md names.
    app = cdk.App(context={"@aws-cdk/core:defaultCrossStackReferences": "weak"})
    studio = in_stack("Studio", app)
    session = owned(studio)
    reader = in_stack("Reader", app)
    cdk.CfnOutput(reader, "StartedAt", value=session.streaming_session_started_at)
    assembly = app.synth()
    (read,) = assembly.get_stack_by_name("Reader").template["Outputs"].values()
    assert "Fn::GetStackOutput" in read["Value"]
    (written,) = assembly.get_stack_by_name("Studio").template["Outputs"].values()
    assert "Export" not in written


def test_alarms_can_be_created_from_the_metrics() -> None:
    stack = in_stack()
    session = owned(stack)
    minute = cdk.Duration.minutes(1)
    for metric in (
        session.metric_failures(),
        session.metric_time_to_ready(statistic="p90", period=minute),
        session.metric_answers("CANCELLED"),
        session.metric_answers(),
        session.metric_attempts(),
        session.provider.metric_polls(),
        session.metric("TimeToReady"),
    ):
        name = f"Alarm{len(stack.node.children)}"
        cloudwatch.Alarm(stack, name, metric=metric, threshold=1, evaluation_periods=1)
    template = policies.template(stack)
    alarms = [each["Properties"] for each in policies.of_type(template, "AWS::CloudWatch::Alarm")]
    (function,) = (
        name
        for name, each in template["Resources"].items()
        if each["Type"] == "AWS::Lambda::Function"
    )
    assert {alarm["Namespace"] for alarm in alarms} == {"NimbleStreamingSession"}
    for alarm in alarms:
        assert {"Name": "FunctionName", "Value": {"Ref": function}} in alarm["Dimensions"]
    chosen = [(a["MetricName"], a.get("Statistic") or a["ExtendedStatistic"]) for a in alarms]
    assert chosen == [
        ("Failures", "Sum"),
        ("TimeToReady", "p90"),
        ("Answers", "Sum"),
        ("Answers", "Sum"),
        ("Attempts", "Sum"),
        ("Polls", "Sum"),
        ("TimeToReady", "Maximum"),
    ]
    assert {"Name": "Outcome", "Value": "CANCELLED"} in alarms[2]["Dimensions"]
    assert len(alarms[3]["Dimensions"]) == 1
    assert alarms[1]["Period"] == 60


def test_every_option_of_a_metric_can_be_changed() -> None:
    changes: MetricChanges = {
        "statistic": "p90",
        "period": cdk.Duration.minutes(1),
        "label": "Longest",
        "color": "#00ff00",
        "unit": cloudwatch.Unit.SECONDS,
        "visible": False,
        "id": "longest",
        "account": ACCOUNT,
        "region": "eu-west-1",
        "stack_account": "444455556666",
        "stack_region": "us-east-1",
    }
    # Everything that the CDK knows, except the name and what is set here.
    known = set(inspect.signature(cloudwatch.MetricOptions).parameters)
    assert set(changes) == set(MetricChanges.__annotations__) == known - {"dimensions_map"}
    metric = owned(in_stack()).metric_time_to_ready(**changes)
    assert (metric.region, metric.account) == ("eu-west-1", ACCOUNT)


def test_a_metric_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="metric_name is 'Errors': it must be one of TimeToReady"):
        StreamingSessionProvider(in_stack(), "Provider").metric("Errors")


def test_the_removal_policy_is_the_users_to_set() -> None:
    stack = in_stack()
    owned(stack, on_delete=OnDelete.STOP).apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    (resource,) = policies.of_type(policies.template(stack), "Custom::NimbleStreamingSession")
    assert resource["DeletionPolicy"] == "Retain"


def test_a_studio_may_be_an_l1() -> None:
    app = cdk.App()
    first = in_stack("First", app)
    studio = nimblestudio.CfnStudio(
        first,
        "Mine",
        admin_role_arn=f"arn:aws:iam::{ACCOUNT}:role/admin",
        user_role_arn=f"arn:aws:iam::{ACCOUNT}:role/user",
        display_name="Mine",
        studio_name="mine",
    )
    owned(first, studio_id=studio)
    second = in_stack("Second", app)
    owned(second, studio_id=studio)
    # A reference implies an order: CloudFormation creates the studio first.
    (resource,) = policies.of_type(policies.template(first), "Custom::NimbleStreamingSession")
    assert resource["Properties"]["StudioId"] == {"Fn::GetAtt": ["Mine", "StudioId"]}
    (resource,) = policies.of_type(policies.template(second), "Custom::NimbleStreamingSession")
    assert "Fn::ImportValue" in resource["Properties"]["StudioId"]
    assert [stack.stack_name for stack in second.dependencies] == ["First"]
