"""The driver's work on declared resources, with a cloud that only records its requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest

from soak.cloud.invocations import Invocation, Invocations
from soak.cloud.relay import SOAK_PATH, Relay
from soak.declared.driver import DeclaredDriver
from soak.declared.services import Call, Services
from soak.declared.story import DeclaredStep, DeclaredStory
from soak.declared.templates import SECRET, Templates
from soak.story_driver import Known, StoryResult
from testkit.cloud.deployer import Deployer

CREATE = DeclaredStep("create", undone=True)
STORY = DeclaredStory(
    seed=1, number=2, function_seconds=900, steps=(CREATE,), what="execution", state="stopped"
)
WORK = "story-1-d2-main"
MACHINE = f"arn:aws:states:us-west-2:1:stateMachine:{WORK}"
RUN = f"arn:aws:states:us-west-2:1:execution:{WORK}:1"
EVENT = {
    "RequestType": "Create",
    "RequestId": "r",
    "ResponseURL": "http://x/?X-Amz-Date=20261123T100000Z&X-Amz-Expires=7200",
    "ResourceProperties": {"Id": MACHINE, "OnDelete": "CANCEL"},
}
FAILED = Invocation(
    STORY.stack, "f", "r", "Create", "Execution", "", event=EVENT, began="1", ended="2"
)


class FakeCloud:
    """A cloud with one request that failed."""

    def __init__(self) -> None:
        self.deployer = create_autospec(Deployer, instance=True)
        self.services = create_autospec(Services, instance=True)
        self.relay = create_autospec(Relay, instance=True)
        self.invocations = create_autospec(Invocations, instance=True)
        self.client = Mock()
        self.client.client.return_value.run_instances.return_value = {
            "Instances": [{"InstanceId": "i-00000000000000001"}]
        }
        self.relay.url = "http://relay"
        self.relay.paths.return_value = set()
        self.invocations.going.return_value = []
        self.began = self.invocations.of.return_value = [FAILED]
        self.services.calls.return_value = []
        self.deployer.invoke.side_effect = lambda *_: bool(self.began.__iadd__([FAILED]))
        templates = create_autospec(Templates, instance=True)
        self.driver = DeclaredDriver(
            self.deployer, self.client, self.services, self.relay, templates, self.invocations
        )
        self.driver._seed(STORY)

    def sent(self, step: DeclaredStep, **answer: str) -> list[dict[str, Any]]:
        """Return the events that follow an answer."""
        given = {"RequestId": "r", "Status": "FAILED", "PhysicalResourceId": RUN, **answer}
        self.relay.answers.return_value = [given]
        self.driver._after(STORY, step, StoryResult(STORY), Known())
        return [each.args[1] for each in self.deployer.invoke.call_args_list]


def test_a_delete_follows_a_failed_run() -> None:
    cloud = FakeCloud()
    (event,) = cloud.sent(CREATE)
    shown = [each.args for each in cloud.relay.show.call_args_list]
    assert shown == [(STORY.stack, "ROLLBACK_IN_PROGRESS"), (STORY.stack, "")]
    assert (event["RequestType"], event["PhysicalResourceId"]) == ("Delete", RUN)
    assert event["ResourceProperties"] == EVENT["ResourceProperties"]
    assert event["RequestId"] != "r"
    assert event["ResponseURL"].startswith(f"http://relay{SOAK_PATH}")
    assert "X-Amz-Date=20261123T100000Z" not in event["ResponseURL"]


def test_no_delete_follows_a_success_or_an_unchanged_id() -> None:
    assert FakeCloud().sent(CREATE, Status="SUCCESS") == []
    assert FakeCloud().sent(replace(CREATE, undone=False)) == []
    assert FakeCloud().sent(CREATE, PhysicalResourceId="") == []


def test_acts_of_a_second_delivery_are_reported() -> None:
    cloud = FakeCloud()
    calls = [Call("1", "DescribeExecution", WORK), Call("2", "StartExecution", WORK)]
    cloud.services.calls.side_effect = [calls, []]
    assert list(cloud.driver._acted(STORY, Known())) == [f"StartExecution of {WORK}"]


@pytest.mark.parametrize("place", ["log", "answer"])
def test_a_sensitive_cause_is_reported(place: str) -> None:
    cloud, story = FakeCloud(), replace(STORY, what="unnamed-execution")
    said = SECRET if place == "log" else ""
    cloud.invocations.of.return_value = [replace(FAILED, log=said)]
    reason = "" if place == "log" else SECRET
    cloud.relay.answers.return_value = [{"RequestId": "r", "Reason": reason}]
    result = StoryResult(story)
    cloud.driver._check_the_story(story, result)
    (violation,) = result.violations
    assert "sensitive" in violation


def test_the_faults_end_with_the_step() -> None:
    cloud, step = FakeCloud(), replace(CREATE, undone=False, faults=({"kind": "lost"},))
    with cloud.driver._strike(STORY, step, None):
        cloud.services.strike.assert_called_with(f"{STORY.stack}-other", step.faults)
    cloud.services.strike.assert_called_with(f"{STORY.stack}-other", ())
