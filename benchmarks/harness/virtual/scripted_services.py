"""An instance of EC2 and runs of Step Functions in virtual time, behind clients like botocore's."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from botocore import xform_name

from testkit.declared.services import service_model

if TYPE_CHECKING:
    from testkit.function.simulation import SimulatedClock

ADDRESS: Final = "10.0.0.7"
OUTPUT: Final = '{"rows": 42}'

_OPERATIONS: Final = ("StartInstances", "DescribeInstances", "StartExecution", "DescribeExecution")


class ScriptedServices:
    """Services in which an instance is stopped at first; a start or a run takes some seconds.

    Attributes
    ----------
    reads
        When each read was made.
    started
        When something was started; None until then.
    """

    def __init__(self, clock: SimulatedClock, seconds: float) -> None:
        self._clock, self._seconds = clock, seconds
        self.reads: list[float] = []
        self.started: float | None = None

    def client(self, service: str, *_: str) -> Any:
        """Return a client of a service, for `declared.call.connect` and for `boto3.client`."""
        meta = SimpleNamespace(service_model=service_model(service))
        methods = {name: getattr(self, f"_{name}") for name in map(xform_name, _OPERATIONS)}
        return SimpleNamespace(meta=meta, **methods)

    def _start(self) -> None:
        if self.started is not None:
            raise RuntimeError("It was started twice.")
        self.started = self._clock.now

    def _read(self, *states: str) -> str:
        """Return the state of something that is idle, under way or done."""
        self.reads.append(self._clock.now)
        if self.started is None:
            return states[0]
        return states[2 if self._clock.now >= self.started + self._seconds else 1]

    def _start_instances(self, **_: object) -> dict[str, Any]:
        self._start()
        return {"StartingInstances": []}

    def _describe_instances(self, **_: object) -> dict[str, Any]:
        state = self._read("stopped", "pending", "running")
        launched = datetime.fromtimestamp(self.started or 0, UTC)
        instance = {"State": {"Name": state}, "LaunchTime": launched, "PrivateIpAddress": ADDRESS}
        return {"Reservations": [{"Instances": [instance]}]}

    def _start_execution(self, **given: Any) -> dict[str, Any]:
        self._start()
        run = str(given["stateMachineArn"]).replace(":stateMachine:", ":execution:")
        return {"executionArn": f"{run}:{given.get('name', 'run')}"}

    def _describe_execution(self, **_: object) -> dict[str, Any]:
        state = self._read("RUNNING", "RUNNING", "SUCCEEDED")
        return {"status": state, **({"output": OUTPUT} if state == "SUCCEEDED" else {})}
