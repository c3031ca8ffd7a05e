"""What the player does around an act, with a cloud that only notes what is asked of it."""

from __future__ import annotations

from unittest.mock import Mock, create_autospec

import pytest
from botocore.exceptions import ClientError

from deployer import Deployer, StackEvent
from nimble_local.cloud.control import Control
from soak import play
from soak.ground import Templates
from soak.play import Player, Told
from soak.relay import Relay
from soak.runs import Run, Runs
from soak.story import Act, Story

UPDATE = Act("update", faults=({"kind": "drop"},), aim="second")
STORY = Story(1, 2, "STOPPED", stop=False, function_seconds=900, acts=(UPDATE,))
GROUP = StackEvent("1", "Log", "AWS::Logs::LogGroup", "CREATE_COMPLETE", "")
RUN = Run(STORY.stack, "f", "r", "Delete", "w", "d", began="1")


class Cloud:
    """A cloud without a stack, and all that is asked of it, in order."""

    def __init__(self) -> None:
        self.asked = Mock()
        self.deployer = create_autospec(Deployer, instance=True)
        self.control = create_autospec(Control, instance=True)
        self.relay = create_autospec(Relay, instance=True)
        self.runs = create_autospec(Runs, instance=True)
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
        self.runs.of.return_value = []
        self.runs.going.return_value = []
        templates = create_autospec(Templates, instance=True)
        self.player = Player(self.deployer, self.control, self.relay, templates, self.runs)

    def order(self) -> list[str]:
        """Return the names of what was asked."""
        return [name for name, _, _ in self.asked.mock_calls]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    made = Cloud()
    monkeypatch.setattr(play, "kill_workers", made.asked.kill_workers)
    monkeypatch.setattr(play, "END_SECONDS", 0.0)
    monkeypatch.setattr(play, "LOOK_SECONDS", 0.01)
    return made


def test_an_update_of_nothing_takes_its_faults_off(cloud: Cloud) -> None:
    message = "No updates are to be performed."
    refusal = ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "UpdateStack")
    cloud.deployer.put.side_effect = refusal
    assert cloud.player._act(STORY, UPDATE, None, Told(STORY)) is None
    cloud.control.add_fault.assert_called_once_with(sessionId=STORY.session_ids[-1], kind="drop")
    cloud.control.remove_fault.assert_called_once_with("fault-1")


def test_processes_end_before_their_log_groups(cloud: Cloud) -> None:
    told = Told(STORY)
    cloud.player._clean_up(STORY, told)
    assert told.violations == []
    order = cloud.order()
    assert order.index("kill_workers") < order.index("deployer.remove")


def test_a_run_that_outlives_its_stack_is_told(cloud: Cloud) -> None:
    cloud.runs.going.return_value = [RUN]
    told = Told(STORY)
    cloud.player._let_runs_end(Act("delete"), told)
    assert told.violations == ["delete: the run of a Delete for w goes on after it"]


def test_a_log_group_that_is_left_is_told(cloud: Cloud) -> None:
    # One that was made after the stack's own is MiniStack's, for a run that ended late.
    cloud.deployer.log_groups.return_value = {"old": "1", "new": "2"}
    told = Told(STORY)
    cloud.player._clean_up(STORY, told)
    assert told.violations == ["old was left behind"]


def test_the_whole_story_is_looked_at(cloud: Cloud) -> None:
    cloud.runs.of.return_value = [Run(**{**vars(RUN), "log": "ResponseURL"})]
    cloud.relay.answers.return_value = [{"RequestId": "r"}] * 2
    told = Told(STORY)
    cloud.player._look_at_the_whole(STORY, told)
    assert told.violations == ["request r has 2 answers", "a secret is in the function's log"]
