"""Invalid arguments are rejected, and tokens are accepted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_ssm as ssm
from botocore.utils import is_valid_endpoint_url
from hypothesis import given, settings
from hypothesis import strategies as st

import cdk_waiter
from cdk_nimble_streaming_session import (
    OnDelete,
    StreamingSession,
    StreamingSessionProvider,
)
from cdk_waiter._private.validation import endpoint_url, is_literal
from testkit.construct import policies

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., StreamingSession]

TYPE = "Custom::NimbleStreamingSession"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"session_id": "a/b"}, "session_id is 'a/b': it must be 1 to 128 letters"),
        (
            {"session_id": "arn:aws:nimble:us-west-2:1:streaming-session/abc"},
            "it is an ARN; the id is its last part, 'abc'",
        ),
        (
            {"studio_id": "arn:aws:nimble:us-west-2:111122223333:studio/stid-abc123"},
            "it is an ARN; the id is its region and last part, 'us-west-2:stid-abc123'",
        ),
        ({"timeout": Duration.minutes(60)}, "timeout is 1 hour: .* at most 59 minutes"),
        ({"timeout": Duration.hours(2)}, "timeout is 2 hours: .* at most 59 minutes"),
        ({"timeout": Duration.millis(1500)}, "timeout is 1 second 500 millis: .* whole number"),
        ({"poll_interval": Duration.seconds(61)}, "poll_interval is .* at most 60 seconds"),
        ({"allow_restart": True}, "allow_restart is True without backup_id"),
        ({"endpoint_url": "nimble.example.com"}, "endpoint_url is 'nimble.example.com'"),
        ({"endpoint_url": ""}, "endpoint_url is ''"),
        ({"endpoint_url": "ftp://nimble.example.com"}, "endpoint_url is 'ftp:"),
        ({"endpoint_url": "https://"}, "endpoint_url is 'https://'"),
        ({"endpoint_url": "https://a b"}, "endpoint_url is 'https://a b'"),
        ({"endpoint_url": "https://host:port"}, "endpoint_url is 'https://host:port'"),
        ({"endpoint_url": "https://[::1"}, "endpoint_url is "),
        ({"endpoint_url": "https://me:secret@host"}, "no user name and no password"),
        ({"endpoint_url": "https://me:secret@host:port"}, "no user name and no password"),
        ({"endpoint_url": "http://nimble_local:4700"}, "'http://nimble_local:4700': .* host"),
        ({"endpoint_url": "https://nimble..example.com"}, "parts of 1 to 63 letters"),
        ({"endpoint_url": f"https://{'a' * 64}.example"}, "parts of 1 to 63 letters"),
        ({"endpoint_url": f"https://{'.'.join(['a' * 63] * 4)}.example"}, "255 characters"),
        ({"endpoint_url": "https://-a.example"}, "parts of 1 to 63 letters"),
        ({"endpoint_url": "https://nimble.example.com\n"}, r"com\\n': it must be a URL"),
        ({"triggers": {"a": {1}}}, r"triggers\['a'\] is \{1\}, a set: it must be a JSON value"),
        ({"triggers": [float("nan")]}, r"triggers\[0\] is nan: JSON has no such number"),
        ({"triggers": {1: "a"}}, "triggers has the key 1: keys must be strings"),
    ],
)
def test_invalid_values_are_refused(session: Make, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        session(**arguments)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"studio_id": None}, "studio_id is None: it must be 1 to 128"),
        ({"session_id": 7}, "session_id is 7: it must be 1 to 128"),
        ({"timeout": 30}, r"timeout is 30: .* as a Duration such as Duration.minutes\(30\)"),
        ({"timeout": "2 hours"}, "timeout is '2 hours': .* at most 59 minutes, as a Duration"),
        ({"poll_interval": 5}, r"poll_interval is 5: .* such as Duration.seconds\(5\)"),
        ({"on_delete": "STOP"}, "on_delete is 'STOP': it must be OnDelete.RETAIN or OnDelete.STOP"),
        (
            {"on_delete": cdk_waiter.OnDelete.STOP},
            (
                "on_delete is cdk_waiter.OnDelete.STOP: it must be "
                "cdk_nimble_streaming_session.OnDelete.RETAIN or "
                "cdk_nimble_streaming_session.OnDelete.STOP"
            ),
        ),
        ({"allow_restart": "yes"}, "allow_restart is 'yes': it must be True or False"),
    ],
)
def test_wrong_types_are_refused(session: Make, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        session(**arguments)


def test_a_stack_cannot_contain_a_literal_session_twice(session: Make) -> None:
    session("First", session_id="a")
    with pytest.raises(
        ValueError, match="session_id is 'a', for Studio/Second and for Studio/First"
    ):
        session("Second", session_id="a")


def test_two_stacks_or_two_apps_may_contain_the_same_session(
    stack: cdk.Stack, session: Make
) -> None:
    session("First", session_id="a")
    for other in (cdk.Stack(stack.node.root, "Other"), cdk.Stack(cdk.App(), "Studio")):  # type: ignore[arg-type]
        StreamingSession(other, "First", studio_id="us-west-2:stid-abc123", session_id="a")


def test_tokens_are_accepted(stack: cdk.Stack, session: Make) -> None:
    def parameter(name: str) -> cdk.CfnParameter:
        return cdk.CfnParameter(stack, name, type="Number" if "Seconds" in name else "String")

    session(
        studio_id=parameter("StudioId").value_as_string,
        session_id=parameter("SessionId").value_as_string,
        backup_id=parameter("BackupId").value_as_string,
        endpoint_url=parameter("Endpoint").value_as_string,
        timeout=Duration.seconds(parameter("TimeoutSeconds").value_as_number),
        poll_interval=Duration.seconds(parameter("PollIntervalSeconds").value_as_number),
        triggers={"day": parameter("Day").value_as_string},
    )
    session("Second", session_id=cdk.Fn.ref("SessionId"))
    first, _ = policies.of_type(policies.template(stack), TYPE)
    properties = first["Properties"]
    for name in ("StudioId", "SessionId", "BackupId", "TimeoutSeconds", "PollIntervalSeconds"):
        assert properties[name] == {"Ref": name}
    # The sum isn't known at synthesis, so it's CloudFormation's maximum.
    assert properties["ServiceTimeout"] == "3600"
    assert {"Ref": "Day"} in properties["Triggers"]["Fn::Join"][1]


@pytest.mark.parametrize("value", [0, False, "", [], {}, "text", None])
def test_any_json_value_is_a_trigger(stack: cdk.Stack, session: Make, value: Any) -> None:
    session(triggers=value)
    (resource,) = policies.of_type(policies.template(stack), TYPE)
    text = resource["Properties"].get("Triggers")
    assert text is None if value is None else json.loads(text) == value


def test_two_sessions_of_a_stack_cannot_have_two_providers(stack: cdk.Stack, session: Make) -> None:
    small, large = (StreamingSessionProvider(stack, name) for name in ("Small", "Large"))
    session("First", session_id="a", provider=small)
    with pytest.raises(
        ValueError,
        match="provider is Studio/Large for Studio/Second, but Studio/Small for Studio/First",
    ):
        session("Second", session_id="b", provider=large)
    with pytest.raises(
        ValueError,
        match="provider is missing for Studio/Third, but it is Studio/Small for Studio/First",
    ):
        session("Third", session_id="c")


def test_a_provider_cannot_follow_a_session_without_one(stack: cdk.Stack, session: Make) -> None:
    session("First", session_id="a")
    provider = StreamingSessionProvider(stack, "Mine")
    with pytest.raises(
        ValueError, match="provider is Studio/Mine for Studio/Second, but Studio/Nimble"
    ):
        session("Second", session_id="b", provider=provider)


def test_a_provider_of_another_endpoint_or_stack_is_refused(
    stack: cdk.Stack, session: Make
) -> None:
    provider = StreamingSessionProvider(stack, "Mine", endpoint_url="https://one.example")
    session("Same", session_id="a", provider=provider, endpoint_url="https://one.example")
    session("Without", session_id="b", provider=provider)
    session("Other", session_id="c", endpoint_url="https://two.example")
    with pytest.raises(
        ValueError, match=r"with endpoint_url 'https://one.example', but .* 'https://three"
    ):
        session("Wrong", session_id="d", provider=provider, endpoint_url="https://three.example")
    foreign = StreamingSessionProvider(cdk.Stack(), "Foreign")
    with pytest.raises(ValueError, match="it must be in the same stack"):
        session("Foreign", session_id="e", provider=foreign)


def test_a_restart_is_allowed_for_a_backup(session: Make, stack: cdk.Stack) -> None:
    session(backup_id="b1", allow_restart=True, on_delete=OnDelete.STOP)
    assert policies.of_type(policies.template(stack), TYPE)


VALUES = {
    "/s": "us-west-2:stid-abc123",
    "/i": "a",
    "/b": "b",
    "/e": "nimble.example.com",
    "/c": "c",
    "/p": "p",
    "/arn": "arn:aws:nimble:eu-west-1:111122223333:streaming-session/abc",
}


def with_lookups(out: Path, context: dict[str, str]) -> None:
    """Synthesise an app whose arguments the CLI looks up in an account, unless it knows them."""
    app = cdk.App(outdir=str(out), context=context)
    environment = cdk.Environment(account="111122223333", region="us-west-2")
    stack = cdk.Stack(app, "Studio", env=environment)

    def look_up(name: str) -> str:
        return ssm.StringParameter.value_from_lookup(stack, name)

    StreamingSession(
        stack,
        "A",
        studio_id=look_up("/s"),
        session_id=look_up("/i"),
        backup_id=look_up("/b"),
        endpoint_url=f"https://{look_up('/e')}",
    )
    imported = StreamingSession.from_streaming_session_arn(stack, "B", look_up("/arn"))
    cdk.CfnOutput(stack, "Arn", value=imported.streaming_session_arn)
    StreamingSession.from_streaming_session_attributes(
        stack, "C", streaming_session_id=look_up("/c"), launch_profile_id=look_up("/p")
    )
    app.synth()


def test_a_context_lookup_reaches_the_cli(tmp_path: Path) -> None:
    with_lookups(tmp_path / "first", {})
    manifest = json.loads((tmp_path / "first" / "manifest.json").read_text())
    missing = {each["props"]["parameterName"]: each["key"] for each in manifest["missing"]}
    assert set(missing) == set(VALUES)
    with_lookups(tmp_path / "second", {key: VALUES[name] for name, key in missing.items()})
    made = json.loads((tmp_path / "second" / "Studio.template.json").read_text())
    (session,) = policies.of_type(made, TYPE)
    asked = {"StudioId": VALUES["/s"], "SessionId": "a", "BackupId": "b"}
    assert asked.items() <= session["Properties"].items()
    assert made["Outputs"]["Arn"]["Value"] == VALUES["/arn"]


@pytest.mark.parametrize("url", ["http://localhost:4700", "https://[::1]:4700/p", "http://h.x./"])
def test_valid_hosts_are_accepted(session: Make, url: str) -> None:
    session(endpoint_url=url)


@settings(max_examples=300, deadline=None)
@given(st.text("aZ9-._:[]/%@ é\n", max_size=70).map("https://".__add__) | st.text(max_size=20))
def test_botocore_accepts_each_accepted_host(url: str) -> None:
    try:
        endpoint_url("endpoint_url", url)
    except ValueError:
        return
    if is_literal(url):
        assert is_valid_endpoint_url(url), url
