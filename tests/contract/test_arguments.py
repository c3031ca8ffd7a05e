"""The construct and the function reject the same values, in the same words."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import Duration

from cdk_nimble_streaming_session import StreamingSession, metrics
from cdk_nimble_streaming_session._private import validation
from cdk_nimble_streaming_session.provider import RESOURCE_TYPE
from cdk_nimble_streaming_session.streaming_session import (
    MAX_POLL_INTERVAL_SECONDS,
    MAX_TIMEOUT_SECONDS,
)
from cdk_waiter._private.metrics import STATISTICS
from streaming_session import resource
from testkit.function.simulation import SESSION, STUDIO, TYPE, Simulation, event, parse
from waiter.cloudformation import request
from waiter.exceptions import InvalidRequestError

ARN = "arn:aws:nimble:us-west-2:1:streaming-session/abc"
STUDIO_ARN = "arn:aws:nimble:us-west-2:1:studio/stid-abc123"
IDS = ["", "a b", "a/b", "ü", "a" * 129, ARN, STUDIO_ARN, "arn:aws", "..", "a\n"]
PROPERTIES = {
    "studio_id": "StudioId",
    "session_id": "SessionId",
    "backup_id": "BackupId",
    "timeout": "TimeoutSeconds",
    "poll_interval": "PollIntervalSeconds",
}


def refused_by_the_construct(argument: str, value: object) -> str:
    """Return the rule that the construct names."""
    arguments = {"studio_id": STUDIO, "session_id": SESSION, argument: value}
    with pytest.raises(ValueError, match=rf"\A{argument} is ") as raised:
        StreamingSession(cdk.Stack(), "Workstation", **arguments)  # type: ignore[arg-type]
    return str(raised.value).rpartition(": it ")[2]


def refused_by_the_function(argument: str, value: str) -> str:
    """Return the rule that the function names."""
    name = PROPERTIES[argument]
    made = event()
    made["ResourceProperties"][name] = value
    with pytest.raises(InvalidRequestError, match=rf"\A{name} is ") as raised:
        parse(made)
    return str(raised.value).rpartition(": it ")[2]


@pytest.mark.parametrize("argument", ["studio_id", "session_id", "backup_id"])
@pytest.mark.parametrize("value", IDS)
def test_both_reject_the_same_ids(argument: str, value: str) -> None:
    rule = refused_by_the_construct(argument, value)
    assert rule
    # To the function, an empty BackupId is none: CloudFormation makes one from an empty parameter.
    if (argument, value) != ("backup_id", ""):
        assert rule == refused_by_the_function(argument, value)


def as_a_duration(rule: str) -> str:
    """Return the function's rule, which is about seconds, in the words for a Duration."""
    words = {
        " from 1 to 3540": ", at least 1 second and at most 59 minutes",
        " from 1 to 60": ", at least 1 second and at most 60 seconds",
    }
    (numbers,) = [each for each in words if rule.endswith(each)]
    return rule.removesuffix(numbers) + words[numbers]


@pytest.mark.parametrize(
    ("argument", "seconds"),
    [("timeout", 0), ("timeout", 3541), ("poll_interval", 0), ("poll_interval", 61)],
)
def test_both_reject_the_same_times(argument: str, seconds: int) -> None:
    rule = refused_by_the_construct(argument, Duration.seconds(seconds))
    assert rule == as_a_duration(refused_by_the_function(argument, str(seconds)))


def test_parts_of_a_second_are_refused() -> None:
    rule = refused_by_the_construct("timeout", Duration.millis(1500))
    assert rule == as_a_duration(refused_by_the_function("timeout", "1.5"))


def test_both_accept_the_same_values() -> None:
    for studio_id, session_id in ((STUDIO, SESSION), ("a", "-_-"), (":", "a" * 128)):
        StreamingSession(cdk.Stack(), "A", studio_id=studio_id, session_id=session_id)
        parse(event(StudioId=studio_id, SessionId=session_id))


def test_both_have_the_same_limits_and_names() -> None:
    assert request.TIMEOUT[1] == MAX_TIMEOUT_SECONDS
    assert request.POLL_INTERVAL[1] == MAX_POLL_INTERVAL_SECONDS
    assert validation.MAX_ID_LENGTH == 128
    assert RESOURCE_TYPE == TYPE
    assert resource.NAMESPACE == metrics.NAMESPACE


def test_the_function_emits_the_metrics_that_the_construct_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Simulation().run(event())
    line = next(line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    (own, answers) = json.loads(line)["_aws"]["CloudWatchMetrics"]
    assert own["Dimensions"] == [["FunctionName"]]
    assert answers["Dimensions"] == [["FunctionName"], ["FunctionName", "Outcome"]]
    named = [metric["Name"] for metric in own["Metrics"] + answers["Metrics"]]
    assert sorted(named) == sorted(STATISTICS)
