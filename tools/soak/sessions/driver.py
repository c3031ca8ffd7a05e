"""Runs stories of sessions: their emulator is seeded, disturbed and read through its control."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar

from nimble_local.control_client import RefusedError
from nimble_local.emulator.faults.external_acts import EXTERNAL_CALLER
from soak.sessions.steps import SessionStepResult
from soak.sessions.story import SessionStep, SessionStory
from soak.story import TROUBLES
from soak.story_driver import Known, StoryDriver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nimble_local.control_client import Control
    from soak.checks.steps import StepResult
    from soak.cloud.invocations import Invocation, Invocations
    from soak.cloud.relay import Relay
    from soak.sessions.templates import Templates
    from testkit.cloud.deployer import Deployer

ACTS = ("StartStreamingSession", "StopStreamingSession")


class SessionDriver(StoryDriver[SessionStory, SessionStep]):
    """Runs stories of sessions."""

    troubles: ClassVar = (*TROUBLES, "drift", "faults", "aim")

    def __init__(
        self,
        deployer: Deployer,
        control: Control,
        relay: Relay,
        templates: Templates,
        invocations: Invocations,
    ) -> None:
        super().__init__(deployer, relay, invocations)
        self._control = control
        self._templates = templates

    def _seed(self, story: SessionStory) -> None:
        first, *others = story.session_ids
        seed: dict[str, Any] = {"sessions": [{"sessionId": each} for each in others]}
        if story.state:
            seed["sessions"].append({"sessionId": first, "state": story.state})
        seed["backups"] = [
            {"backupId": f"{each['sessionId']}-b{n}", "sessionId": each["sessionId"]}
            for each in seed["sessions"]
            for n in (1, 2)
        ]
        self._control.seed(seed)

    def _text(self, story: SessionStory, step: SessionStep) -> str:
        return self._templates.text(story, step)

    @contextmanager
    def _strike(
        self, story: SessionStory, step: SessionStep, before: SessionStep | None
    ) -> Iterator[None]:
        struck = story.struck(step, before)
        if step.drift and self._session(struck):
            self._control.add_session(sessionId=struck, state=step.drift)
        faults: list[str] = []
        try:
            faults += [self._add(struck, fault) for fault in step.faults]
            yield
        finally:
            self._remove(faults)

    def _acts(self, _story: SessionStory) -> int:
        return max((r["number"] for r in self._control.journal(limit="1")), default=0)

    def _observed(
        self, seen: StepResult, step: SessionStep, before: SessionStep | None, known: Known
    ) -> SessionStepResult:
        made: dict[str, Any] = {**vars(seen), "step": step, "before": before}
        story: SessionStory = made["story"]
        found = {each: self._session(each) for each in story.session_ids}
        return SessionStepResult(
            **made,
            requests=self._requests(story, known),
            states={each: str(session.get("state", "")) for each, session in found.items()},
            histories={each: session.get("history", []) for each, session in found.items()},
            from_backup=found[story.session_id(step)].get("startedFromBackupId"),
        )

    def _violations(self, observed: StepResult) -> Iterator[str]:
        assert isinstance(observed, SessionStepResult)
        return observed.violations()

    def _before_again(
        self, _story: SessionStory, step: SessionStep, answered: list[Invocation]
    ) -> None:
        for session_id in {invocation.session for invocation in answered}:
            if self._session(session_id):
                self._control.add_session(sessionId=session_id, state=step.again_state)

    def _acted(self, story: SessionStory, known: Known) -> Iterator[str]:
        for request in self._requests(story, known):
            if request["operation"] in ACTS and request["caller"] != EXTERNAL_CALLER:
                yield f"{request['operation']} of {request['sessionId']}"

    def _requests(self, story: SessionStory, known: Known) -> list[dict[str, Any]]:
        return [
            request
            for each in story.session_ids
            for request in self._control.journal(sessionId=each, after=str(known.acts))
        ]

    def _add(self, session_id: str, fault: dict[str, Any]) -> str:
        return str(self._control.add_fault(sessionId=session_id, **fault)["id"])

    def _remove(self, faults: list[str]) -> None:
        for fault in faults:
            # A fault that has reached its count is gone already.
            with suppress(RefusedError):
                self._control.remove_fault(fault)

    def _session(self, session_id: str) -> dict[str, Any]:
        try:
            return self._control.session(session_id)
        except ValueError:
            return {}
