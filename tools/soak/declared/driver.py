"""Runs stories of declared resources, on services of MiniStack behind a relay."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from botocore.exceptions import ClientError

from soak.checks import stories
from soak.cloud.invocations import dated_back
from soak.cloud.relay import SOAK_PATH
from soak.declared.services import key_of
from soak.declared.steps import DeclaredStepResult
from soak.declared.story import DeclaredStep, DeclaredStory
from soak.declared.templates import MACHINE, SECRET
from soak.story import TROUBLES
from soak.story_driver import Known, StoryDriver, StoryResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nimble_local.testing import LocalCloud
    from soak.checks.steps import StepResult
    from soak.cloud.invocations import Invocation, Invocations
    from soak.cloud.relay import Relay
    from soak.declared.services import Call, Services
    from soak.declared.templates import Templates
    from testkit.cloud.deployer import Deployer

ROLE = "arn:aws:iam::000000000000:role/soak"
IMAGE = "ami-12345678"
CERTIFICATE_ARN = "arn:aws:acm:us-west-2:000000000000:certificate/"


class DeclaredDriver(StoryDriver[DeclaredStory, DeclaredStep]):
    """Runs stories of declared resources."""

    troubles: ClassVar = (*TROUBLES, "drift", "faults")

    def __init__(
        self,
        deployer: Deployer,
        cloud: LocalCloud,
        services: Services,
        relay: Relay,
        templates: Templates,
        invocations: Invocations,
    ) -> None:
        super().__init__(deployer, relay, invocations)
        self._ec2 = cloud.client("ec2")
        self._states = cloud.client("stepfunctions")
        self._glue = cloud.client("glue")
        self._acm = cloud.client("acm")
        self._services = services
        self._templates = templates
        self._lock = Lock()
        self._things: dict[str, tuple[str, str]] = {}

    def _seed(self, story: DeclaredStory) -> None:
        first = self._missing(story) if not story.state else self._made(story, "main")
        things = first, self._made(story, "other")
        with self._lock:
            self._things[story.stack] = things
        for thing in things:
            self._services.add(key_of(thing), story.what)
        if story.what == "instance" and story.state == "stopped":
            self._drift(things[0], "stopped")
        if story.what == "instance":
            self._drift(things[1], "stopped")

    def _thing(self, story: DeclaredStory, step: DeclaredStep) -> str:
        return self._things[story.stack][step.other]

    def _missing(self, story: DeclaredStory) -> str:
        if story.what == "instance":
            return f"i-dead{story.number:013x}"
        if story.what == "certificate":
            return f"{CERTIFICATE_ARN}dead0000-0000-0000-0000-{story.number:012x}"
        return f"{story.stack}-main"

    def _made(self, story: DeclaredStory, which: str) -> str:
        name = f"{story.stack}-{which}"
        if story.what == "instance":
            (made,) = self._ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)["Instances"]
            return str(made["InstanceId"])
        if story.what == "certificate":
            return str(self._acm.request_certificate(DomainName=name)["CertificateArn"])
        if story.what == "crawl":
            targets = {"S3Targets": [{"Path": "s3://soak"}]}
            self._glue.create_crawler(Name=name, Role=ROLE, DatabaseName="soak", Targets=targets)
            return name
        definition = json.dumps(MACHINE)
        self._states.create_state_machine(name=name, definition=definition, roleArn=ROLE)
        return name

    def _drift(self, instance: str, state: str) -> None:
        """Give an instance a state, as somebody else would."""
        # One that is missing, or terminated, keeps its state.
        with suppress(ClientError):
            if state == "running":
                self._ec2.start_instances(InstanceIds=[instance])
                self._services.launch(instance)
            elif state == "stopped":
                self._ec2.stop_instances(InstanceIds=[instance])
            else:
                self._ec2.terminate_instances(InstanceIds=[instance])

    def _text(self, story: DeclaredStory, step: DeclaredStep) -> str:
        return self._templates.text(story, step, self._thing(story, step))

    def _begin(self, story: DeclaredStory, step: DeclaredStep) -> None:
        if step.kind == "create" and step.undone:
            # The function stays for the Delete that CloudFormation would send.
            text = self._text(story, step)
            self._deployer.put(story.stack, text, exists=False, DisableRollback=True)
        else:
            super()._begin(story, step)

    @contextmanager
    def _strike(
        self, story: DeclaredStory, step: DeclaredStep, before: DeclaredStep | None
    ) -> Iterator[None]:
        things = self._things[story.stack]
        if step.drift:
            self._drift(self._thing(story, before or step), step.drift)
        timers = [
            Timer(fault["after"], self._drift, (things[step.other], _ACTS[fault["act"]]))
            for fault in step.faults
            if fault["kind"] == "external-act"
        ]
        for thing in things:
            self._services.strike(key_of(thing), step.faults)
        for timer in timers:
            timer.start()
        try:
            yield
        finally:
            for timer in timers:
                timer.cancel()
                timer.join()
            if not step.undone:
                self._calm(story)

    def _calm(self, story: DeclaredStory) -> None:
        for thing in self._things[story.stack]:
            self._services.strike(key_of(thing), ())

    def _acts(self, story: DeclaredStory) -> int:
        return len(self._calls(story))

    def _calls(self, story: DeclaredStory) -> list[Call]:
        calls = [
            call
            for thing in self._things[story.stack]
            for call in self._services.calls(key_of(thing))
        ]
        return sorted(calls, key=lambda call: call.at)

    def _after(
        self, story: DeclaredStory, step: DeclaredStep, result: StoryResult, known: Known
    ) -> None:
        """Send the Delete of each run whose request failed."""
        if not step.undone:
            return
        self._relay.show(story.stack, _UNDOING[step.kind])
        invocations = self._invocations.of(story.stack)[known.invocations :]
        first = {each.request: each for each in reversed(invocations) if each.kind != "Delete"}
        deleted = {each.physical for each in invocations if each.kind == "Delete"}
        for answer in self._relay.answers(story.stack)[known.answers :]:
            failed = first.get(answer["RequestId"])
            given, run = failed.physical if failed else "", answer["PhysicalResourceId"]
            if failed and answer["Status"] == "FAILED" and run not in {given, *deleted}:
                deleted.add(run)
                result.again += ["Delete of a failed run"] * self._deliver(
                    failed, _delete(failed, run, self._relay.url)
                )
        self._let_runs_end(story, step, result)
        self._relay.show(story.stack, "")
        self._calm(story)

    def _observed(
        self, seen: StepResult, step: DeclaredStep, before: DeclaredStep | None, known: Known
    ) -> DeclaredStepResult:
        made: dict[str, Any] = {**vars(seen), "step": step, "before": before}
        story: DeclaredStory = made["story"]
        things = self._things[story.stack]
        calls = self._calls(story)[known.acts :]
        return DeclaredStepResult(
            **made,
            things=things,
            calls=calls,
            states={each: self._state(story, each) for each in (*things, *_runs(calls))},
            launched={each: self._services.launched(key_of(each)) for each in things},
        )

    def _state(self, story: DeclaredStory, thing: str) -> str:
        """Return the true state of an instance, or of an execution; empty for anything else."""
        with suppress(ClientError, LookupError):
            if story.what == "instance":
                found = self._ec2.describe_instances(InstanceIds=[thing])
                return str(found["Reservations"][0]["Instances"][0]["State"]["Name"])
            if ":execution:" in thing:
                return str(self._states.describe_execution(executionArn=thing)["status"])
        return ""

    def _violations(self, observed: StepResult) -> Iterator[str]:
        assert isinstance(observed, DeclaredStepResult)
        return observed.violations()

    def _before_again(
        self, _story: DeclaredStory, step: DeclaredStep, answered: list[Invocation]
    ) -> None:
        for thing in {invocation.thing for invocation in answered}:
            self._drift(thing, step.again_state)

    def _acted(self, story: DeclaredStory, known: Known) -> Iterator[str]:
        for call in self._calls(story)[known.acts :]:
            if not call.reads:
                yield f"{call.operation} of {call.thing}"

    def _check_the_story(self, story: DeclaredStory, result: StoryResult) -> None:
        super()._check_the_story(story, result)
        if story.what == "unnamed-execution":
            invocations = self._invocations.of(story.stack)
            answers = self._relay.answers(story.stack)
            result.violations += stories.causes(invocations, answers, SECRET)
        result.acts = [
            call.operation for call in self._calls(story) if call.accepted and not call.reads
        ]


_UNDOING = {
    "create": "ROLLBACK_IN_PROGRESS",
    "update": "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "delete": "DELETE_IN_PROGRESS",
}
"""The status in which CloudFormation sends the Delete after a failure."""
_ACTS = {"start": "running", "stop": "stopped"}


def _runs(calls: list[Call]) -> set[str]:
    return {call.run for call in calls if call.run}


def _delete(failed: Invocation, run: str, url: str) -> dict[str, Any]:
    """Return the Delete of what a failed request started."""
    event = {name: value for name, value in failed.event.items() if name != "OldResourceProperties"}
    query = failed.event["ResponseURL"].partition("?")[2]
    made = {
        **event,
        "RequestType": "Delete",
        "RequestId": str(uuid4()),
        "PhysicalResourceId": run,
        "ResponseURL": f"{url}{SOAK_PATH}{uuid4()}?{query}",
    }
    return dated_back(made, 0.0)
