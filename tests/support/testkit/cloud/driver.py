"""A driver that deploys stacks while something fails, and records what is visible outside."""

from __future__ import annotations

import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, TypeVar

from nimble_local.cloud.deployment.cdk import Result, deploy_options
from testkit.cloud.deployer import Deployer, StackEvent
from testkit.cloud.request_sender import RequestSender
from testkit.cloud.waiting import read_until
from testkit.cloud.workers import kill_workers, workers
from testkit.events import TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Future

    from testkit.cloud.local_cloud import Cloud
    from testkit.construct.assembly import Assembly, Plan

T = TypeVar("T")

CLIS = 4
"""The number of CLIs at a time: two per core, since each mostly waits for its stack."""

PARALLEL_SCENARIOS = 12
"""The number of scenarios at a time. Most of them wait most of the time."""

STACK = "AWS::CloudFormation::Stack"
STARTING = {"kind": "stuck", "state": "START_IN_PROGRESS"}
STOPPING = {"kind": "stuck", "state": "STOP_IN_PROGRESS"}
"""The faults of a start and of a stop that never end."""
PATIENCE = 60
"""The timeout, in seconds, of sessions that must not become READY.

It counts from CloudFormation's request, so the start of the function takes part of it.
"""
ANSWERED = {"CREATE_COMPLETE", "CREATE_FAILED", "UPDATE_COMPLETE", "UPDATE_FAILED"}
LOG_SECONDS = 120.0
LOOK_SECONDS = 0.5
"""The time between two looks: a dozen scenarios look at the same time."""
RUN_ENDS_SECONDS = 1.0
"""The usual maximum time between an invocation's answer and its end."""
HOLD_SECONDS = 240.0
"""Maximum time for a function to reach the point that a scenario waits for."""


@dataclass(frozen=True)
class DeployResult:
    """The result of one deployment.

    Attributes
    ----------
    status, outputs
        The stack's status and outputs after the deployment.
    terminal
        The last 20 lines that the CLI printed; empty if the stack was deployed through the API.
    output
        Everything that it printed.
    exit_status
        The CLI's; 0 if the stack was deployed through the API.
    events
        The stack's events since this deployment began, oldest first.
    states
        The states of the session, beginning with the one before the deployment.
    requests
        The emulator's journal of the session.
    log
        The lines of the function's log, if the stack still has a log group.
    """

    status: str
    outputs: Mapping[str, str]
    terminal: str
    output: str
    exit_status: int
    events: tuple[StackEvent, ...]
    states: tuple[str, ...]
    requests: tuple[Mapping[str, Any], ...]
    log: tuple[Mapping[str, Any], ...]

    @property
    def starts(self) -> int:
        """The number of starts of the session, by anybody."""
        return self.states[1:].count("START_IN_PROGRESS")

    @property
    def stops(self) -> int:
        """The number of stops of the session, by anybody."""
        return self.states[1:].count("STOP_IN_PROGRESS")

    @property
    def failure(self) -> str:
        """The reason of the first failure of a resource; empty if none failed."""
        failed = (e.reason for e in self.events if e.kind != STACK and e.status.endswith("_FAILED"))
        return next(failed, "")

    @property
    def seen(self) -> set[str]:
        """The states of the session in the function's log."""
        said = [line["seen"] for line in self.log if line["event"] == "state"]
        return {label.partition(" ")[0] for label in said}

    @property
    def start_requests(self) -> list[Mapping[str, Any]]:
        """The requests for a start, successful or not."""
        return [r for r in self.requests if r["operation"] == "StartStreamingSession"]

    @property
    def statuses(self) -> list[str]:
        """The statuses that the stack went through."""
        return [e.status for e in self.events if e.kind == STACK]


class Driver:
    """Deploys the stacks of an assembly to a cloud, many at a time, each with its own session."""

    def __init__(self, cloud: Cloud, assembly: Assembly) -> None:
        self.cloud = cloud
        self.control = cloud.control
        self.deployer = Deployer(cloud)
        self.assembly = assembly
        self.deployer.upload(assembly)
        self.sender = RequestSender(cloud)
        self._flushes: dict[str, set[str]] = defaultdict(set)
        self._clis = BoundedSemaphore(CLIS)
        self._pool = ThreadPoolExecutor(max_workers=PARALLEL_SCENARIOS)

    def begin(self, scenario: Callable[[Driver], T]) -> Future[T]:
        """Run a scenario at the same time as the others."""
        return self._pool.submit(scenario, self)

    def close(self) -> None:
        """End the scenarios: no further CLI starts, and the running ones end with their cloud."""
        self.deployer.ended.set()
        self.sender.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def seed(self, *session_ids: str) -> None:
        """Put STOPPED sessions into the world."""
        self.control.seed({"sessions": [{"sessionId": each} for each in session_ids]})

    def hold(self, session_id: str, fault: Mapping[str, Any]) -> str:
        """Switch a fault on for one session until it is released; return the fault's id."""
        return str(self.control.add_fault(sessionId=session_id, **fault)["id"])

    def release(self, held: str, what: str, is_so: Callable[[], bool]) -> None:
        """Switch a fault off as soon as a condition holds."""
        self.wait(what, is_so, HOLD_SECONDS)
        self.control.remove_fault(held)

    def hand_overs(self, plan: Plan) -> int:
        """Return how often a stack's function has handed a wait over."""
        # Take the number from the last line: those before it may not have been written yet.
        said = [line for line in self.log(plan) if line["event"] == "handed-over"]
        return max((line["invocation"] - 1 for line in said), default=0)

    def log(self, plan: Plan) -> list[dict[str, Any]]:
        """Return the log of a stack's function, without the invocations that `flush` caused."""
        said = []
        requests: dict[str, str] = {}
        for line in self.deployer.log(plan.stack):
            # The first line of an invocation names the request. Lines before it in the stream are
            # the last ones of an earlier invocation. Streams written at once come interleaved.
            stream = line["stream"]
            requests[stream] = line.get("request", requests.get(stream, ""))
            if requests[stream] not in self._flushes[plan.stack]:
                said.append(line)
        return said

    def ended_runs(self, plan: Plan) -> int:
        """Return the number of ended invocations of a stack's function, without those by `flush`.

        MiniStack logs an invocation only after its end.
        """
        flushes = len(self._flushes[plan.stack])
        return self.deployer.platform_log(plan.stack).count("END RequestId") - flushes

    def flush(self, plan: Plan) -> None:
        """Make MiniStack write the last log lines of a stack's function.

        MiniStack stops reading an invocation's output after 5 ms of silence, and writes the rest
        with the worker's next invocation. So each worker gets one more: a Delete with nothing to
        do.
        """
        function = self.deployer.function(plan.stack)
        stack_id = self.deployer.stack_id(plan.stack)
        known = self.ended_runs(plan)
        deletes = [
            self.sender.event("Delete", stack_id, plan.session_id) for _ in range(workers(function))
        ]
        if deletes:
            self._flushes[plan.stack] |= {delete["RequestId"] for delete in deletes}
            self.sender.send_together(function, deletes)
            self.wait("the end of a flush", lambda: self.ended_runs(plan) >= known)

    def faults(self, plan: Plan, faults: Iterable[Mapping[str, Any]]) -> None:
        """Switch faults on for one session; see docs/emulator.md."""
        for fault in faults:
            self.hold(plan.session_id, fault)

    def deploy(
        self, plan: Plan, *, cli: bool = False, meanwhile: Callable[[], None] | None = None
    ) -> DeployResult:
        """Deploy a version of a stack to its end, with the real CLI or with the API.

        ``meanwhile`` is called once the API has begun.
        """
        # First of all, since a session in progress changes on its own.
        states, requests = len(self.states(plan)), len(self.requests(plan))
        exists = self.deployer.status(plan.stack) != "DELETE_COMPLETE"
        events = len(self.events(plan)) if exists else 0
        printed = Result(0, "")
        if cli:
            printed = self._cli(plan)
        elif exists:
            self.deployer.update(self.assembly, plan)
        else:
            self.deployer.create(self.assembly, plan)
        if meanwhile is not None:
            meanwhile()
        status = self.deployer.settled(plan.stack)
        return DeployResult(
            status=status,
            outputs=self.deployer.outputs(plan.stack),
            log=tuple(self._log(plan)),
            terminal=printed.last_lines,
            output=printed.output,
            exit_status=printed.status,
            events=tuple(self.events(plan)[events:]),
            states=tuple(self.states(plan)[max(0, states - 1) :]),
            requests=tuple(self.requests(plan)[requests:]),
        )

    def wait_for_log(
        self, plan: Plan, what: str, is_so: Callable[[list[dict[str, Any]]], bool]
    ) -> None:
        """Wait for lines in the log of a stack's function."""
        began = time.monotonic()
        while not is_so(self.log(plan)):
            waited = time.monotonic() - began
            assert waited < LOG_SECONDS, f"{what} did not come into the log of {plan.stack}"
            if waited > RUN_ENDS_SECONDS:
                self.flush(plan)
            self.deployer.ended.wait(LOOK_SECONDS)

    def _log(self, plan: Plan) -> list[dict[str, Any]]:
        """Return the function's log once it contains every answer that the stack received.

        MiniStack writes an invocation's log after its end, when the stack may have moved on.
        """
        if self.deployer.status(plan.stack) == "ROLLBACK_COMPLETE":
            # The log group was deleted with the stack's other resources.
            return []
        given = [e for e in self.events(plan) if e.kind == TYPE and e.status in ANSWERED]

        def all_written(said: list[dict[str, Any]]) -> bool:
            answers = [line for line in said if line["event"] == "answered"]
            return len([line for line in answers if line["type"] != "Delete"]) >= len(given)

        self.wait_for_log(plan, f"{len(given)} answers", all_written)
        if plan.function_seconds is not None:
            # The invocations before the one that answered.
            self.flush(plan)
        return self.log(plan)

    def _cli(self, plan: Plan) -> Result:
        return self._run("deploy", plan, *deploy_options(["--exclusively"]))

    def _run(self, command: str, plan: Plan, *options: str) -> Result:
        app = str(self.assembly.folder)
        with self._clis:
            assert not self.deployer.ended.is_set(), f"cdk {command}: the test run has ended"
            return self.cloud.cdk.run(command, plan.artifact, *options, app=app)

    def destroy(self, plan: Plan) -> Result:
        """Destroy a stack with the real CLI."""
        return self._run("destroy", plan, "--force")

    def events(self, plan: Plan) -> list[StackEvent]:
        """Return the events of a stack that exists."""
        return self.deployer.events(self.deployer.stack_id(plan.stack))

    def delete(self, plan: Plan, *, meanwhile: Callable[[], None] | None = None) -> str:
        """Delete a stack to its end, and return its status then.

        ``meanwhile`` is called once the API has begun.
        """
        stack_id = self.deployer.stack_id(plan.stack)
        functions = self.deployer.functions(f"{plan.stack}-")
        self.deployer.delete(stack_id)
        if meanwhile is not None:
            meanwhile()
        status = self.deployer.settled(stack_id)
        # MiniStack doesn't end the process of a deleted function.
        kill_workers(functions)
        return status

    def states(self, plan: Plan) -> list[str]:
        """Return the states that a session went through; none if there is no session."""
        session = self.control.sessions().get(plan.session_id)
        return [moment["state"] for moment in session["history"]] if session else []

    def acts(self, session_id: str) -> int:
        """Return the number of requests to start or stop a session."""
        asked = [each["operation"] for each in self.control.journal(sessionId=session_id)]
        return sum(operation.startswith(("Start", "Stop")) for operation in asked)

    def wait(self, what: str, is_so: Callable[[], bool], within: float = 300.0) -> None:
        """Wait until a condition holds."""
        ended = self.deployer.ended
        read_until(bool, is_so, what, ended=ended, within=within, every=LOOK_SECONDS)

    def wait_for_state(self, session_id: str, state: str) -> None:
        """Wait until a session has been in a state."""
        history = partial(self.control.session, session_id)
        self.wait(
            f"{state} of {session_id}",
            lambda: state in [moment["state"] for moment in history()["history"]],
        )

    def requests(self, plan: Plan) -> list[dict[str, Any]]:
        """Return the journal of a session."""
        return self.control.journal(sessionId=plan.session_id)


def same_words(text: str) -> str:
    """Return a text without the line breaks that a terminal adds between words or inside them."""
    return "".join(text.split())
