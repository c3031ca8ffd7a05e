"""The function is killed before and after each outgoing call, and run again by Lambda.

A run starts once, whatever happens. Where the start takes no token, an invocation that may be the
second one fails instead.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from declared import call
from testkit.declared.declarations import crawler, declared_event, execution, fleet, job
from testkit.declared.services import Thing
from testkit.declared.world import DeclaredWorld
from testkit.function.killable import Guarded, Killed, Tripwire
from testkit.function.simulation import dated
from waiter.cloudformation.stack import Stack

if TYPE_CHECKING:
    from waiter.invocation import Dependencies

pytestmark = pytest.mark.slow


class KillableWorld(DeclaredWorld):
    """Runs a request with a wire across every call to the outside."""

    wire: Tripwire

    def dependencies(self) -> Dependencies:
        made, stack = super().dependencies(), Guarded(self.stack, self.wire)
        return replace(
            made,
            stack=lambda request: Stack(request, stack),
            invoke=self.wire.guard(made.invoke),
            put=self.wire.guard(made.put),
        )

    def run_to_the_end(self, first: dict[str, Any]) -> list[dict[str, Any]]:
        waiting = [dated(first, self.clock.now)]
        while waiting:
            made = waiting.pop()
            try:
                self.invoke_once(made)
            except Killed:
                self.clock.sleep(60)
                waiting.append(made)
            waiting[:0] = self.handed
            self.handed.clear()
        return self.answers


def play(
    monkeypatch: pytest.MonkeyPatch, made: dict[str, Any], at: int, *, after: bool
) -> tuple[KillableWorld, list[dict[str, Any]]]:
    world = KillableWorld()
    world.wire = Tripwire(at, after)
    world.services.runs["before"] = Thing("SUCCEEDED")
    # Long enough for a few reads. Every call is killed once.
    world.services.seconds = 4
    if made["RequestType"] == "Update":
        world.stack.status = "UPDATE_IN_PROGRESS"

    def connect(*where: str) -> Any:
        return Methods(world.services.client(*where), world.wire)

    monkeypatch.setattr(call, "connect", connect)
    return world, world.run_to_the_end(made)


class Methods(Guarded):
    """A client with the wire across its methods, but not across its model."""

    def __getattr__(self, name: str) -> Any:
        return self.client.meta if name == "meta" else super().__getattr__(name)


REQUESTS: list[tuple[dict[str, Any], bool]] = [
    # The request, and whether it succeeds whatever is killed.
    (declared_event("Create", fleet()), True),
    (declared_event("Create", execution()), True),
    (declared_event("Update", execution("2"), old=execution(), physical_id="before"), True),
    (declared_event("Create", job()), False),
    (declared_event("Update", job("2"), old=job(), physical_id="before"), False),
    (declared_event("Create", crawler()), False),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("made", "succeeds"), REQUESTS)
def test_a_kill_anywhere(
    monkeypatch: pytest.MonkeyPatch, made: dict[str, Any], succeeds: bool, after: bool
) -> None:
    whole, _ = play(monkeypatch, made, 0, after=after)
    calls = whole.wire.calls
    assert calls > 3
    for at in range(1, calls + 1):
        world, answers = play(monkeypatch, made, at, after=after)
        assert answers, at
        statuses = {answer["Status"] for answer in answers}
        assert statuses == {"SUCCESS"} or (not succeeds and "FAILED" in statuses), (at, answers)
        started = [name for name in world.services.acts() if name != "StartExecution"]
        assert len(started) <= 1, (at, started)
        # The execution's token makes a second call harmless.
        assert len(world.services.runs) <= 2, (at, world.services.runs)
        if not succeeds and "FAILED" in statuses:
            assert any("run-may-be-under-way" in each["Reason"] for each in answers), at
