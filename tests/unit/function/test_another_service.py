"""Another service needs only one module, such as this one for a database with its own terms."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from testkit.function.simulation import SimulatedClock, Simulation, event, with_lifecycle
from waiter.exceptions import Kind, ServiceError
from waiter.wait.model import Act, Do, Observation, Phase, Snapshot

PHASES = {
    "stopped": Phase.STOPPED,
    "starting": Phase.STARTING,
    "available": Phase.READY,
    "stopping": Phase.STOPPING,
    "storage-full": Phase.FAILED,
    "deleting": Phase.GONE,
}


@dataclass
class Database:
    """Everything that another service has to provide: reading, starting and stopping."""

    clock: SimulatedClock
    status: str = "stopped"
    due: float = 0.0
    following: str = ""
    tokens: list[str] = field(default_factory=list)
    silence: str = ""

    def read(self) -> Snapshot:
        """See `Lifecycle.read`."""
        if self.following and self.clock.now >= self.due:
            self.status, self.following = self.following, ""
        observation = Observation(PHASES[self.status], transient=self.status == "storage-full")
        return Snapshot(observation, self.status, attributes={"Endpoint": "db.example"})

    def perform(self, step: Do, token: str) -> None:
        """See `Lifecycle.perform`."""
        self.tokens.append(token)
        if len(self.tokens) == 1:
            raise ServiceError(Kind.THROTTLED, "Throttling", "slow down", "rds:StartDBInstance")
        starts = step.act is Act.START
        self.status, self.following = (
            ("starting", "available") if starts else ("stopping", "stopped")
        )
        self.due = self.clock.now + 60


@pytest.mark.parametrize(
    ("kind", "status", "in_the_end", "tokens"),
    [
        ("Create", "stopped", "available", ["start-1", "start-1"]),
        ("Create", "storage-full", "available", ["start-1", "start-1"]),
        ("Delete", "available", "stopped", ["stop-1", "stop-1"]),
    ],
)
def test_another_service_is_started_waited_for_and_stopped(
    kind: str, status: str, in_the_end: str, tokens: list[str]
) -> None:
    world = Simulation()
    database = Database(world.clock, status)
    played = world.dependencies()
    world.dependencies = lambda: replace(played, resource=with_lifecycle(lambda _: database))  # type: ignore[method-assign]
    answer = world.run(event(kind, OnDelete="STOP"))
    assert answer["Status"] == "SUCCESS"
    assert database.status == in_the_end
    assert [token[: len("start-1")].rstrip("-") for token in database.tokens] == tokens
    assert answer["Data"] == ({} if kind == "Delete" else {"Endpoint": "db.example"})
