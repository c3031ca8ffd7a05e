"""AWS services in virtual time, behind clients that look like botocore's."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore import xform_name

from testkit.declared.declarations import CERTIFICATE, CRAWLER, FLEET, MACHINE
from testkit.function.simulation import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from testkit.function.simulation import SimulatedClock

EXECUTION = MACHINE.replace("stateMachine", "execution")
ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "STOPPED", "ERROR", "TIMEOUT"}


@cache
def service_model(name: str) -> Any:
    """Return botocore's model of a service."""
    return botocore.session.Session().get_service_model(name)


@cache
def simulated(service: str) -> dict[str, str]:
    """Return the operations of a service that are simulated, by the names of their methods."""
    operations = {xform_name(name): name for name in service_model(service).operation_names}
    return {method: name for method, name in operations.items() if hasattr(Services, f"_{method}")}


@dataclass
class Thing:
    """Something with a state, the state ``before``, and the one that follows when it is due."""

    state: str
    due: float | None = None
    following: str = ""
    since: float = 0.0
    before: str = ""


@dataclass
class Services:
    """All simulated services.

    Attributes
    ----------
    faults
        Exceptions that the next calls of an operation raise; None lets a call through.
    lost
        Raised by the next acts after they were carried out; None lets an answer through.
    seconds, stop_seconds
        The time that a start or a run takes, and a stop.
    ends
        The states that the next starts and runs end in; success after the last of them.
    hidden
        The seconds for which a new run isn't found.
    lag
        The seconds for which reads show the state from before an act.
    agenda
        The acts of somebody else, and their times.
    started
        The runs that were started, by their ids.
    """

    clock: SimulatedClock
    fleet: Thing = field(default_factory=lambda: Thing("STOPPED"))
    certificate: Thing = field(default_factory=lambda: Thing("PENDING_VALIDATION"))
    crawler: Thing = field(default_factory=lambda: Thing("READY"))
    last_crawl: dict[str, Any] = field(default_factory=dict)
    runs: dict[str, Thing] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    faults: dict[str, deque[Exception | None]] = field(default_factory=dict)
    lost: deque[BaseException | None] = field(default_factory=deque)
    ends: deque[str] = field(default_factory=deque)
    seconds: float = 60.0
    stop_seconds: float = 30.0
    hidden: float = 0.0
    lag: float = 0.0
    forgotten: bool = False
    why: str = ""
    output: str = '{"answer": 42}'
    agenda: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    started: list[str] = field(default_factory=list)

    def named(self, operation: str) -> list[dict[str, Any]]:
        """Return the parameters of an operation's calls."""
        return [parameters for name, parameters in self.calls if name == operation]

    def acts(self) -> list[str]:
        """Return the operations that change something."""
        reads = ("Describe", "Get")
        return [name for name, _ in self.calls if not name.startswith(reads)]

    def client(self, service: str, *_: str) -> Any:
        """Return a client of a service, for `declared.call.connect`."""
        operations = simulated(service)
        methods = {method: self._method(name, method) for method, name in operations.items()}
        meta = SimpleNamespace(service_model=service_model(service))
        return SimpleNamespace(meta=meta, **methods)

    def _method(self, operation: str, method: str) -> Callable[..., Any]:
        def called(**parameters: Any) -> Any:
            self.calls.append((operation, parameters))
            self.times.append(self.clock.now)
            self.settle()
            queue = self.faults.get(operation)
            fault = queue.popleft() if queue else None
            if fault is not None:
                raise fault
            answer = getattr(self, f"_{method}")(**parameters)
            if operation in {"DescribeFleets", "DescribeExecution", "GetJobRun", "GetCrawler"}:
                return answer
            if self.lost and (gone := self.lost.popleft()):
                raise gone
            return answer

        return called

    def settle(self) -> None:
        """Carry out everything that is due."""
        while self.agenda and self.agenda[0][0] <= self.clock.now:
            self.agenda.pop(0)[1]()
        for thing in (self.fleet, self.certificate, self.crawler, *self.runs.values()):
            if thing.due is not None and self.clock.now >= thing.due:
                thing.state, thing.due = thing.following, None

    def _next(self, success: str) -> str:
        return self.ends.popleft() if self.ends else success

    def _move(self, thing: Thing, state: str, following: str, seconds: float) -> None:
        thing.before, thing.state, thing.following = thing.state, state, following
        thing.due, thing.since = self.clock.now + seconds, self.clock.now

    def _shown(self, thing: Thing) -> str:
        """Return the state that a read shows."""
        stale = thing.before and self.clock.now < thing.since + self.lag
        return thing.before if stale else thing.state

    def _describe_fleets(self, Names: list[str]) -> Any:  # noqa: N803 - the API's names
        if self.fleet.state == "ABSENT":
            raise refusal("ResourceNotFoundException", 400, "no such fleet")
        errors = [{"ErrorCode": "NETWORK", "ErrorMessage": self.why}] if self.why else []
        return {
            "Fleets": [
                {
                    "Name": Names[0],
                    "State": self._shown(self.fleet),
                    "Arn": f"arn:aws:appstream:us-west-2:111122223333:fleet/{FLEET}",
                    "CreatedTime": datetime.fromtimestamp(self.fleet.since, UTC),
                    "ComputeCapacityStatus": {"Desired": 2, "InUse": 0},
                    "FleetErrors": errors,
                }
            ]
        }

    def _start_fleet(self, Name: str) -> Any:  # noqa: N803
        assert Name == FLEET
        if self.fleet.state not in {"STOPPED", "BROKEN"}:
            raise refusal("OperationNotPermittedException", 400, f"it is {self.fleet.state}")
        self._move(self.fleet, "STARTING", self._next("RUNNING"), self.seconds)
        return {}

    def _stop_fleet(self, Name: str) -> Any:  # noqa: N803
        assert Name == FLEET
        if self.fleet.state != "RUNNING":
            raise refusal("OperationNotPermittedException", 400, f"it is {self.fleet.state}")
        self._move(self.fleet, "STOPPING", "STOPPED", self.stop_seconds)
        return {}

    def _start_execution(self, stateMachineArn: str, name: str, input: str) -> Any:  # noqa: N803, A002
        assert stateMachineArn == MACHINE
        del input
        run = f"{EXECUTION}:{name}"
        if run in self.runs and self.runs[run].state in ENDED:
            raise refusal("ExecutionAlreadyExists", 400, f"Execution Already Exists: '{run}'")
        if run not in self.runs:
            self.started.append(run)
            self.runs[run] = Thing("")
            self._move(self.runs[run], "RUNNING", self._next("SUCCEEDED"), self.seconds)
        return {"executionArn": run, "startDate": datetime.fromtimestamp(self.clock.now, UTC)}

    def _describe_execution(self, executionArn: str) -> Any:  # noqa: N803
        thing = self._found(executionArn, "ExecutionDoesNotExist")
        ended = thing.state in ENDED
        return {
            "status": thing.state,
            "startDate": datetime.fromtimestamp(thing.since, UTC),
            **({"stopDate": datetime.fromtimestamp(thing.since + 60, UTC)} if ended else {}),
            **({"output": self.output} if thing.state == "SUCCEEDED" else {}),
            **({"error": "Boom", "cause": self.why} if thing.state == "FAILED" else {}),
        }

    def _stop_execution(self, executionArn: str) -> Any:  # noqa: N803
        thing = self._found(executionArn, "ExecutionDoesNotExist")
        if thing.state == "RUNNING":
            thing.state, thing.due = "ABORTED", None
        return {}

    def _start_job_run(self, JobName: str, Arguments: dict[str, str]) -> Any:  # noqa: N803
        assert JobName
        assert Arguments
        if any(thing.state not in ENDED for thing in self.runs.values()):
            raise refusal("ConcurrentRunsExceededException", 400, "one at a time")
        run = f"jr_{len(self.runs)}"
        self.started.append(run)
        self.runs[run] = Thing("")
        self._move(self.runs[run], "RUNNING", self._next("SUCCEEDED"), self.seconds)
        return {"JobRunId": run}

    def _get_job_run(self, JobName: str, RunId: str) -> Any:  # noqa: N803
        assert JobName
        thing = self._found(RunId, "EntityNotFoundException")
        run = {"Id": RunId, "JobRunState": self._shown(thing), "ExecutionTime": 42}
        return {"JobRun": {**run, **({"ErrorMessage": self.why} if self.why else {})}}

    def _batch_stop_job_run(self, JobName: str, JobRunIds: list[str]) -> Any:  # noqa: N803
        assert JobName
        thing = self._found(JobRunIds[0], "EntityNotFoundException")
        if thing.state not in ENDED:
            self._move(thing, "STOPPING", "STOPPED", self.stop_seconds)
        return {}

    def _found(self, run: str, absent: str) -> Thing:
        thing = self.runs.get(run)
        if thing is None or self.forgotten or self.clock.now < thing.since + self.hidden:
            raise refusal(absent, 400, "no such run")
        return thing

    def _start_crawler(self, Name: str) -> Any:  # noqa: N803
        assert Name == CRAWLER
        if self.crawler.state != "READY":
            raise refusal("CrawlerRunningException", 400, "it is running")
        self.started.append(Name)
        self._move(self.crawler, "RUNNING", "READY", self.seconds)
        self.last_crawl = {
            "Status": self._next("SUCCEEDED"),
            "StartTime": datetime.fromtimestamp(self.clock.now, UTC),
        }
        return {}

    def _get_crawler(self, Name: str) -> Any:  # noqa: N803
        crawl = {"LastCrawl": self.last_crawl} if self.last_crawl else {}
        return {"Crawler": {"Name": Name, "State": self.crawler.state, **crawl}}

    def _describe_certificate(self, CertificateArn: str) -> Any:  # noqa: N803
        assert CertificateArn == CERTIFICATE
        if self.certificate.state == "ABSENT":
            raise refusal("ResourceNotFoundException", 400, "no such certificate")
        described = {"Status": self.certificate.state, "DomainName": "studio.example"}
        return {"Certificate": {**described, **({"FailureReason": self.why} if self.why else {})}}
