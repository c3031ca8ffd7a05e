"""The lifecycle of a run: start it once, read it, cancel it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from waiter.exceptions import Kind, ServiceError
from waiter.runtime.text import shown
from waiter.wait.model import Act, Do, Observation, Phase, RequestType, Snapshot
from waiter.wait.state import WaitState
from waiter.wait.tokens import client_token

from . import errors, expressions
from .decide import RunObservation, may_be_under_way
from .lifecycle import Declared, uuid_token

MAY_BE_UNDER_WAY = "run-may-be-under-way"
FAILED = "run-failed"
_MAX_ID_BYTES = 999


class Run(Declared):
    """A run of a request, or the run that an earlier request has started.

    The wait's memory has the ``Run`` that this request started and, from before the start, the
    ``Marker``.
    """

    def read(self) -> Snapshot:
        """See `Lifecycle.read`."""
        self.check()
        if self._state.progress.starts:
            return self._in_flight(self._state.memory["Run"])
        if self.request.values.get("runs"):
            return self._before()
        return self._given()

    def perform(self, step: Do, token: str) -> None:
        """See `Lifecycle.perform`. Every start of a request has the same client token."""
        if step.act is Act.CANCEL:
            self.accepted(self._act("stop").with_run(self.request.resource_id))
            return
        token = uuid_token(client_token(self.request.request_id, Act.START, 1))
        try:
            run = self._run_id(self.start(token))
        except ServiceError as error:
            if not (errors.code(error) in self.declaration.exists and self.declaration.existing):
                if errors.never_sent(error):
                    # Nothing was started, so the start may be repeated.
                    error.kind = Kind.THROTTLED
                raise
            run = self.declaration.existing.replace("$TOKEN", token)
        self._state.memory["Run"] = run

    def interpret(self, phase: Phase, label: str, find: Callable[[str], Any]) -> tuple[Phase, str]:
        """Tell a result of this run from that of an earlier one by the marker."""
        if not self._expression("Marker") or not self.request.values.get("runs"):
            return phase, label
        marker, memory = expressions.text(find("Marker")), self._state.memory
        if not self._state.progress.starts:
            memory["Marker"] = marker
        elif marker == memory.get("Marker"):
            return Phase.STARTING, f"{label}, from before this run"
        return phase, label

    def physical_id(self) -> str:
        """See `Declared.physical_id`."""
        return self._state.memory.get("Run", self.request.resource_id)

    @property
    def _state(self) -> WaitState:
        assert self.request.state is not None  # noqa: S101 - the engine sets it
        return self.request.state

    def _in_flight(self, run: str) -> Snapshot:
        snapshot = self.snapshot(tuple(each.with_run(run) for each in self.declaration.reads))
        return replace(snapshot, topic=snapshot.topic or FAILED)

    def _given(self) -> Snapshot:
        """Read the run whose id the request was given."""
        if self.request.values.get("no_run"):
            label = "no run"
            return Snapshot(Observation(Phase.ABSENT), label, attributes=self.no_attributes())
        return self._in_flight(self.request.resource_id)

    def _before(self) -> Snapshot:
        """Read what can be read before the start."""
        if self._expression("Run"):
            snapshot = Snapshot(Observation(Phase.STOPPED), "not started")
        else:
            snapshot = self.snapshot(self.declaration.reads)
        state, start = self._state, self._act("start")
        lasts = start.token_seconds if start.token else 0.0
        observation = RunObservation(
            snapshot.observation.phase,
            delay=state.delay,
            uncertain=state.uncertain,
            token_seconds=lasts,
        )
        label = snapshot.label
        if observation.phase in (Phase.STARTING, Phase.STOPPING):
            label += ", another run"
        if state.uncertain:
            label = f"perhaps started, since its start got no clear answer ({state.start_fault})"
        elif may_be_under_way(observation, state.delay):
            label += ", since a run may be under way"
        given = self._given if self.request.type is RequestType.UPDATE else None
        attributes = self.no_attributes()
        return Snapshot(observation, label, MAY_BE_UNDER_WAY, attributes, if_void=given)

    def _run_id(self, response: Any) -> str:
        if not (expression := self._expression("Run")):
            return self.declaration.id
        start = self._act("start")
        name = f"{start.service}:{start.operation}"
        found = expressions.find(expression, response, "Run", name)
        if isinstance(found, str) and found.isprintable() and 0 < len(found) <= _MAX_ID_BYTES:
            return found
        said = f"{expression} is {shown(found)} in its response, and no id of a run: correct run"
        error = ServiceError(Kind.REFUSED, said, "", name, MAY_BE_UNDER_WAY)
        error.verb = "was accepted, but"
        # There is a run, so nothing may start another one, whatever becomes of this failure.
        self._state.uncertain, self._state.start_fault = True, str(error)
        raise error
