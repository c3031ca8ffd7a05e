"""The story driver's work around a step, with a cloud that only records its requests."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import Mock, create_autospec

import pytest
from botocore.exceptions import ClientError

from nimble_local.control_client import Control
from nimble_local.emulator.faults.external_acts import EXTERNAL_CALLER
from soak import story_driver
from soak.checks.steps import StepResult
from soak.cloud.invocations import Invocation, Invocations
from soak.cloud.relay import Relay
from soak.sessions.driver import SessionDriver
from soak.sessions.story import SessionStep, SessionStory
from soak.sessions.templates import Templates
from soak.story_driver import StoryResult
from testkit.cloud.deployer import Deployer, StackEvent

UPDATE = SessionStep("update", faults=({"kind": "drop"},), aim="second")
STORY = SessionStory(
    seed=1, number=2, state="STOPPED", stop=False, function_seconds=900, steps=(UPDATE,)
)
GROUP = StackEvent("1", "Log", "AWS::Logs::LogGroup", "CREATE_COMPLETE", "")
INVOCATION = Invocation(STORY.stack, "f", "r", "Delete", "w", "d", began="1")


class FakeCloud:
    """A cloud without a stack, with its requests in order."""

    def __init__(self) -> None:
        self.asked = Mock()
        self.deployer = create_autospec(Deployer, instance=True)
        self.control = create_autospec(Control, instance=True)
        self.relay = create_autospec(Relay, instance=True)
        self.invocations = create_autospec(Invocations, instance=True)
        self.asked.kill_workers.return_value = 0
        self.asked.attach_mock(self.deployer, "deployer")
        self.deployer.status.return_value = "DELETE_COMPLETE"
        self.deployer.events.return_value = [GROUP]
        self.deployer.functions.return_value = []
        self.deployer.log_groups.return_value = {}
        self.control.journal.return_value = []
        self.control.add_fault.return_value = {"id": "fault-1"}
        self.relay.answers.return_value = []
        self.relay.paths.return_value = {"/a/b"}
        self.invocations.of.return_value = []
        self.invocations.going.return_value = []
        templates = create_autospec(Templates, instance=True)
        self.story_driver = SessionDriver(
            self.deployer, self.control, self.relay, templates, self.invocations
        )

    def order(self) -> list[str]:
        """Return the names of the requests."""
        return [name for name, _, _ in self.asked.mock_calls]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> FakeCloud:
    made = FakeCloud()
    monkeypatch.setattr(story_driver, "kill_workers", made.asked.kill_workers)
    monkeypatch.setattr(story_driver, "END_SECONDS", 0.0)
    monkeypatch.setattr(story_driver, "LOOK_SECONDS", 0.01)
    return made


def test_an_update_without_changes_switches_its_faults_off(cloud: FakeCloud) -> None:
    message = "No updates are to be performed."
    refusal = ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "UpdateStack")
    cloud.deployer.put.side_effect = refusal
    assert cloud.story_driver._step(STORY, UPDATE, None, StoryResult(STORY)) is None
    cloud.control.add_fault.assert_called_once_with(sessionId=STORY.session_ids[-1], kind="drop")
    cloud.control.remove_fault.assert_called_once_with("fault-1")


EVENT = {"ResponseURL": "http://x/?X-Amz-Date=20261123T100000Z&X-Amz-Expires=7200"}
ANSWERED = replace(INVOCATION, kind="Update", ended="2", event=EVENT)
AGAIN = SessionStep("update", again=True, again_after=65.0, again_state="READY")


def deliver(cloud: FakeCloud, *requests: dict[str, str]) -> tuple[StoryResult, list[str]]:
    """Deliver an answered request again; the session receives requests afterwards."""
    cloud.control.journal.return_value = []
    invocations = cloud.invocations.of.return_value = [ANSWERED]
    answers = cloud.relay.answers.return_value = [{"RequestId": "r"}]
    observed = create_autospec(
        StepResult, instance=True, step=AGAIN, answers=[*answers], invocations=[*invocations]
    )

    def invoke(*_: object) -> bool:
        invocations.append(ANSWERED)
        answers.append({"RequestId": "r"})
        cloud.control.journal.return_value = [*requests]
        return True

    cloud.deployer.invoke.side_effect = invoke
    result = StoryResult(STORY)
    return result, list(cloud.story_driver._again_later(STORY, AGAIN, observed, result))


def test_a_request_is_delivered_again_as_an_old_one(cloud: FakeCloud) -> None:
    result, violations = deliver(cloud, {"operation": "GetStreamingSession"})
    assert (result.again, violations) == (["65 s old"], [])
    cloud.control.add_session.assert_called_once_with(sessionId="d", state="READY")
    function, event = cloud.deployer.invoke.call_args.args
    assert function == "f"
    sent = replace(ANSWERED, event={**event, "ResourceProperties": {"TimeoutSeconds": "0"}})
    assert (datetime.now(UTC) - sent.deadline).total_seconds() >= 65


@pytest.mark.parametrize("verb", ["Start", "Stop"])
def test_acts_of_a_second_delivery_are_reported(cloud: FakeCloud, verb: str) -> None:
    request = {"operation": f"{verb}StreamingSession", "sessionId": "d"}
    _, violations = deliver(cloud, {**request, "caller": "000000000000"})
    assert violations == [f"{verb}StreamingSession of d by a second delivery"] * 3
    _, violations = deliver(cloud, {**request, "caller": EXTERNAL_CALLER})
    assert violations == []


def test_a_second_delivery_without_an_answer_is_reported(cloud: FakeCloud) -> None:
    cloud.deployer.invoke.return_value = True
    invocations = cloud.invocations.of.return_value = [ANSWERED]
    cloud.relay.answers.return_value = [{"RequestId": "r"}]
    observed = create_autospec(
        StepResult, instance=True, step=AGAIN, answers=[{}], invocations=[*invocations]
    )
    cloud.deployer.invoke.side_effect = lambda *_: bool(invocations.__iadd__([ANSWERED]))
    (violation,) = cloud.story_driver._again_later(STORY, AGAIN, observed, StoryResult(STORY))
    assert "not all were answered" in violation


def test_an_old_request_meets_no_stale_status(cloud: FakeCloud) -> None:
    for fault, lifted in (("stale", True), ("throttled", False)):
        cloud.relay.add_fault.reset_mock()
        step = replace(AGAIN, stack_fault=fault)
        observed = create_autospec(StepResult, instance=True, step=step, answers=[])
        observed.invocations = cloud.invocations.of.return_value = []
        assert (
            list(cloud.story_driver._again_later(STORY, step, observed, StoryResult(STORY))) == []
        )
        assert cloud.relay.add_fault.called is lifted


def test_an_answered_request_is_delivered_again_at_once(cloud: FakeCloud) -> None:
    invocations = cloud.invocations.of.return_value = [ANSWERED]
    cloud.relay.answers.return_value = [{"RequestId": "r"}]
    cloud.deployer.status.side_effect = ["UPDATE_IN_PROGRESS"] * 3 + ["UPDATE_COMPLETE"]
    cloud.deployer.invoke.side_effect = lambda *_: bool(invocations.__iadd__([ANSWERED]))
    result = StoryResult(STORY)
    cloud.story_driver._wait(STORY, AGAIN, time.monotonic(), result, story_driver.Known())
    cloud.deployer.invoke.assert_called_once_with("f", EVENT)
    assert result.again == ["at once"]
    assert cloud.relay.note.call_args.args == (STORY.stack, "UPDATE_COMPLETE")


def test_processes_end_before_their_log_groups(cloud: FakeCloud) -> None:
    result = StoryResult(STORY)
    cloud.story_driver._clean_up(STORY, result)
    assert result.violations == []
    order = cloud.order()
    assert order.index("kill_workers") < order.index("deployer.remove")


def test_an_invocation_that_outlives_its_stack_is_reported(cloud: FakeCloud) -> None:
    cloud.invocations.going.return_value = [INVOCATION]
    result = StoryResult(STORY)
    cloud.story_driver._let_runs_end(STORY, SessionStep("delete"), result)
    assert result.violations == ["delete: the Delete of w still runs after it"]


def test_a_log_group_left_behind_is_reported(cloud: FakeCloud) -> None:
    # If it's newer than the stack's own, MiniStack created it for an invocation that ended late.
    cloud.deployer.log_groups.return_value = {"old": "1", "new": "2"}
    result = StoryResult(STORY)
    cloud.story_driver._clean_up(STORY, result)
    assert result.violations == ["old was left behind"]


def test_a_whole_story_is_checked(cloud: FakeCloud) -> None:
    cloud.invocations.of.return_value = [Invocation(**{**vars(INVOCATION), "log": "ResponseURL"})]
    cloud.relay.answers.return_value = [{"RequestId": "r"}] * 2
    result = StoryResult(STORY)
    cloud.story_driver._check_the_story(STORY, result)
    assert result.violations == ["request r has 2 answers", "a secret is in the function's log"]
