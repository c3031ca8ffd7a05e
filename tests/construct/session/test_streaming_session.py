"""The construct's arguments in the template."""

from __future__ import annotations

import json
import runpy
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration, assertions
from constructs import Construct

from cdk_nimble_streaming_session import OnDelete, StreamingSession, StreamingSessionProvider
from nimble_local.cloud.servers.environment import QUIET
from testkit.construct import policies
from testkit.packaging.fresh_python import run, started

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., StreamingSession]
    Find = Callable[[str], list[dict[str, Any]]]

ROOT = Path(__file__).parents[3]
TYPE = "Custom::NimbleStreamingSession"


def test_a_session_comes_with_four_other_resources(session: Make, stack: cdk.Stack) -> None:
    session()
    found = assertions.Template.from_stack(stack).to_json()["Resources"]
    assert Counter(resource["Type"] for resource in found.values()) == {
        TYPE: 1,
        "AWS::Lambda::Function": 1,
        "AWS::IAM::Role": 1,
        "AWS::IAM::Policy": 1,
        "AWS::Logs::LogGroup": 1,
    }


def test_the_defaults_in_the_template(session: Make, resources: Find) -> None:
    session()
    (resource,) = resources(TYPE)
    properties = dict(resource["Properties"])
    assert properties.pop("ServiceToken")["Fn::GetAtt"][1] == "Arn"
    assert properties == {
        "StudioId": "us-west-2:stid-abc123",
        "SessionId": "yeG7lDwNQEiwNTRT7DrV7Q",
        "OnDelete": "RETAIN",
        "AllowRestart": "false",
        "TimeoutSeconds": "1800",
        "PollIntervalSeconds": "5",
        "ServiceTimeout": "1860",
    }


def test_all_arguments_reach_the_template(session: Make, resources: Find) -> None:
    session(
        backup_id="b1",
        on_delete=OnDelete.STOP,
        allow_restart=True,
        timeout=Duration.minutes(59),
        poll_interval=Duration.seconds(60),
        triggers={"b": [1, {"d": 1, "c": 2}], "a": None},
    )
    (resource,) = resources(TYPE)
    properties = resource["Properties"]
    assert properties["BackupId"] == "b1"
    assert properties["OnDelete"] == "STOP"
    assert properties["AllowRestart"] == "true"
    assert properties["TimeoutSeconds"] == "3540"
    assert properties["ServiceTimeout"] == "3600"
    assert json.loads(properties["Triggers"])["b"][0] == 1


def test_triggers_are_compared_by_content(stack: cdk.Stack, session: Make) -> None:
    session("One", session_id="a", triggers={"a": 1, "b": {"c": 1, "d": 2}})
    session("Two", session_id="b", triggers={"b": {"d": 2, "c": 1}, "a": 1})
    found = assertions.Template.from_stack(stack).find_resources(TYPE).values()
    assert len({resource["Properties"]["Triggers"] for resource in found}) == 1


def test_the_session_waits_for_its_permissions(session: Make, stack: cdk.Stack) -> None:
    session()
    template = assertions.Template.from_stack(stack)
    (policy,) = template.find_resources("AWS::IAM::Policy")
    (resource,) = template.find_resources(TYPE).values()
    assert resource["DependsOn"] == [policy]


def test_the_functions_properties(session: Make, resources: Find) -> None:
    session()
    (function,) = resources("AWS::Lambda::Function")
    properties = function["Properties"]
    assert properties["Runtime"] == "python3.14"
    assert properties["Handler"] == "handler.handler"
    assert properties["Timeout"] == 900
    assert properties["Environment"] == {"Variables": {"SESSIONS": "1"}}
    (log,) = resources("AWS::Logs::LogGroup")
    assert log["Properties"]["RetentionInDays"] == 30
    (role,) = resources("AWS::IAM::Role")
    assert "ManagedPolicyArns" not in role["Properties"]


def test_one_function_for_all_sessions_and_one_more_per_endpoint(
    session: Make, resources: Find
) -> None:
    session("A", session_id="a")
    session("B", session_id="b")
    session("C", session_id="c", endpoint_url="https://one.example")
    session("D", session_id="d", endpoint_url="https://one.example")
    session("E", session_id="e", endpoint_url="https://two.example")
    found = [
        f["Properties"].get("Environment", {}).get("Variables", {})
        for f in resources("AWS::Lambda::Function")
    ]
    assert sorted(e.get("AWS_ENDPOINT_URL_NIMBLE", "") for e in found) == [
        "",
        "https://one.example",
        "https://two.example",
    ]


ONE, TWO = "https://one.example", "https://two.example"


def tokens(*endpoints: str | None, region: str | None = None, parent: str = "") -> list[str]:
    """Return the logical ids of the sessions' functions, in a separate app."""
    stack = cdk.Stack(cdk.App(), f"Studio{parent}", env=cdk.Environment(region=region))
    scope = Construct(stack, parent) if parent else stack
    ids = [f"session{number}" for number in range(len(endpoints))]
    for name, url in zip(ids, endpoints, strict=True):
        StreamingSession(
            scope, name, studio_id="us-west-2:stid-abc123", session_id=name, endpoint_url=url
        )
    found = assertions.Template.from_stack(stack).find_resources(TYPE).values()
    by_session = {each["Properties"]["SessionId"]: each["Properties"] for each in found}
    return [str(by_session[name]["ServiceToken"]["Fn::GetAtt"][0]) for name in ids]


@pytest.mark.parametrize(
    "arguments", [{}, {"region": "cn-north-1"}, {"parent": "Classroom"}], ids=str
)
def test_another_endpoint_keeps_the_function(arguments: dict[str, Any]) -> None:
    # CloudFormation refuses another ServiceToken: "Modifying service token is not allowed."
    known = ["NimbleStreamingSessionProviderFunction46A49307"]
    for endpoint in (None, ONE, TWO, cdk.Fn.import_value("Endpoint")):
        assert tokens(endpoint, **arguments) == known
        assert tokens(endpoint, endpoint, **arguments) == known * 2


@pytest.mark.parametrize("endpoints", [(None, ONE), (ONE, None), (ONE, TWO), (TWO, ONE)], ids=str)
def test_only_functions_of_further_endpoints_have_the_endpoint_in_their_id(
    endpoints: tuple[str | None, str | None],
) -> None:
    first, further = tokens(*endpoints)
    assert [first] == tokens(None)
    assert further != first
    # It depends only on its own endpoint.
    assert tokens("https://three.example", endpoints[1])[1] == further


def test_your_own_provider_under_the_default_id_is_the_same_function(
    stack: cdk.Stack, session: Make, resources: Find
) -> None:
    provider = StreamingSessionProvider(stack, "NimbleStreamingSessionProvider", memory_size=256)
    session(provider=provider)
    (resource,) = resources(TYPE)
    assert [resource["Properties"]["ServiceToken"]["Fn::GetAtt"][0]] == tokens(None)


@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
def test_a_session_without_provider_uses_the_apps_provider_under_the_documented_id(
    stack: cdk.Stack, session: Make, resources: Find, *, first: bool
) -> None:
    # A second function would be another ServiceToken, which CloudFormation rejects.
    endpoint: dict[str, Any] = {"endpoint_url": "https://one.example"}
    provider = StreamingSessionProvider(stack, "NimbleStreamingSessionProvider", **endpoint)
    if not first:
        session("Named", session_id="named", provider=provider)
    assert session("Without", session_id="a").provider is provider
    assert session("Same", session_id="b", **endpoint).provider is provider
    assert len(resources("AWS::Lambda::Function")) == 1


def test_a_removed_session_can_be_created_again(stack: cdk.Stack, session: Make) -> None:
    scope = Construct(stack, "Room")
    session("First", session_id="a")
    StreamingSession(scope, "Second", studio_id="us-west-2:stid-abc123", session_id="b")
    assert stack.node.try_remove_child("First")
    assert stack.node.try_remove_child("Room")
    for name in ("a", "b"):
        session(name, session_id=name)
    with pytest.raises(ValueError, match="session_id is 'a', for Studio/c and for Studio/a"):
        session("c", session_id="a")
    found = assertions.Template.from_stack(stack).find_resources(TYPE).values()
    assert sorted(each["Properties"]["SessionId"] for each in found) == ["a", "b"]


def test_a_removed_provider_is_not_used_again(stack: cdk.Stack, session: Make) -> None:
    removed = session("First", session_id="a").provider
    assert stack.node.try_remove_child("First")
    assert stack.node.try_remove_child(removed.node.id)
    mine = StreamingSessionProvider(stack, "Mine")
    assert session("Second", session_id="a", provider=mine).provider is mine


@pytest.mark.parametrize(
    "wrong",
    [
        {"triggers": {"a": object()}},
        {"session_id": "a"},
        {"allow_restart": True},
        {"provider": "foreign"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_refused_session_leaves_nothing_behind(
    stack: cdk.Stack, session: Make, wrong: dict[str, Any]
) -> None:
    session("First", session_id="a")
    if "provider" in wrong:
        wrong = {"provider": StreamingSessionProvider(cdk.Stack(), "Foreign")}
    before = [each.node.path for each in stack.node.find_all()]
    with pytest.raises(ValueError, match=next(iter(wrong))):
        session("Second", **{"session_id": "b", **wrong})
    assert [each.node.path for each in stack.node.find_all()] == before
    session("Second", session_id="b")


def test_the_arn_can_be_used_in_another_stack() -> None:
    app = cdk.App()
    first, second = cdk.Stack(app, "First"), cdk.Stack(app, "Second")
    session = StreamingSession(
        first, "Workstation", studio_id="us-west-2:stid-abc123", session_id="abc"
    )
    cdk.CfnOutput(second, "Arn", value=session.streaming_session_arn)
    exports = assertions.Template.from_stack(first).to_json()["Outputs"]
    assert [output["Value"]["Fn::GetAtt"][1] for output in exports.values()] == ["Arn"]


def test_the_app_at_the_root_imports_the_package_constructs(tmp_path: Path) -> None:
    ids = {"studio_id": "us-west-2:stid-abc123", "session_id": "abc", "backup_id": "def"}
    context = json.dumps(ids | {"endpoint_url": "https://nimble.example"})
    environment = {"CDK_CONTEXT_JSON": context, "CDK_OUTDIR": str(tmp_path)}
    run("app.py", cwd=ROOT, HOME=str(tmp_path), **environment)
    made = json.loads((tmp_path / "NimbleStreamingSession.template.json").read_text())
    (session,) = policies.of_type(made, "Custom::NimbleStreamingSession")
    asked = {"StudioId": ids["studio_id"], "SessionId": "abc", "BackupId": "def"}
    assert asked.items() <= session["Properties"].items()
    (function,) = policies.of_type(made, "AWS::Lambda::Function")
    assert "https://nimble.example" in function["Properties"]["Environment"]["Variables"].values()
    # The root is first on the path, as for app.py.
    found = run("-c", "import constructs; print(constructs.__file__)", cwd=ROOT)
    assert Path(found.strip()).is_relative_to(Path(sys.prefix))
    assert not (ROOT / "constructs" / "__init__.py").exists()


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({}, "studio_id is missing"),
        ({"studio_id": "us-west-2:stid-abc123"}, "session_id is missing"),
    ],
)
def test_the_app_exits_with_a_line_about_a_missing_id(
    context: dict[str, str], message: str
) -> None:
    main = runpy.run_path(str(ROOT / "app.py"))["main"]
    with pytest.raises(SystemExit) as raised:
        main(["--check", *as_options(context)])
    (line,) = str(raised.value).splitlines()
    assert line.startswith(message)
    assert "SESSION_ID=yeG7lDwNQEiwNTRT7DrV7Q" in line


def test_the_app_prints_nothing_but_the_line(tmp_path: Path) -> None:
    options = as_options({"studio_id": "us-west-2:stid-abc123", "session_id": "a/b"})
    done = started("app.py", "--check", *options, cwd=ROOT, HOME=str(tmp_path), **QUIET)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("session_id is 'a/b'")
    assert "SESSION_ID=yeG7lDwNQEiwNTRT7DrV7Q" in line


def as_options(context: dict[str, str]) -> list[str]:
    """Return a context as options of the CLI."""
    return [text for name, value in context.items() for text in ("-c", f"{name}={value}")]
